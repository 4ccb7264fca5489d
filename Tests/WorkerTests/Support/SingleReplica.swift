import Actors
import Fixtures
import Logging
import Primitives
import Protocols
import Raft
import Replication
import Storage
import Synchronization
import Vectors
import Worker

/// A shard with one replica, with its engine and its log in a directory: what a worker makes of it.
struct SingleReplica {
    let replica: ShardReplica
    let engine: ReplicationEngine

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let group: GroupID = 7

    /// Opens the shard in `directory`, or makes it.
    ///
    /// - Parameter append: What stands between the engine and the log.
    init(
        in directory: DataDirectory, metric: Metric = .euclid, memory: VectorMemory = .full,
        readers: ThreadPool,
        budget: MemoryBudget = MemoryBudget(),
        onFence: @escaping @Sendable (any Error) -> Void = { _ in }
    ) async throws {
        let network = InMemoryNetwork()
        let system = try ClusterActorSystem(
            .init(node: "worker-1", clusterID: "test", logger: Self.silent),
            transport: network.transport("worker-1"))
        let log = try RaftLog(in: directory, segmentByteCount: 1 << 20, logger: Self.silent)
        engine = ReplicationEngine(
            on: system, settings: ReplicationSettings(), seed: 1, logger: Self.silent,
            append: { try log.append($0) }, onFence: onFence)
        replica = try await ShardReplica.open(
            at: directory.shardPath(7),
            for: ShardDescription(
                shard: 7, collection: 3,
                configuration: CollectionConfiguration(
                    name: "books", dimension: 2, metric: metric, memory: memory)),
            id: 1, engine: engine, executor: ThreadExecutor(name: "writer"), readers: readers,
            openers: readers, checkpointers: readers, measurers: readers,
            budget: budget, logger: Self.silent)
        await engine.add(
            Self.group, machine: replica, stored: log.restored[Self.group],
            applied: await replica.applied, peer: 1, founders: [1], nodes: [:], leads: true,
            onStatus: { [replica] in replica.note($0) })
        engine.start(tickInterval: .milliseconds(20))
        while await engine.status(of: Self.group)?.status.role != .leader { await Task.yield() }
    }

    /// Ends as a crash does: nothing is written any more.
    func abandon() async { await engine.shutDown() }
}
