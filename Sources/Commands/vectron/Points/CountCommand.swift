import ArgumentParser
import Client
import Protocols

/// `vectron count`.
struct CountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "Count the points of a collection.")

    @Argument(help: "The collection.") var collection: String

    @OptionGroup var reading: ReadOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let count = try await client.withClient {
            try await $0.count(collection, consistency: reading.consistency)
        }
        output.print(["count": JSONValue(count)], line: "\(count)")
    }
}
