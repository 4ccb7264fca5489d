import Logging
import Primitives
package import Protocols
package import Storage
import Synchronization

/// One copy of a shard: takes writes in order, and answers reads beside them.
///
/// The actor's thread owns the state machine, the disk and the graph's writing end. **Group
/// commit**: while the thread syncs one batch, further proposals queue up on it; they become the
/// next batch together, so that an fsync is shared by all writers that waited. A proposal is
/// acknowledged when its batch is on the disk *and* searchable.
///
/// Reads and searches run on the threads of `readers` and never wait for the writer.
///
/// After a failed disk write the replica is fenced: it acknowledges nothing more, and `onFence` is
/// called once, upon which the process should end.
///
/// Invariant: disk, state machine and index are those after one command, except while `commit`
/// runs; the index may be ahead of no acknowledged write.
package actor ShardReplica {
    /// What the replica holds.
    package nonisolated let description: ShardDescription
    nonisolated let store: ShardStore
    nonisolated let index: ShardIndex
    nonisolated let readers: ThreadPool
    nonisolated let logger: Logger

    private let executor: ThreadExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    private var machine: ShardStateMachine
    private var pending: [Proposal] = []
    var changesSinceCheckpoint = 0
    var appliedIndexAtTick: UInt64 = 0
    var idleTicks = 0
    private let onFence: @Sendable (any Error) -> Void
    /// Shared with readers: what was applied, what waits, and why nothing more is taken.
    private nonisolated let shared: Mutex<Shared>

    /// A command that waits for its batch.
    private struct Proposal {
        var command: ShardCommand
        var continuation: CheckedContinuation<WriteReceipt, any Error>
    }

    /// What readers and proposers see of the replica.
    private struct Shared {
        var appliedIndex: UInt64
        var waitingByteCount = 0
        var refusal: ServiceError?
    }

    /// The most bytes of commands that wait or are being written; more are refused.
    package static let maxWaitingByteCount = 256 << 20

    /// The most bytes of one batch, so that the first of a long queue is not held up by the last.
    private static let maxBatchByteCount = 16 << 20

    init(
        store: ShardStore, index: ShardIndex, machine: ShardStateMachine,
        executor: ThreadExecutor, readers: ThreadPool, logger: Logger,
        onFence: @escaping @Sendable (any Error) -> Void
    ) {
        description = store.description
        self.store = store
        self.index = index
        self.machine = machine
        self.executor = executor
        self.readers = readers
        self.logger = logger
        self.onFence = onFence
        shared = Mutex(Shared(appliedIndex: machine.state.appliedIndex))
    }

    /// How many rows were given, those of replaced and deleted points included.
    var rowCount: Int { Int(machine.state.nextRow) }

    /// The index of the last applied command.
    package nonisolated var appliedIndex: UInt64 { shared.withLock { $0.appliedIndex } }

    /// How many points there are.
    package nonisolated var pointCount: Int { index.pointCount }
}

// MARK: - Writing

extension ShardReplica {
    /// Writes a command and returns once it is on the disk and searchable.
    ///
    /// - Throws: ``ServiceError``: `overloaded` or `tooLarge` if nothing was done, `fenced` if the disk
    ///   failed and the write may or may not be there.
    package nonisolated func propose(_ command: ShardCommand) async throws -> WriteReceipt {
        let byteCount = command.byteCount
        try admit(byteCount)
        defer { shared.withLock { $0.waitingByteCount -= byteCount } }
        return try await enqueue(command)
    }

    private nonisolated func admit(_ byteCount: Int) throws(ServiceError) {
        try shared.withLock { shared throws(ServiceError) in
            if let refusal = shared.refusal { throw refusal }
            guard shared.waitingByteCount + byteCount <= Self.maxWaitingByteCount else {
                throw ServiceError(
                    .overloaded,
                    """
                    \(shared.waitingByteCount) bytes of writes wait for shard \
                    \(description.shard); send the request again later
                    """)
            }
            shared.waitingByteCount += byteCount
        }
    }

    private func enqueue(_ command: ShardCommand) async throws -> WriteReceipt {
        try await withCheckedThrowingContinuation { continuation in
            pending.append(Proposal(command: command, continuation: continuation))
            // The executor runs jobs in order: whatever was enqueued while the thread was busy is
            // in `pending` before this job begins. Each proposal waits for its continuation, which
            // is how this task is waited for.
            if pending.count == 1 { Task { commitPending() } }
        }
    }

    private func commitPending() {
        while !pending.isEmpty { commit(takeBatch()) }
    }

    /// The first proposals that make a batch, one at least.
    private func takeBatch() -> [Proposal] {
        var byteCount = 0
        let count = pending.prefix { proposal in
            defer { byteCount += proposal.command.byteCount }
            return byteCount < Self.maxBatchByteCount
        }.count
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    private func commit(_ batch: [Proposal]) {
        if let refusal = shared.withLock({ $0.refusal }) {
            for proposal in batch { proposal.continuation.resume(throwing: refusal) }
            return
        }
        var changes = ShardChanges(state: machine.state)
        let outcomes = batch.map { proposal in
            Result { try apply(proposal.command, adding: &changes) }
        }
        do {
            try store.write(changes)
            try index.apply(changes)
        } catch {
            fence(error)
            let refusal = refusal(after: error)
            for proposal in batch { proposal.continuation.resume(throwing: refusal) }
            return
        }
        shared.withLock { $0.appliedIndex = changes.state.appliedIndex }
        for (proposal, outcome) in zip(batch, outcomes) {
            proposal.continuation.resume(with: outcome)
        }
        noteChanges(changes.changes.count)
    }

    private func apply(
        _ command: ShardCommand, adding changes: inout ShardChanges
    ) throws(ServiceError) -> WriteReceipt {
        guard Int(machine.state.nextRow) + command.rowCount <= ShardIndex.capacity else {
            throw ServiceError(
                .tooLarge,
                """
                shard \(description.shard) of collection \(description.configuration.name) has \
                taken \(machine.state.nextRow) of \(ShardIndex.capacity) upserts; \
                copy the points into a collection with more shards
                """)
        }
        let index = machine.state.appliedIndex + 1
        let count = machine.apply(command, at: index, adding: &changes)
        return WriteReceipt(index: index, affectedCount: count)
    }
}

// MARK: - Fencing and closing

extension ShardReplica {
    func fence(_ error: any Error) {
        logger.error(
            "a write failed, the shard takes no more",
            metadata: [
                "shard.id": "\(description.shard)", "error": "\(error)",
            ])
        let refusal = refusal(after: error)
        shared.withLock { $0.refusal = refusal }
        onFence(error)
    }

    private func refusal(after error: any Error) -> ServiceError {
        ServiceError(
            .fenced,
            """
            shard \(description.shard) takes no more writes: \(error); \
            this write may or may not be there after the worker's restart
            """)
    }

    /// Takes no more writes, ends those that wait, and leaves a checkpoint of the graph.
    ///
    /// The store is closed when the last reader has let go of the replica.
    package func close() {
        shared.withLock { shared in
            shared.refusal =
                shared.refusal
                ?? ServiceError(
                    .unavailable, "shard \(description.shard) is being closed; try again")
        }
        commitPending()
        checkpoint()
    }
}
