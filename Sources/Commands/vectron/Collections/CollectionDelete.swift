import ArgumentParser
import Client
import Protocols

/// `vectron collection delete`.
struct CollectionDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a collection and all its points.")

    @Argument(help: "The collection's name.") var name: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { try await $0.deleteCollection(name) }
        output.print(["deleted": .string(name)], line: "deleted \(name)")
    }
}
