import ArgumentParser
import Client
import Foundation
import Protocols
import Vectors

/// `vectron import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Upsert the rows of a file.",
        discussion: """
            FILE is a .npy of float16 or float32, with payloads in --payload and ids that are row \
            numbers; or .jsonl, one {"id": …, "vector": […], "payload": {…}} a line. Lines may be \
            compressed by gzip. An import can be repeated: points of the same ids are replaced.
            """)

    @Argument(help: "The collection.") var collection: String
    @Argument(help: ArgumentHelp("The file.", valueName: "file")) var path: String

    @Option(help: ArgumentHelp("Payloads: .jsonl or .jsonl.gz, a line a row.", valueName: "path"))
    var payload: String?

    @Option(help: ArgumentHelp("The payload field that is the id.", valueName: "name"))
    var idField: String?

    @Flag(help: "Create the collection first if it does not exist.") var create = false
    @Option(help: "With --create: how vectors are compared.") var metric = Metric.cosine
    @Option(help: "With --create: what is kept in memory of each vector.")
    var memory = VectorMemory.full
    @Option(help: "With --create: into how many shards the points are parted.") var shards = 1

    @Option(help: "How many points a request has, at most.") var batchSize = 256
    @Option(help: "How many requests are under way at once.") var concurrency = 4
    @Option(help: "Leave out the first rows: where an earlier import stopped.") var skip = 0

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...UpsertRequest.maxPointCount).contains(batchSize) else {
            throw ValidationError("--batch-size is 1 to \(UpsertRequest.maxPointCount).")
        }
        guard (1...256).contains(concurrency) else {
            throw ValidationError("--concurrency is 1 to 256.")
        }
        guard skip >= 0 else { throw ValidationError("--skip is 0 or more.") }
    }

    func run() async throws {
        let source = try ImportSource(path: path, payload: payload)
        try source.skip(skip)
        try await client.withClient { client in
            if create { try await createIfMissing(client, source) }
            let dimension = try await client.describeCollection(collection).configuration.dimension
            if let found = source.dimension, found != dimension {
                throw CommandError(
                    "\(path) has vectors of \(found) components, \(collection) takes \(dimension)")
            }
            try await run(source, client, dimension)
        }
    }

    private func createIfMissing(_ client: VectronClient, _ source: ImportSource) async throws {
        guard let dimension = source.dimension else {
            throw CommandError("--create needs a .npy file, which tells the dimension")
        }
        do {
            try await client.createCollection(
                CollectionConfiguration(
                    name: collection, dimension: dimension, metric: metric, shardCount: shards,
                    memory: memory))
        } catch let error as ServiceError where error.code == .alreadyExists {
            return
        }
    }

    private func run(
        _ source: ImportSource, _ client: VectronClient, _ dimension: Int
    ) async throws {
        let importer = Importer(
            client: client, collection: collection, decoder: RowDecoder(idField: idField),
            batchSize: Self.batchSize(batchSize, dimension: dimension), concurrency: concurrency)
        var progress = ImportProgress(
            isInteractive: Terminal.isErrorInteractive, skippedCount: skip)
        do {
            let stored = try await importer.run(source) { acknowledged, source in
                let total = source.rowCount
                let fraction = total.map {
                    Double(skip + acknowledged.count) / Double(max(1, $0))
                }
                progress.update(
                    storedCount: acknowledged.count, total: total,
                    fraction: fraction ?? source.fraction)
            }
            progress.finish()
            report(stored.count, progress.elapsed)
        } catch {
            progress.finish()
            throw CommandError(
                """
                \(Self.text(of: error.cause)); rows before \(error.acknowledged.resumeRow) are \
                stored, go on with: --skip \(error.acknowledged.resumeRow)
                """)
        }
    }

    private static func text(of error: any Error) -> String {
        (error as? ServiceError)?.message ?? "\(error)"
    }

    /// As many points as half of the largest request holds, with some room for payloads.
    private static func batchSize(_ wanted: Int, dimension: Int) -> Int {
        min(wanted, max(1, (16 << 20) / (dimension * 4 + 2048)))
    }

    private func report(_ count: Int, _ elapsed: Duration) {
        let seconds = elapsed / .seconds(1)
        let rate = Double(count) / max(seconds, 0.001)
        output.print(
            [
                "imported": JSONValue(count), "seconds": JSONValue(seconds),
                "rows_per_second": JSONValue(rate),
            ],
            line: """
                imported \(format(count)) rows in \(format(seconds, digits: 1)) s \
                (\(format(Int(rate))) rows/s)
                """)
    }
}
