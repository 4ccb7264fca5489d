import Actors
import ArgumentParser
import Distributed
import Protocols
import RaftBenchContract
import Synchronization

/// Puts load on the nodes of ``NodeCommand``: each request goes to who leads the group.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "load")

    @Option(help: "All nodes: name=endpoint,…") var peers: String
    @Option(help: "How many groups there are.") var groups = 1
    @OptionGroup var load: LoadOptions
    @Flag(help: "Say who leads the first group once every group has a leader, and end.")
    var leader = false

    func run() async throws {
        guard let peers = BenchPeers(argument: peers), !peers.all.isEmpty else {
            throw ValidationError("--peers names nobody")
        }
        var settings = ClusterActorSystem.Settings(
            node: NodeID("load-\(UInt64.random(in: 0 ... .max))"), clusterID: "bench")
        settings.logger = RaftBench.quietLogger()
        let system = try ClusterActorSystem(settings)
        system.allow(errors: ServiceError.self)
        try system.start()
        for peer in peers.all { system.setEndpoint(peer.endpoint, of: peer.node) }
        let router = try BenchRouter(peers.all.map(\.node), groupCount: groups, on: system)
        if leader {
            print(try await router.waitForLeaders())
        } else {
            _ = try await router.waitForLeaders()
            try await measure(router)
        }
        await system.shutdown()
    }

    private func measure(_ router: BenchRouter) async throws {
        var generator = SystemRandomNumberGenerator()
        let values = (0..<load.clients).map { _ in
            (0..<load.size).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        }
        let timeout = Duration.milliseconds(load.opTimeout)
        let (keys, groups) = (UInt64(load.keys), UInt64(groups))
        var row = try await ClosedLoop(options: load).run(
            counters: { await router.counters() }
        ) { client in
            let key = UInt64.random(in: 0..<keys)
            try await withDeadline(timeout) {
                try await router.put(key % groups + 1, key, values[client])
            }
        }
        row["groups"] = self.groups
        try printRow(row)
    }
}

/// Knows who leads which group, as far as it was told.
final class BenchRouter: Sendable {
    private let nodes: [NodeID]
    private let stubs: [$BenchService<ClusterActorSystem>]
    /// The position of the leader by group, from group 1.
    private let leaders: Mutex<[Int]>

    init(_ nodes: [NodeID], groupCount: Int, on system: ClusterActorSystem) throws {
        self.nodes = nodes
        stubs = try nodes.map { try $BenchService.resolve(id: .bench(on: $0), using: system) }
        leaders = Mutex((1...groupCount).map { $0 % nodes.count })
    }

    func put(_ group: UInt64, _ key: UInt64, _ value: [UInt8]) async throws {
        let place = Int(group) - 1
        let leader = leaders.withLock { $0[place] }
        do {
            _ = try await stubs[leader].put(group: group, key: key, value: value)
        } catch {
            let named = (error as? ServiceError)?.details["leader"]
            let next = nodes.firstIndex { $0.rawValue == named } ?? (leader + 1) % nodes.count
            leaders.withLock { leaders in
                // Unless another client has learned of it meanwhile.
                if leaders[place] == leader { leaders[place] = next }
            }
            throw error
        }
    }

    /// The sums over all nodes that answer.
    func counters() async -> [String: Double] {
        var (syncs, terms) = (0.0, 0.0)
        for stub in stubs {
            guard let counters = try? await withDeadline(.seconds(1), { try await stub.counters() })
            else { continue }
            syncs += Double(counters.syncCount)
            terms += Double(counters.termSum)
        }
        return ["fsyncs": syncs, "term_changes": terms]
    }

    /// Waits until every group has a leader.
    ///
    /// - Returns: Who leads most groups.
    func waitForLeaders() async throws -> NodeID {
        let groupCount = leaders.withLock { $0.count }
        for _ in 0..<300 {
            var leads: [Int] = []
            for stub in stubs {
                let counters = try? await withDeadline(.milliseconds(500)) {
                    try await stub.counters()
                }
                leads.append(counters?.leadCount ?? 0)
            }
            if leads.reduce(0, +) >= groupCount, let most = leads.max(),
                let position = leads.firstIndex(of: most)
            {
                return nodes[position]
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ValidationError("no leader after 15 s")
    }
}
