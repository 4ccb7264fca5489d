import ArgumentParser
import Client
import Protocols

/// `vectron point get`.
struct PointGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show points by id; fails if one does not exist.")

    @Argument(help: "The collection.") var collection: String
    @Argument(help: "The ids.") var ids: [String]

    @OptionGroup var reading: ReadOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let wanted = ids.map { PointID(text: $0) }
        let points = try await client.withClient {
            try await $0.get(wanted, from: collection, consistency: reading.consistency)
        }
        output.print(.array(points.map(\.json))) {
            Table(headings: ["id", "vector", "payload"], rows: points.map(\.cells))
        }
        let missing = Set(wanted).subtracting(points.map(\.id)).sorted()
        guard missing.isEmpty else {
            throw CommandError(
                """
                collection \(collection) has no point \
                \(missing.map(\.description).joined(separator: ", "))
                """)
        }
    }
}

extension Point {
    /// The point as commands print it.
    fileprivate var json: JSONValue {
        .object([
            "id": JSONValue(id), "vector": JSONValue(vector), "payload": .object(payload),
        ])
    }

    /// The point in a table, of a long vector its beginning.
    fileprivate var cells: [String] {
        let head = vector.prefix(4).map { format($0, digits: 3) }.joined(separator: ", ")
        let rest = vector.count > 4 ? ", … \(vector.count) in all" : ""
        return [id.description, head + rest, JSONValue.object(payload).text]
    }
}
