import ArgumentParser
import Client
import Primitives
import Protocols
import Vectors

/// `vectron collection describe`.
struct CollectionDescribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show one collection and where its shards are.")

    @Argument(help: "The collection's name.") var name: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let collection = try await client.withClient { try await $0.describeCollection(name) }
        output.print(collection.json) { collection.table }
    }
}

extension CollectionDescription {
    /// The description as commands print it.
    var json: JSONValue {
        .object([
            "name": .string(configuration.name),
            "dimension": JSONValue(configuration.dimension),
            "metric": .string(configuration.metric.rawValue),
            "memory": .string(configuration.memory.rawValue),
            "points": pointCount.map { JSONValue($0) } ?? .null,
            "shards": .array(
                shards.map { shard in
                    .object([
                        "id": JSONValue(shard.id.rawValue),
                        "first_slot": JSONValue(Int(shard.slots.first)),
                        "last_slot": JSONValue(Int(shard.slots.last)),
                        "replicas": .array(shard.replicas.map { .string($0.worker) }),
                    ])
                }),
        ])
    }

    /// A row a fact.
    fileprivate var table: Table {
        let facts = [
            ["dimension", "\(configuration.dimension)"],
            ["metric", configuration.metric.rawValue],
            ["memory", configuration.memory.rawValue],
            ["points", pointCount.map { "\($0)" } ?? "unknown"],
        ]
        let places = shards.map { shard in
            let workers = shard.replicas.map(\.worker).joined(separator: ", ")
            return [
                "shard \(shard.id)", "slots \(shard.slots.first)–\(shard.slots.last) on \(workers)",
            ]
        }
        return Table(headings: ["name", configuration.name], rows: facts + places)
    }
}
