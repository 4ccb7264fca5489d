import ArgumentParser
import Client
import Foundation
import Protocols

/// `vectron bench search`.
struct BenchSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Measure recall, latency and throughput of searches.",
        discussion: """
            Recall counts by distance: a result is a hit if it is no farther than the true last \
            neighbour, so that ties are hits. Truth is --truth, a .npy of row numbers (nearest \
            first, ids being row numbers), or else exact searches.
            """)

    @Argument(help: "The collection.") var collection: String

    @Option(help: ArgumentHelp("The queries: .npy, a vector a row.", valueName: "path"))
    var queries: String

    @Option(help: ArgumentHelp("The true neighbours: .npy of int32.", valueName: "path"))
    var truth: String?

    @Option(help: "How many neighbours to ask for.") var limit = 10
    @Option(help: "How many candidates the walk keeps.") var efSearch: Int?
    @Option(help: ArgumentHelp("The share of the true neighbours to ask for.", valueName: "0…1"))
    var recall: Double?
    @Option(help: "How many searches are under way at once.") var concurrency = 1
    @Option(help: ArgumentHelp("Fail if recall is lower.", valueName: "0…1")) var minRecall = 0.0

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...SearchQuery.maxLimit).contains(limit) else {
            throw ValidationError("--limit is 1 to \(SearchQuery.maxLimit).")
        }
        guard (1...256).contains(concurrency) else {
            throw ValidationError("--concurrency is 1 to 256.")
        }
    }

    func run() async throws {
        let file = try NpyFile(path: queries)
        let vectors = try file.floats(0..<file.rowCount)
        guard !vectors.isEmpty else { throw CommandError("\(queries) has no rows") }
        let report = try await client.withClient { client in
            let oracle = TrueNeighbors(client: client, collection: collection, limit: limit)
            let thresholds =
                if let truth {
                    try await oracle.thresholds(of: NpyFile(path: truth), for: vectors)
                } else {
                    try await oracle.thresholdsBySearching(vectors)
                }
            return try await measure(client, vectors, thresholds)
        }
        output.print(report.json) { report.table }
        guard report.recall >= minRecall else {
            throw CommandError(
                """
                recall@\(limit) is \(format(report.recall, digits: 4)), \
                less than \(minRecall); raise --ef-search or --recall
                """)
        }
    }

    private func measure(
        _ client: VectronClient, _ vectors: [[Float]], _ thresholds: [ScoreThreshold]
    ) async throws -> SearchReport {
        // The first search of a connection pays for its making.
        _ = try await client.search(request(vectors[0]))
        let start = ContinuousClock.now
        let samples = try await withThrowingTaskGroup(of: SearchSample.self) { group in
            var samples: [SearchSample] = []
            for (index, vector) in vectors.enumerated() {
                if index >= concurrency, let sample = try await group.next() {
                    samples.append(sample)
                }
                group.addTask {
                    let start = ContinuousClock.now
                    let found = try await client.search(request(vector))
                    return SearchSample(
                        latency: start.duration(to: .now),
                        hitCount: thresholds[index].hitCount(among: found.map(\.score)))
                }
            }
            for try await sample in group { samples.append(sample) }
            return samples
        }
        return SearchReport(
            samples: samples, wantedCount: thresholds.reduce(0) { $0 + $1.count },
            elapsed: start.duration(to: .now), limit: limit)
    }

    private func request(_ vector: [Float]) -> SearchRequest {
        SearchRequest(
            collection: collection, target: .vector(vector), limit: limit, efSearch: efSearch,
            recall: recall, parts: [])
    }
}
