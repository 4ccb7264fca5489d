import ArgumentParser
import Client
import Primitives
import Protocols

/// `vectron recall`.
struct RecallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recall",
        abstract: "Measure how well the searches of a collection find the true neighbours.",
        discussion: """
            Each shard makes queries of its own points (easy) and of mixtures of two of them (as \
            hard as those of users), and compares what the index finds with what is found by \
            comparing with every point. Latencies are those of the index alone.
            """)

    @Argument(help: "The collection.") var collection: String

    @Option(help: "How many queries of each kind a shard makes.") var sample = 100
    @Option(help: "How many neighbours to ask for.") var limit = 10
    @Option(help: "How many candidates the walk keeps.") var efSearch: Int?
    @Option(help: ArgumentHelp("The share of the true neighbours to ask for.", valueName: "0…1"))
    var recall: Double?

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        do {
            try check.validate()
        } catch {
            throw ValidationError(error.message)
        }
    }

    private var check: RecallCheck {
        RecallCheck(sampleCount: sample, limit: limit, efSearch: efSearch, recall: recall)
    }

    func run() async throws {
        let shards = try await client.withClient {
            try await $0.measureRecall(of: collection, check)
        }
        output.print(.array(shards.map(\.json))) { table(shards) }
    }

    private func table(_ shards: [ShardRecall]) -> Table {
        var table = Table(headings: [
            "shard", "worker", "points", "ef", "queries", "recall@\(limit)", "complete", "p50 µs",
            "p99 µs",
        ])
        for shard in shards {
            for (kind, figures) in [("points", shard.points), ("mixtures", shard.mixtures)] {
                table.rows.append([
                    "\(shard.shard)", shard.worker, "\(shard.pointCount)", "\(shard.efSearch)",
                    "\(figures.queryCount) \(kind)", format(figures.recall, digits: 4),
                    "\(figures.completeCount)", format(figures.median.microseconds, digits: 1),
                    format(figures.percentile99.microseconds, digits: 1),
                ])
            }
        }
        return table
    }
}

extension Duration {
    fileprivate var microseconds: Double { self / .microseconds(1) }
}

extension ShardRecall {
    /// The result as the command prints it.
    fileprivate var json: JSONValue {
        .object([
            "shard": JSONValue(shard.rawValue), "worker": .string(worker),
            "points": JSONValue(pointCount), "ef_search": JSONValue(efSearch),
            "by_points": points.json, "by_mixtures": mixtures.json,
        ])
    }
}

extension RecallFigures {
    fileprivate var json: JSONValue {
        .object([
            "recall": JSONValue(recall), "queries": JSONValue(queryCount),
            "complete": JSONValue(completeCount),
            "p50_microseconds": JSONValue(median.microseconds),
            "p99_microseconds": JSONValue(percentile99.microseconds),
        ])
    }
}
