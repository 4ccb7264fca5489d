import Actors
import Distributed
import Gateway
import Logging
import Primitives
import Protocols
import Synchronization
import Vectors

/// Three workers and three placement drivers that say what the test wants, and a gateway's caller of
/// shards, all over a network in memory.
final class FakeCluster: Sendable {
    let network = InMemoryNetwork(seed: 1)
    let shard: FakeShard
    let placement: FakePlacement
    let table: RoutingTable
    let caller: ShardCaller
    private let systems: [ClusterActorSystem]

    static let workers = ["w1", "w2", "w3"]
    static let placementDrivers = ["p1", "p2", "p3"]

    init(hedgesReads: Bool = true) throws {
        let collection = CollectionRecord(
            id: 1,
            configuration: CollectionConfiguration(name: "books", dimension: 1, metric: .dot),
            shards: [
                ShardRecord(
                    id: 5, version: 1, slots: SlotRange(first: 0, last: 16_383),
                    replicas: Self.workers.enumerated().map {
                        ReplicaRecord(id: ReplicaID(UInt64($0.offset + 1)), worker: $0.element)
                    })
            ])
        let map = ClusterMap(
            cluster: 9, epoch: 3,
            workers: Self.workers.map {
                WorkerRecord(
                    node: $0, endpoint: InMemoryNetwork.endpoint(of: NodeID($0)).rawValue, store: 1)
            },
            collections: [collection])
        let (shard, placement) = (FakeShard(), FakePlacement(map: map))
        (self.shard, self.placement) = (shard, placement)
        var systems: [ClusterActorSystem] = []
        for name in Self.workers {
            let system = try Self.system(name, network)
            system.allow($WorkerService<ClusterActorSystem>.self, on: FakeWorker.self)
            _ = system.host(WellKnownName.worker) {
                FakeWorker(name: name, shard: shard, actorSystem: $0)
            }
            systems.append(system)
        }
        for name in Self.placementDrivers {
            let system = try Self.system(name, network)
            system.allow($PlacementService<ClusterActorSystem>.self, on: FakePlacementDriver.self)
            _ = system.host(WellKnownName.placementDriver) {
                FakePlacementDriver(name: name, placement: placement, actorSystem: $0)
            }
            systems.append(system)
        }
        let gateway = try Self.system("gateway", network)
        for name in Self.placementDrivers {
            gateway.setEndpoint(InMemoryNetwork.endpoint(of: NodeID(name)), of: NodeID(name))
        }
        self.systems = systems + [gateway]
        // Far longer than a busy machine takes to answer: nothing here tests that it is short.
        table = RoutingTable(
            system: gateway, placementDrivers: Self.placementDrivers.map { NodeID($0) },
            firstTimeout: .seconds(3))
        caller = ShardCaller(table: table, hedgesReads: hedgesReads)
    }

