import ArgumentParser
import Client
import Protocols
import Vectors

/// `vectron collection list`.
struct CollectionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the collections.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let collections = try await client.withClient { try await $0.listCollections() }
        output.print(.array(collections.map(\.json))) {
            Table(
                headings: ["name", "dimension", "metric", "shards", "points"],
                rows: collections.map { collection in
                    let configuration = collection.configuration
                    return [
                        configuration.name, "\(configuration.dimension)",
                        configuration.metric.rawValue, "\(configuration.shardCount)",
                        collection.pointCount.map { "\($0)" } ?? "unknown",
                    ]
                })
        }
    }
}
