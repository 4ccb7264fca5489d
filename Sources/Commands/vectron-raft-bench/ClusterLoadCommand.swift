import Actors
import ArgumentParser
import Client
import Protocols
import Synchronization

/// Puts load on a real cluster, through its gateway.
struct ClusterLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cluster-load")

    /// What the clients ask for.
    enum Request: String, ExpressibleByArgument { case upsert, search }

    @Option(help: "Where the gateway listens.") var gateway: String
    @Option(help: "The cluster's id.") var cluster: String
    @Option(help: "The collection.") var collection = "bench"
    @Option(help: "How many dimensions a vector has.") var dimension = 384
    @Option(help: "upsert or search.") var request = Request.upsert
    @Option(help: "Of searches.") var consistency = "linearizable"
    @OptionGroup var load: LoadOptions

    func run() async throws {
        guard let consistency = ReadConsistency(consistency) else {
            throw ValidationError("--consistency is linearizable, local or bounded:500ms.")
        }
        var settings = VectronClient.Settings()
        settings.timeout = .milliseconds(load.opTimeout)
        let client = try await VectronClient.connect(
            to: [Endpoint(rawValue: gateway)], cluster: cluster, settings: settings)
        let (collection, keys) = (collection, UInt64(load.keys))
        let vectors = (0..<1024).map { _ in
            (0..<dimension).map { _ in Float.random(in: -1...1) }
        }
        let request = request
        let row = try await ClosedLoop(options: load).run(
            counters: { ["term_changes": await Self.termSum(client)] }
        ) { _ in
            let vector = vectors[Int.random(in: 0..<vectors.count)]
            switch request {
            case .upsert:
                let id = PointID.number(UInt64.random(in: 0..<keys))
                _ = try await client.upsert([Point(id: id, vector: vector)], into: collection)
            case .search:
                _ = try await client.search(
                    SearchRequest(
                        collection: collection, target: .vector(vector), limit: 10, parts: [],
                        consistency: consistency))
            }
        }
        try printRow(row)
        await client.close()
    }

    /// The newest term of each shard, all together.
    private static func termSum(_ client: VectronClient) async -> Double {
        guard let status = try? await client.status() else { return 0 }
        var terms: [ShardID: UInt64] = [:]
        for shard in status.workers.flatMap({ $0.status?.shards ?? [] }) {
            terms[shard.id] = max(terms[shard.id] ?? 0, shard.term)
        }
        return Double(terms.values.reduce(0, +))
    }
}
