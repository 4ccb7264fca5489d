import ArgumentParser
import Client
import Protocols

/// `vectron point upsert`.
struct PointUpsert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upsert", abstract: "Insert or replace a point.",
        discussion: "For many points use \"vectron import\".")

    @Argument(help: "The collection.") var collection: String

    @Option(help: "The point's id: a number, a UUID or a string.") var id: String

    @Option(help: ArgumentHelp("The vector, as a JSON array.", valueName: "json"))
    var vector: String

    @Option(help: ArgumentHelp("The payload, as a JSON object.", valueName: "json"))
    var payload = "{}"

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard case .object(let payload) = try JSONValue(text: payload, of: "--payload") else {
            throw CommandError("--payload is no JSON object; write it like '{\"name\": \"x\"}'")
        }
        let point = Point(
            id: PointID(text: id), vector: try VectorInput.parse(vector, of: "--vector"),
            payload: payload)
        let count = try await client.withClient {
            try await $0.upsert([point], into: collection)
        }
        output.print(["upserted": JSONValue(count)], line: "upserted \(id)")
    }
}
