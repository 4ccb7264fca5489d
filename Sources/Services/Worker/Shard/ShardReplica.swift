import Logging
import Primitives
package import Protocols
package import Raft
import Replication
package import Storage
import Synchronization

/// One copy of a shard: a member of the shard's Raft group.
///
/// Writes are proposed to the group and answered once this replica has applied them. The actor's
/// thread owns the state machine, the store and the graph's writing end, and applies what the group
/// has committed: all entries that wait in one batch of the store. Reads and searches run on the
/// threads of `readers` and never wait for the writer.
///
/// Invariant: store, state machine and index are those after one entry, except while `apply` runs;
/// `appliedIndex` is what reads are sure to see.
package actor ShardReplica: ReplicatedStateMachine {
    /// What the replica holds.
    package nonisolated let description: ShardDescription
    /// Which replica of the shard it is.
    package nonisolated let id: ReplicaID
    nonisolated let engine: ReplicationEngine
    nonisolated let readers: ThreadPool
    nonisolated let openers: ThreadPool
    nonisolated let checkpointers: ThreadPool
    nonisolated let measurers: ThreadPool
    nonisolated let budget: MemoryBudget
    nonisolated let logger: Logger
    let directory: ShardDirectory

    private let executor: ThreadExecutor
    /// The writer's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    var machine: ShardStateMachine
    /// The number of the store in `directory`.
    var storeNumber: UInt64
    var incoming: ShardSnapshotWriter?
    var policy: CheckpointPolicy
    /// The checkpoint that is being written.
    var checkpointing: Task<Void, Never>?
    /// The measurement of what recall takes that is under way.
    var calibrating: Task<Void, Never>?
    /// Shared with readers.
    nonisolated let shared: Mutex<Shared>

    /// What readers see of the replica.
    struct Shared {
        var content: ShardContent
        var appliedIndex: UInt64
        var hash: UInt64
        var pointCount: Int
        /// Why nothing is answered any more.
        var refusal: ServiceError?
        var isDiverged = false
        /// What the engine said last.
        var status = Status(role: .follower, term: 0, leader: nil)
        /// When a read began that this replica's state is sure to satisfy.
        var freshSince: ContinuousClock.Instant?
    }

    init(
        _ opened: OpenedShard, description: ShardDescription, id: ReplicaID,
        directory: ShardDirectory, engine: ReplicationEngine, executor: ThreadExecutor,
        readers: ThreadPool, openers: ThreadPool, checkpointers: ThreadPool,
        measurers: ThreadPool, budget: MemoryBudget, logger: Logger
    ) {
        self.description = description
        self.id = id
        self.directory = directory
        self.engine = engine
        self.executor = executor
        self.readers = readers
        self.openers = openers
        self.checkpointers = checkpointers
        self.measurers = measurers
        self.budget = budget
        self.logger = logger
        machine = opened.machine
        storeNumber = opened.number
        policy = CheckpointPolicy(changeCount: opened.content.index.linkedAgainCount)
        shared = Mutex(
            Shared(
                content: opened.content, appliedIndex: opened.machine.state.appliedIndex,
                hash: opened.machine.state.hash, pointCount: opened.machine.pointCount))
        budget.note(opened.content.index.memoryByteCount, of: description.shard)
    }

    /// The group of the shard's replicas.
    package nonisolated var group: GroupID { GroupID(description.shard.rawValue) }
    /// What the store has durably, as the group wants to know it.
    package var applied: LogBase { machine.state.applied }

    /// Tells a replica that has applied nothing who was in the group from the beginning.
    func begin(with configuration: Configuration) { machine.begin(with: configuration) }

    nonisolated var content: ShardContent { shared.withLock { $0.content } }
    /// The index of the last applied entry.
    package nonisolated var appliedIndex: UInt64 { shared.withLock { $0.appliedIndex } }
    /// How many points there are.
    package nonisolated var pointCount: Int { shared.withLock { $0.pointCount } }
    /// Whether this replica leads the group, as far as it knows.
    package nonisolated var isLeader: Bool { shared.withLock { $0.status.role == .leader } }

    /// The group's engine tells what this replica is.
    package nonisolated func note(_ status: Status) { shared.withLock { $0.status = status } }
}

/// The store of a shard and the index that goes with it; another snapshot brings others.
package struct ShardContent: Sendable {
    package let store: ShardStore
    package let index: ShardIndex
}

/// What opening a store gives.
package struct OpenedShard: Sendable {
    /// The number of the store in its directory.
    var number: UInt64
    var content: ShardContent
    var machine: ShardStateMachine
}

// MARK: - Applying

extension ShardReplica {
    /// Applies what the group has committed: one batch of the store, then the index.
    package func apply(_ entries: [Entry]) throws -> [any Sendable] {
        var changes = ShardChanges(state: machine.state)
        var results: [any Sendable] = []
        results.reserveCapacity(entries.count)
        var hasDiverged = false
        for entry in entries {
            let result = try machine.apply(entry, adding: &changes)
            if result == .diverged { hasDiverged = true }
            results.append(result)
        }
        let content = content
        let byteCountBefore = content.store.byteCounts.points
        try content.store.write(changes)
        try content.index.apply(changes)
        publish()
        if hasDiverged { diverge() }
        noteChanges(
            changes.changes.count, byteCount: content.store.byteCounts.points - byteCountBefore)
        return results
    }

    /// Shows readers how far the replica is.
    func publish() {
        shared.withLock { shared in
            shared.appliedIndex = machine.state.appliedIndex
            shared.hash = machine.state.hash
            shared.pointCount = machine.pointCount
        }
        budget.note(content.index.memoryByteCount, of: description.shard)
    }

    /// The state is not the leader's though the entries were: nothing of it may be believed.
    private func diverge() {
        logger.critical(
            "a replica differs from its leader, it answers nothing any more and is replaced",
            metadata: [
                "shard.id": "\(description.shard)", "replica.id": "\(id)",
                "raft.index": "\(machine.state.appliedIndex)",
            ])
        refuse(because: "it differs from its leader")
    }

    /// Answers nothing any more; the next heartbeat asks for another replica in this one's place.
    nonisolated func refuse(because reason: String) {
        shared.withLock { shared in
            shared.isDiverged = true
            shared.refusal = ServiceError(
                .unavailable,
                """
                replica \(id) of shard \(description.shard) answers nothing any more and is to be \
                replaced: \(reason)
                """)
        }
    }

    /// Makes what was applied durable.
    package func sync() throws -> LogIndex {
        try content.store.sync()
        return machine.state.appliedIndex
    }

    /// Answers nothing any more, and leaves a checkpoint of the graph.
    ///
    /// The store is closed when the last reader has let go of the replica.
    package func close() async {
        shared.withLock { shared in
            shared.refusal =
                shared.refusal
                ?? ServiceError(
                    .unavailable, "shard \(description.shard) is being closed; try again")
        }
        // What cannot be written now is made anew from the log and the vectors.
        await checkpoint()
        await calibrating?.value
        try? content.store.sync()
        budget.note(0, of: description.shard)
    }
}
