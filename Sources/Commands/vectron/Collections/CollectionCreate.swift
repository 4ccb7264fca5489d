public import ArgumentParser
import Client
public import Protocols
public import Vectors

/// `vectron collection create`.
struct CollectionCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a collection, which must not exist.")

    @Argument(help: "The collection's name.") var name: String

    @Option(help: "The number of components of each vector.") var dimension: Int

    @Option(help: "How vectors are compared.") var metric = Metric.cosine

    @Option(help: "Into how many shards the points are parted.") var shards = 1

    @Option(help: "How many replicas each shard has; else the cluster's default.")
    var replicas: Int?

    @Option(help: "What is kept in memory of each vector.") var memory = VectorMemory.full

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let configuration = CollectionConfiguration(
            name: name, dimension: dimension, metric: metric, shardCount: shards,
            replicaCount: replicas, memory: memory)
        let made = try await client.withClient { try await $0.createCollection(configuration) }
        output.print(made.json.members, line: "created \(name)")
    }
}

extension Metric: ExpressibleByArgument {}

extension VectorMemory: ExpressibleByArgument {}
