package import Logging
import Primitives
package import Protocols
package import Raft
package import Replication
package import Storage
import Synchronization

/// The shards of one worker: opens those that the map assigns to it, and removes those that the map
/// says are deleted. Nothing else ever removes data.
///
/// Invariant: `map.epoch` never falls; each shard of `slots` was assigned by a map of the past.
package actor ShardHost {
    /// What is known of one shard.
    enum Slot {
        /// Waits for its turn to be opened.
        case assigned
        case opening
        case open(ShardReplica)
        case failed(ServiceError)
        case closed
    }

    /// What a host needs.
    package struct Environment: Sendable {
        /// The worker's node name, as in the map.
        package var node: String
        /// Claimed for as long as the host lives.
        package var directory: DataDirectory
        /// Drives the groups of the shards.
        package var engine: ReplicationEngine
        /// What the log has of the groups.
        package var logs: [GroupID: StoredLog]
        /// The groups whose log is damaged: their replicas must not vote any more.
        package var damagedGroups: [GroupID]
        /// How many threads search, and how many write.
        package var threadCount: Int
        /// What the indexes may take of memory.
        package var budget: MemoryBudget
        package var logger: Logger

        /// Makes an environment.
        package init(
            node: String, directory: DataDirectory, engine: ReplicationEngine,
            logs: [GroupID: StoredLog] = [:], damagedGroups: [GroupID] = [], threadCount: Int,
            memoryLimit: Int? = nil, logger: Logger
        ) {
            self.node = node
            self.directory = directory
            self.engine = engine
            self.logs = logs
            self.damagedGroups = damagedGroups
            self.threadCount = threadCount
            budget = MemoryBudget(limit: memoryLimit, worker: node)
            self.logger = logger
        }
    }

    let environment: Environment
    var engine: ReplicationEngine { environment.engine }
    var logger: Logger { environment.logger }
    private let readers: ThreadPool
    /// Apart from the readers, so that building a graph anew holds up no search.
    let openers: ThreadPool
    /// Apart from the openers, so that a graph is written while another is built anew; one, so that
    /// what shards write beside their points never fills the disk's queue.
    let checkpointers = ThreadPool(name: "checkpoint", threadCount: 1)
    /// Apart from all others, and one: measuring compares every row, and hurries nobody.
    let measurers = ThreadPool(name: "recall", threadCount: 1)
    private let writers: [ThreadExecutor]

    var map = ClusterMap(epoch: 0)
    var assignments: [ShardID: Assignment] = [:]
    var slots: [ShardID: Slot] = [:]
    /// What the log had at the start of groups that were not opened yet.
    var logs: [GroupID: StoredLog]
    /// Up to where the hashes of replicas were compared, of shards that this worker leads.
    var comparedIndexes: [ShardID: UInt64] = [:]
    var tickCount = 0
    var isClosed = false

    /// A shard that the map assigns to this worker.
    struct Assignment {
        var collection: CollectionRecord
        var shard: ShardRecord
        var replica: ReplicaRecord
    }

    /// Makes a host without shards.
    package init(_ environment: Environment) {
        self.environment = environment
        logs = environment.logs
        let threadCount = environment.threadCount
        readers = ThreadPool(name: "reader", threadCount: threadCount)
        openers = ThreadPool(name: "opener", threadCount: 1)  // the order of saves relies on one
        writers = (0..<threadCount).map { ThreadExecutor(name: "writer-\($0)") }
    }

    /// The version of the map that the worker obeys.
    package var epoch: Epoch { map.epoch }

    /// What the worker holds.
    package var status: WorkerStatus {
        get async {
            var shards: [ShardStatus] = []
            for id in slots.keys.sorted() {
                switch slots[id] {
                case .open(let replica): shards.append(await status(of: replica))
                case .failed where isDamaged(id): shards.append(damagedStatus(of: id))
                default: break
                }
            }
            return WorkerStatus(node: environment.node, epoch: map.epoch, shards: shards)
        }
    }

    private func status(of replica: ShardReplica) async -> ShardStatus {
        let group = await engine.status(of: replica.group)
        let (hash, isDiverged) = replica.shared.withLock { ($0.hash, $0.isDiverged) }
        return ShardStatus(
            id: replica.description.shard, replica: replica.id,
            role: group.map(ReplicaRole.init) ?? .follower, term: group?.status.term ?? 0,
            leader: (group?.status.leader).map { ReplicaID($0.rawValue) },
            voters: group?.isSettled == true
                ? group?.voters.map { ReplicaID($0.rawValue) } ?? [] : [],
            pointCount: replica.pointCount, commitIndex: group?.commitIndex,
            appliedIndex: replica.appliedIndex,
            stateHash: String(hash, radix: 16), isDiverged: isDiverged,
            memoryByteCount: replica.content.index.memoryByteCount)
    }

    func isDamaged(_ id: ShardID) -> Bool {
        environment.damagedGroups.contains(GroupID(id.rawValue))
    }

    /// A replica that cannot go on is told of like one that differs: it has to be replaced.
    private func damagedStatus(of id: ShardID) -> ShardStatus {
        ShardStatus(
            id: id, replica: assignments[id]?.replica.id ?? 0, role: .follower, pointCount: 0,
            appliedIndex: 0, isDiverged: true)
    }

    /// The thread on which a shard is written.
    func writer(of id: ShardID) -> ThreadExecutor {
        writers[Int(id.rawValue % UInt64(writers.count))]
    }

    var readerThreads: ThreadPool { readers }
}