    private static func system(
        _ name: String, _ network: InMemoryNetwork
    ) throws -> ClusterActorSystem {
        let node = NodeID(name)
        let system = try ClusterActorSystem(
            .init(
                node: node, clusterID: "test", endpoint: InMemoryNetwork.endpoint(of: node),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
            transport: network.transport(node))
        system.allow(errors: ServiceError.self)
        try system.start()
        return system
    }

    /// The one collection.
    func collection() async throws -> CollectionRecord {
        try await table.map().collections[0]
    }

    /// Deletes one point, which counts as a write.
    func write(_ number: UInt64) async throws -> WriteReceipt {
        try await caller.write(5, of: collection()) { worker, address, id in
            try await worker.delete(ShardDelete(shard: address, id: id, ids: [.number(number)]))
        }
    }

    /// Deletes one point under a name.
    func write(
        _ number: UInt64, as session: CollectionSession, sequence: UInt64
    ) async throws -> WriteReceipt {
        let name = WriteName(session: session, sequence: sequence, acknowledged: sequence - 1)
        return try await caller.write(5, of: collection(), as: name) { worker, address, id in
            try await worker.delete(ShardDelete(shard: address, id: id, ids: [.number(number)]))
        }
    }

    /// Opens a session.
    func session() async throws -> CollectionSession {
        CollectionSession(
            collection: 1,
            shards: [.init(shard: 5, session: try await caller.openSession(5, of: collection()))])
    }

    /// Counts the writes.
    func read() async throws -> Int {
        try await caller.read(.count, 5, of: collection()) { worker, address in
            try await worker.count(ShardCount(shard: address))
        }
    }

    func shutdown() async {
        for system in systems { await system.shutdown() }
    }
}

/// Runs a test with a cluster that ends with it.
func withFakeCluster(
    hedgesReads: Bool = true, _ body: (FakeCluster) async throws -> Void
) async throws {
    let cluster = try FakeCluster(hedgesReads: hedgesReads)
    do {
        try await withDeadline(.seconds(20)) { try await body(cluster) }
        await cluster.shutdown()
    } catch {
        await cluster.shutdown()
        throw error
    }
}

/// The shard that all fake workers share, as if they agreed at once: each write counts once.
final class FakeShard: Sendable {
    /// What happens to the next calls of a worker.
    enum Fault: Sendable {
        /// It throws this and does nothing.
        case refuses(ServiceError)
        /// It does what is asked for, then throws this.
        case doesAndThrows(ServiceError)
        /// It does what is asked for and does not answer for ten seconds.
        case doesAndIsSilent
        /// It does what is asked for and answers that much later.
        case doesAndIsLate(Duration)
    }

    struct State {
        var leader: String? = "w1"
        /// What a worker that does not lead says of who does; else the truth.
        var hints: [String: String] = [:]
        var faults: [String: [Fault]] = [:]
        var sessions: Set<UInt64> = []
        var nextSession: UInt64 = 1
        var results: [WriteID: WriteReceipt] = [:]
        /// The points of the writes that were done, in order.
        var log: [PointID] = []
        var calls: [String] = []
        /// Whose calls were withdrawn while they were silent.
        var withdrawn: [String] = []
    }

    private let state = Mutex(State())

    func withState<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { body(&$0) }
    }

    func fail(_ worker: String, _ faults: Fault...) {
        withState { $0.faults[worker, default: []] += faults }
    }

    var log: [PointID] { withState { $0.log } }
    var calls: [String] { withState { $0.calls } }

    /// Answers a call of a worker as the faults want it.
    func answer<Value: Sendable>(
        _ worker: String, leaderOnly: Bool, _ body: (inout State) throws -> Value
    ) async throws -> Value {
        let (outcome, fault) = state.withLock { state -> (Result<Value, any Error>, Fault?) in
            state.calls.append(worker)
            var faults = state.faults[worker] ?? []
            let fault = faults.isEmpty ? nil : faults.removeFirst()
            state.faults[worker] = faults
            if case .refuses(let error) = fault { return (.failure(error), nil) }
            if leaderOnly, state.leader != worker {
                let hint = state.hints[worker] ?? state.leader
                return (.failure(ServiceError.notLeader(worker, of: "shard 5", leader: hint)), nil)
            }
            return (Result { try body(&state) }, fault)
        }
        switch fault {
        case .doesAndThrows(let error): throw error
        case .doesAndIsSilent:
            do {
                try await Task.sleep(for: .seconds(10))
            } catch {
                withState { $0.withdrawn.append(worker) }
                throw error
            }
        case .doesAndIsLate(let delay): try await Task.sleep(for: delay)
        case .refuses, nil: break
        }
        return try outcome.get()
    }
}

