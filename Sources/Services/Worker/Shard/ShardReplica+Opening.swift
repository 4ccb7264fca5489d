package import Logging
package import Primitives
import Protocols
package import Storage

extension ShardReplica {
    /// Opens the replica at `path`, making it if there is none: with all that was acknowledged.
    ///
    /// Runs on a thread of `openers`, for as long as it takes to read the store and, without a sound
    /// checkpoint, to build the graph.
    ///
    /// - Parameters:
    ///   - path: The directory of the shard's store.
    ///   - description: What the store must hold.
    ///   - executor: The thread of the writer; replicas may share one.
    ///   - readers: The threads of reads and searches.
    ///   - openers: The thread on which the replica is opened.
    ///   - onFence: Called once if a write fails; the process should end then.
    package static func open(
        at path: String, for description: ShardDescription, executor: ThreadExecutor,
        readers: ThreadPool, openers: ThreadPool, logger: Logger,
        onFence: @escaping @Sendable (any Error) -> Void
    ) async throws -> ShardReplica {
        try await openers.run {
            let store = try ShardStore(at: path, for: description)
            var rows: [PointID: UInt32] = [:]
            let index = try ShardIndex.restore(from: store, logger: logger) { row, id in
                rows[id] = row
            }
            return ShardReplica(
                store: store, index: index,
                machine: ShardStateMachine(state: try store.state(), rows: rows),
                executor: executor, readers: readers, logger: logger, onFence: onFence)
        }
    }
}
