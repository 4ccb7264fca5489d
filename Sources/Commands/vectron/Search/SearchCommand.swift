import ArgumentParser
import Client
import Protocols

/// `vectron search`.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find the points nearest to a vector or to a point.")

    @Argument(help: "The collection.") var collection: String

    @Option(help: ArgumentHelp("The vector, as a JSON array.", valueName: "json"))
    var vector: String?

    @Option(help: ArgumentHelp("A file with the vector: .npy or .json.", valueName: "path"))
    var vectorFile: String?

    @Option(help: "Which row of a .npy file, from 0.") var row = 0

    @Option(help: ArgumentHelp("More like this point.", valueName: "id"))
    var like: String?

    @Option(help: "How many points to find.") var limit = 10

    @Option(help: "How many candidates the walk keeps; more is slower and finds more.")
    var efSearch: Int?

    @Option(help: ArgumentHelp("The share of the true neighbours to find.", valueName: "0…1"))
    var recall: Double?

    @Flag(help: "Compare with every point instead of walking the graph.") var exact = false

    @Option(help: ArgumentHelp("Payload fields to show, parted by commas.", valueName: "names"))
    var fields: String?

    @OptionGroup var reading: ReadOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [vector, vectorFile, like].compactMap({ $0 }).count == 1 else {
            throw ValidationError(
                "Say what to search for: one of --vector, --vector-file and --like.")
        }
        guard (1...SearchQuery.maxLimit).contains(limit) else {
            throw ValidationError("--limit is 1 to \(SearchQuery.maxLimit).")
        }
        guard efSearch == nil || recall == nil else {
            throw ValidationError("--recall excludes --ef-search; give one of them.")
        }
    }

    func run() async throws {
        let request = SearchRequest(
            collection: collection, target: try target(), limit: limit, efSearch: efSearch,
            recall: recall, mode: exact ? .exact : .approximate, consistency: reading.consistency)
        let found = try await client.withClient { try await $0.search(request) }
        output.print(.array(found.map(\.json))) { table(found) }
    }

    private func target() throws -> SearchRequest.Target {
        if let like { return .point(PointID(text: like)) }
        if let vector { return .vector(try VectorInput.parse(vector, of: "--vector")) }
        guard let vectorFile else { preconditionFailure("validate() lets no such command pass") }
        return .vector(try VectorInput.read(vectorFile, row: row))
    }

    private func table(_ found: [ScoredPoint]) -> Table {
        let names = fields?.split(separator: ",").map(String.init)
        var table = Table(headings: ["id", "score"] + (names ?? ["payload"]))
        for point in found {
            let payload = point.payload ?? [:]
            let cells =
                names.map { names in names.map { payload[$0]?.display ?? "" } }
                ?? [JSONValue.object(payload).text]
            table.rows.append([point.id.description, format(point.score, digits: 4)] + cells)
        }
        return table
    }
}

extension ScoredPoint {
    /// The result as commands print it.
    fileprivate var json: JSONValue {
        var object: [String: JSONValue] = ["id": JSONValue(id), "score": JSONValue(score)]
        if let payload { object["payload"] = .object(payload) }
        return .object(object)
    }
}
