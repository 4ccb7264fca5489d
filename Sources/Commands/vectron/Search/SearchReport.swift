import Protocols

/// One measured search.
struct SearchSample: Sendable {
    var latency: Duration
    var hitCount: Int
}

/// What a measurement of searches found.
struct SearchReport {
    let queryCount: Int
    let limit: Int
    let recall: Double
    let p50Milliseconds: Double
    let p99Milliseconds: Double
    let queriesPerSecond: Double

    init(samples: [SearchSample], wantedCount: Int, elapsed: Duration, limit: Int) {
        let latencies = samples.map { $0.latency / .milliseconds(1) }.sorted()
        queryCount = samples.count
        self.limit = limit
        recall = Double(samples.reduce(0) { $0 + $1.hitCount }) / Double(max(1, wantedCount))
        p50Milliseconds = Self.percentile(latencies, 0.50)
        p99Milliseconds = Self.percentile(latencies, 0.99)
        queriesPerSecond = Double(samples.count) / (elapsed / .seconds(1))
    }

    /// The nearest-rank percentile of sorted values.
    private static func percentile(_ sorted: [Double], _ fraction: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((fraction * Double(sorted.count)).rounded(.up))
        return sorted[max(0, min(sorted.count, rank) - 1)]
    }

    /// The report as commands print it.
    var json: JSONValue {
        .object([
            "queries": JSONValue(queryCount), "limit": JSONValue(limit),
            "recall": JSONValue(recall), "p50_ms": JSONValue(p50Milliseconds),
            "p99_ms": JSONValue(p99Milliseconds), "queries_per_second": JSONValue(queriesPerSecond),
        ])
    }

    /// One row.
    var table: Table {
        Table(
            headings: ["queries", "recall@\(limit)", "p50 ms", "p99 ms", "queries/s"],
            rows: [
                [
                    "\(queryCount)", format(recall, digits: 4), format(p50Milliseconds, digits: 2),
                    format(p99Milliseconds, digits: 2), format(queriesPerSecond, digits: 0),
                ]
            ])
    }
}
