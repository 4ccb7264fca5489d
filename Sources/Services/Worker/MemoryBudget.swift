package import Protocols
import Synchronization

/// What the indexes of a worker may take of memory together.
///
/// Asked when a write is proposed, by the leader alone, and never when one is applied: replicas must do
/// the same, whatever memory each has. A worker that leads nothing may exceed its own limit.
///
/// Thread safety: any thread may call anything.
/// Invariant: `total` is the sum of `used`.
package final class MemoryBudget: Sendable {
    /// The limit in bytes; nil if there is none.
    package let limit: Int?
    private let worker: String
    private let content = Mutex(Content())

    private struct Content {
        /// Looked up only.
        var used: [ShardID: Int] = [:]
        var total = 0
        /// What writes need that are admitted and not applied.
        var reserved = 0
    }

    /// Makes the budget of a worker.
    package init(limit: Int? = nil, worker: String = "") {
        self.limit = limit
        self.worker = worker
    }

    /// How much is taken.
    package var used: Int { content.withLock { $0.total } }

    /// Notes what the index of a shard takes; 0 when it is closed.
    package func note(_ byteCount: Int, of shard: ShardID) {
        content.withLock { content in
            content.total += byteCount - (content.used[shard] ?? 0)
            content.used[shard] = byteCount == 0 ? nil : byteCount
        }
    }

    /// Sets aside what a write will take, until ``release(_:)``.
    ///
    /// - Throws: ``ServiceError/Code/memoryExhausted``; nothing was set aside then.
    package func reserve(_ byteCount: Int) throws(ServiceError) {
        try content.withLock { content throws(ServiceError) in
            let used = content.total + content.reserved
            // A write that needs no more is let in whatever there is.
            if let limit, byteCount > 0, used + byteCount > limit {
                throw ServiceError(
                    .memoryExhausted,
                    """
                    the indexes of worker \(worker) take \(used) of \(limit) bytes; add a worker, raise \
                    its limit or delete points
                    """, details: ["used": "\(used)", "limit": "\(limit)", "worker": worker])
            }
            content.reserved += byteCount
        }
    }

    /// Gives back what was set aside: the write is applied, and counted by its index, or was not done.
    package func release(_ byteCount: Int) { content.withLock { $0.reserved -= byteCount } }
}
