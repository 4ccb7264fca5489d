import Actors
import ArgumentParser
import Client
import Distributed
import Protocols

/// Reads one point by every way, in turn, and prints how long each way took.
///
/// All ways are called by this one process, one call after the other in short blocks, so that they
/// share whatever else the machine does.
struct OverheadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "overhead")

    @OptionGroup var cluster: ClusterOptions
    @Option(help: "The worker that has the collection's only shard: name=endpoint") var worker:
        String
    @Option(help: "Where the bridge listens.") var bridge: String
    @Option(help: "The port of REST.") var restPort: UInt16
    @Option(help: "The API key for the bridge and REST.") var key: String
    @Option(help: "How often each way has its turn.") var rounds = 100
    @Option(help: "How many calls a turn has.") var calls = 50
    @Option(help: "How many points the collection has.") var points = 1_000

    /// One way to the point of a number.
    private typealias Way = (name: String, call: (UInt64) async throws -> Void)

    func run() async throws {
        let system = try ClusterActorSystem(
            .init(node: NodeID("client-overhead-bench"), clusterID: cluster.id))
        try system.start()
        let client = try await VectronClient.connect(
            to: [Endpoint(rawValue: cluster.gateway)], using: system)
        let ways = try await ways(client, system)
        var durations = ways.map { _ in [Double]() }
        let clock = ContinuousClock()
        // The first fifth warms up.
        for round in -rounds / 5..<rounds {
            for turn in ways.indices {
                // Nobody always follows the same one.
                let index = (turn + abs(round)) % ways.count
                for call in 0..<calls {
                    let id = UInt64(abs(round) * calls + call) % UInt64(points)
                    let begin = clock.now
                    try await ways[index].call(id)
                    let duration = begin.duration(to: clock.now)
                    if round >= 0 { durations[index].append(duration / .microseconds(1)) }
                }
            }
        }
        let rows = zip(ways, durations).map { way, durations in
            let sorted = durations.sorted()
            let (p50, p99) = (sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
            return "\"\(way.name)\":{\"p50_us\":\(p50),\"p99_us\":\(p99)}"
        }
        print("{\(rows.joined(separator: ","))}")
        await system.shutdown()
    }

    private func ways(
        _ client: VectronClient, _ system: ClusterActorSystem
    ) async throws -> [Way] {
        let name = try await cluster.internalName(client)
        let description = try await client.describeCollection(name)
        guard let shard = description.shards.first, description.shards.count == 1 else {
            throw ValidationError(
                "collection \(name) has \(description.shards.count) shards, not 1")
        }
        let address = ShardAddress(
            collection: description.id, shard: shard.id, version: shard.version)
        let parts = worker.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("--worker is name=endpoint") }
        let node = NodeID(parts[0])
        system.setEndpoint(Endpoint(rawValue: parts[1]), of: node)
        let worker = try $WorkerService.resolve(
            id: ActorID(node: node, name: WellKnownName.worker), using: system)
        let bridge = try BridgeCaller(bridge, key: key, collection: cluster.collection)
        let rest = try RESTCaller(port: restPort, key: key, collection: cluster.collection)
        return [
            (
                "worker",
                { id in
                    let found = try await worker.get(
                        ShardGet(shard: address, ids: [.number(id)], parts: .payload))
                    try Self.check(found.count == 1, id)
                }
            ),
            (
                "client",
                { id in
                    let found = try await client.get([.number(id)], from: name, parts: .payload)
                    try Self.check(found.count == 1, id)
                }
            ),
            ("bridge", { id in try Self.check(try bridge.get(id), id) }),
            ("rest", { id in try Self.check(try rest.get(id), id) }),
        ]
    }

    private static func check(_ isFound: Bool, _ id: UInt64) throws {
        guard isFound else { throw ValidationError("point \(id) was not answered") }
    }
}
