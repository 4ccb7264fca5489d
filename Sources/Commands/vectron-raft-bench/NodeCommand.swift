import Actors
import ArgumentParser
import Distributed
import Foundation
import Primitives
import Protocols
import Raft
import RaftBenchContract
import Replication
import Storage
import Synchronization
import UnixSignals

/// One of the nodes that the load is put on; ends well with SIGTERM.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "node")

    @Option(help: "This node's name.") var name: String
    @Option(help: "All nodes: name=endpoint,…") var peers: String
    @Option(help: "Where the data are.") var data: String
    @Option(help: "How many groups there are.") var groups = 1
    @Option(help: "The election timeout in milliseconds.") var electionTimeout = 300

    func run() async throws {
        guard let peers = BenchPeers(argument: peers),
            let own = peers.all.first(where: { $0.node.rawValue == name })
        else { throw ValidationError("--peers names no endpoint of \(name)") }
        var settings = ClusterActorSystem.Settings(
            node: own.node, clusterID: "bench", endpoint: own.endpoint)
        settings.logger = RaftBench.quietLogger()
        let system = try ClusterActorSystem(settings)
        for peer in peers.all where peer.node != own.node {
            system.setEndpoint(peer.endpoint, of: peer.node)
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let node = try BenchNode(on: system, data: data)
        try system.start()
        try await node.addGroups(groups, peers: peers.all.map(\.node))
        node.engine.start(
            tickInterval: ReplicationTiming.tickInterval(for: .milliseconds(electionTimeout)))
        print("ready")
        fflush(nil)
        for await _ in signals { break }
        await node.engine.shutDown()
        try node.log.seal()
        await system.shutdown()
    }
}

/// The parts of a node, put together as a worker puts them.
final class BenchNode: Sendable {
    let engine: ReplicationEngine
    let log: RaftLog
    let terms: Mutex<[UInt64: Status]> = Mutex([:])
    private let name: NodeID
    private let store: BenchStore
    private let appendCount = SharedCounter()
    private let writers = (0..<2).map { ThreadExecutor(name: "writer-\($0)") }

    init(on system: ClusterActorSystem, data: String) throws {
        name = system.node
        let directory = try DataDirectory(
            at: data, for: NodeIdentity(cluster: "bench", node: system.node.rawValue))
        store = try BenchStore(at: data + "/catalog")
        let log = try RaftLog(in: directory, logger: RaftBench.quietLogger())
        self.log = log
        engine = ReplicationEngine(
            on: system, settings: ReplicationSettings(), seed: .random(in: 0 ... .max),
            logger: RaftBench.quietLogger(),
            append: { [appendCount] records in
                // An append without records touches no disk.
                if !records.isEmpty { appendCount.value.add(1, ordering: .relaxed) }
                try log.append(records)
            },
            onFence: { error in
                FileHandle.standardError.write(Data("a write failed: \(error)\n".utf8))
                exit(1)
            })
        _ = ReplicationServer.host(engine, on: system)
        BenchServer.host(self, on: system)
    }

    func addGroups(_ count: Int, peers: [NodeID]) async throws {
        let founders = peers.indices.map { PeerID(UInt64($0) + 1) }
        guard let position = peers.firstIndex(of: name) else { return }
        let nodes = Dictionary(
            zip(founders, peers.map(\.rawValue)), uniquingKeysWith: { first, _ in first })
        for number in 1...UInt64(count) {
            let id = GroupID(number)
            let machine = try BenchMachine(
                id, in: store, on: writers[Int(number) % writers.count])
            await engine.add(
                id, machine: machine, stored: log.restored[id], applied: try store.applied(of: id),
                peer: founders[position], founders: founders, nodes: nodes,
                leads: Int(number) % peers.count == position
            ) { status in self.terms.withLock { $0[number] = status } }
        }
    }

    var counters: BenchCounters {
        terms.withLock { terms in
            BenchCounters(
                syncCount: appendCount.value.load(ordering: .relaxed)
                    + store.syncCount.load(ordering: .relaxed),
                termSum: terms.values.reduce(0) { $0 + $1.term },
                leadCount: terms.values.count { $0.role == .leader },
                ledCount: terms.values.count { $0.leader != nil })
        }
    }
}

/// A counter that closures share.
private final class SharedCounter: Sendable {
    let value = Atomic<UInt64>(0)
}

/// Answers ``BenchService``.
distributed actor BenchServer: BenchService {
    typealias ActorSystem = ClusterActorSystem

    private let node: BenchNode

    init(node: BenchNode, actorSystem: ClusterActorSystem) {
        self.node = node
        self.actorSystem = actorSystem
    }

    distributed func put(group: UInt64, key: UInt64, value: [UInt8]) async throws -> UInt64 {
        try await BenchServer.put(node.engine, GroupID(group), key, value)
    }

    /// Runs beside the actor: puts do not wait for each other here.
    private nonisolated static func put(
        _ engine: ReplicationEngine, _ group: GroupID, _ key: UInt64, _ value: [UInt8]
    ) async throws -> UInt64 {
        do {
            let result = try await engine.propose(
                BenchMachine.command(key: key, value: value), to: group)
            return result as? UInt64 ?? 0
        } catch ReplicationError.notLeader(let leader) {
            throw ServiceError(
                .notLeader, "another node leads", details: leader.map { ["leader": $0] } ?? [:])
        } catch {
            throw ServiceError(.unavailable, "\(error)")
        }
    }

    distributed func counters() async throws -> BenchCounters { node.counters }

    static func host(_ node: BenchNode, on system: ClusterActorSystem) {
        system.allow($BenchService<ClusterActorSystem>.self, on: BenchServer.self) { routes in
            routes.add("put(group:key:value:)") { try await $0.put(group: $1, key: $2, value: $3) }
            routes.add("counters()") { try await $0.counters() }
        }
        system.allow(errors: ServiceError.self)
        _ = system.host("bench") { BenchServer(node: node, actorSystem: $0) }
    }
}