distributed actor FakeWorker: WorkerService {
    typealias ActorSystem = ClusterActorSystem

    private let name: String
    private let shard: FakeShard

    init(name: String, shard: FakeShard, actorSystem: ClusterActorSystem) {
        self.name = name
        self.shard = shard
        self.actorSystem = actorSystem
    }

    distributed func openSession(_ address: ShardAddress) async throws -> UInt64 {
        try await shard.answer(name, leaderOnly: true) { state in
            defer { state.nextSession += 1 }
            state.sessions.insert(state.nextSession)
            return state.nextSession
        }
    }

    distributed func upsert(_ request: ShardUpsert) async throws -> WriteReceipt {
        throw ServiceError(.internal, "the tests delete")
    }

    distributed func delete(_ request: ShardDelete) async throws -> WriteReceipt {
        try await shard.answer(name, leaderOnly: true) { state in
            guard let id = request.id, state.sessions.contains(id.session) else {
                throw ServiceError(.sessionExpired, "no such session")
            }
            let key = WriteID(session: id.session, sequence: id.sequence, acknowledged: 0)
            if let receipt = state.results[key] { return receipt }
            state.log += request.ids
            let receipt = WriteReceipt(index: UInt64(state.log.count), affectedCount: 1)
            state.results[key] = receipt
            return receipt
        }
    }

    distributed func get(_ request: ShardGet) async throws -> [Point] { [] }

    distributed func search(_ request: ShardSearch) async throws -> [ScoredPoint] { [] }

    distributed func searchBatch(
        _ request: ShardSearchBatch
    ) async throws -> [[ScoredPoint]] { [] }

    distributed func scroll(_ request: ShardScroll) async throws -> ShardPage {
        ShardPage(points: [], byteCount: 0, isLast: true)
    }

    distributed func count(_ request: ShardCount) async throws -> Int {
        try await shard.answer(name, leaderOnly: false) { $0.log.count }
    }

    distributed func measureRecall(_ request: ShardRecallRequest) async throws -> ShardRecall {
        let figures = RecallFigures(
            recall: 1, queryCount: 0, completeCount: 0, median: .zero, percentile99: .zero)
        return ShardRecall(
            shard: request.shard.shard, worker: name, pointCount: 0, efSearch: 1, points: figures,
            mixtures: figures)
    }

    distributed func install(_ map: ClusterMap) async throws {}

    distributed func status() async throws -> WorkerStatus {
        WorkerStatus(node: name, epoch: 0, shards: [])
    }
}

/// What all fake placement drivers share.
final class FakePlacement: Sendable {
    struct State {
        var leader: String? = "p1"
        var map: ClusterMap
        /// The maps of those that are behind.
        var oldMaps: [String: ClusterMap] = [:]
        var calls: [String] = []
    }

    private let state: Mutex<State>

    init(map: ClusterMap) { state = Mutex(State(map: map)) }

    func withState<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try state.withLock { try body(&$0) }
    }

    func checkLeader(_ name: String) throws {
        try withState { state in
            state.calls.append(name)
            guard state.leader == name else {
                throw ServiceError.notLeader(name, of: "the placement", leader: state.leader)
            }
        }
    }
}

distributed actor FakePlacementDriver: PlacementService {
    typealias ActorSystem = ClusterActorSystem

    private let name: String
    private let placement: FakePlacement

    init(name: String, placement: FakePlacement, actorSystem: ClusterActorSystem) {
        self.name = name
        self.placement = placement
        self.actorSystem = actorSystem
    }

    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionRecord {
        try placement.checkLeader(name)
        return CollectionRecord(id: 2, configuration: configuration, shards: [])
    }

    distributed func deleteCollection(_ name: String) async throws {
        try placement.checkLeader(self.name)
        throw ServiceError.unknownCollection(name)
    }

    distributed func map(newerThan epoch: Epoch?) async throws -> ClusterMap? {
        let own = placement.withState { $0.oldMaps[name] ?? $0.map }
        if let epoch, own.epoch > epoch { return own }
        try placement.checkLeader(name)
        return epoch == nil ? own : nil
    }

    distributed func register(_ worker: WorkerRecord) async throws -> ClusterMap {
        try placement.checkLeader(name)
        return placement.withState { $0.map }
    }

    distributed func admit(_ node: String, as peer: UInt64) async throws {
        try placement.checkLeader(name)
    }

    distributed func heartbeat(_ heartbeat: WorkerHeartbeat) async throws -> ClusterMap? { nil }

    distributed func status() async throws -> PlacementStatus {
        placement.withState { state in
            PlacementStatus(
                node: name, role: state.leader == name ? .leader : .follower, term: 1,
                leader: state.leader, members: FakeCluster.placementDrivers, cluster: 9,
                epoch: state.map.epoch, commitIndex: 1, appliedIndex: 1)
        }
    }
}