extension ReplicaRole {
    fileprivate init(_ group: GroupStatus) {
        switch group.status.role {
        case .follower: self = group.isLearner ? .learner : .follower
        case .preCandidate: self = .preCandidate
        case .candidate: self = .candidate
        case .leader: self = .leader
        }
    }
}

// MARK: - Requests

extension ShardHost {
    /// The replica that a request names.
    ///
    /// - Throws: ``ServiceError``: `epochNotMatch` if the map says otherwise than the request,
    ///   `unavailable` while the shard is being opened, or why it could not be opened.
    package func replica(of address: ShardAddress) throws(ServiceError) -> ShardReplica {
        guard let assignment = assignments[address.shard],
            assignment.collection.id == address.collection,
            assignment.shard.version == address.version
        else { throw mismatch(address) }
        switch slots[address.shard] {
        case .open(let replica): return replica
        case .failed(let error): throw error
        case .assigned, .opening, .closed, nil:
            throw ServiceError(
                .unavailable,
                """
                shard \(address.shard) is being opened on worker \(environment.node); \
                try again in a moment
                """)
        }
    }

    private func mismatch(_ address: ShardAddress) -> ServiceError {
        ServiceError(
            .epochNotMatch,
            """
            worker \(environment.node) does not hold shard \(address.shard) of collection \
            \(address.collection) in version \(address.version) by its map of epoch \
            \(map.epoch); fetch the newest map and try again
            """,
            details: ["epoch": String(map.epoch.rawValue), "worker": environment.node])
    }
}

// MARK: - Upkeep

extension ShardHost {
    /// How often replicas are compared, in ticks.
    private static let compareTickCount = 10

    /// Does what waits for a quiet moment; called each second.
    package func tick() async {
        tickCount += 1
        for id in slots.keys.sorted() {
            guard case .open(let replica) = slots[id] else { continue }
            await replica.tick()
            if tickCount % Self.compareTickCount == 0 { compareHashes(of: replica) }
        }
        await removeDeleted()
        if tickCount % Self.reopenTickCount == 0 { await reopenFailed() }
    }

    /// How often a shard is opened again whose disk was full or did not answer, in ticks.
    private static let reopenTickCount = 5

    private func reopenFailed() async {
        let failed = slots.keys.sorted().filter { id in
            guard case .failed(let error) = slots[id] else { return false }
            return error.code == .unavailable && assignments[id] != nil
        }
        guard !failed.isEmpty else { return }
        for id in failed { slots[id] = .assigned }
        await openAssigned()
    }

    /// Has the replicas compared of a shard that this worker leads, if anything was written since.
    private func compareHashes(of replica: ShardReplica) {
        let id = replica.description.shard
        // The comparison takes two entries itself.
        guard replica.isLeader, replica.appliedIndex > (comparedIndexes[id] ?? 0) + 2 else {
            return
        }
        comparedIndexes[id] = replica.appliedIndex
        // Ends by itself, with the group's answer or without; nobody waits for it.
        Task { await replica.compareHashes() }
    }

    /// Closes all shards, with a checkpoint of each graph.
    package func close() async {
        isClosed = true
        for id in slots.keys.sorted() { await close(id) }
    }

    func close(_ id: ShardID) async {
        guard case .open(let replica) = slots[id] else { return }
        slots[id] = .closed
        await replica.close()
    }
}
