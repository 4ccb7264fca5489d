import ArgumentParser
import Client
import Protocols

/// `vectron point delete`.
struct PointDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete points by id.")

    @Argument(help: "The collection.") var collection: String
    @Argument(help: "The ids.") var ids: [String]

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let ids = ids.map { PointID(text: $0) }
        let count = try await client.withClient { try await $0.delete(ids, from: collection) }
        output.print(["deleted": JSONValue(count)], line: "deleted \(count) of \(ids.count)")
    }
}
