import Actors
import ArgumentParser
import Client
import Primitives
import Protocols

/// Fills a collection with seeded vectors, by the way without a door.
struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill")

    @OptionGroup var cluster: ClusterOptions
    @Option(help: "How many points.") var points = 1_000

    private static let batchSize = 500

    func run() async throws {
        let client = try await VectronClient.connect(
            to: [Endpoint(rawValue: cluster.gateway)], cluster: cluster.id)
        let name = try await cluster.internalName(client)
        let dimension = try await client.describeCollection(name).configuration.dimension
        var generator = SeededGenerator(seed: 1)
        for first in stride(from: 0, to: points, by: Self.batchSize) {
            let batch = (first..<min(points, first + Self.batchSize)).map { number in
                Point(
                    id: .number(UInt64(number)),
                    vector: (0..<dimension).map { _ in
                        Float.random(in: -1...1, using: &generator)
                    },
                    payload: ["name": .string("point \(number)")])
            }
            try await client.upsert(batch, into: name)
        }
        await client.close()
    }
}

/// Where the cluster is, and which collection is meant.
struct ClusterOptions: ParsableArguments {
    @Option(help: "Where the gateway listens to Swift clients.") var gateway: String
    @Option(name: .customLong("cluster"), help: "The cluster's id.") var id: String
    @Option(help: "The collection, as its tenant calls it.") var collection = "bench"

    /// What the cluster calls the collection: clients that are nodes come in behind the door.
    func internalName(_ client: VectronClient) async throws -> String {
        let names = try await client.listCollections().map(\.configuration.name)
        let suffix = "\(CollectionConfiguration.tenantSeparator)\(collection)"
        guard let name = names.first(where: { $0 == collection || $0.hasSuffix(suffix) }) else {
            throw ValidationError("there is no collection \(collection), only \(names)")
        }
        return name
    }
}
