internal import HNSW
package import Protocols

extension SearchEffort {
    /// What a request asks for: a recall, or so many candidates, or the default.
    init(efSearch: Int?, recall: Double?) {
        if let recall {
            self = .recall(recall)
        } else {
            self = .ef(efSearch ?? ShardIndex.defaultEfSearch)
        }
    }
}

extension SearchQuery {
    /// How hard to look.
    var effort: SearchEffort { SearchEffort(efSearch: efSearch, recall: recall) }
}

// MARK: - Calibration

extension ShardIndex {
    /// The fewest slots that are measured: fewer are scanned more often than walked.
    private static let leastCalibratedCount = 2048
    /// The queries of a calibration, and how many rows all of them may be compared with: beyond,
    /// there are fewer of them.
    private static let (sampleCounts, comparedRowCount) = (32...200, 1 << 25)

    /// Whether the shard has grown by half since it was measured what recall takes.
    package var isCalibrationDue: Bool {
        let count = graph.rowCount
        return count >= Self.leastCalibratedCount && count * 2 >= graph.calibration.rowCount * 3
    }

    /// Measures what recall takes, for the searches that ask for one.
    ///
    /// Takes seconds in a large shard; any thread, one at a time. Until it was called once, searches go
    /// by what holds for sentence embeddings.
    ///
    /// - Parameter isWanted: Asked before each query; if it says no, nothing has changed.
    /// - Returns: What was measured, or nil if it was not wanted to the end.
    @discardableResult
    package func calibrate(
        while isWanted: () -> Bool = { true }
    ) -> (efSearch: Int, recall: Double)? {
        let count = Self.comparedRowCount / max(1, graph.rowCount)
        let bounds = Self.sampleCounts
        let sampleCount = min(max(count, bounds.lowerBound), bounds.upperBound)
        return graph.calibrate(sampleCount: sampleCount, while: isWanted)?.points.last.map {
            ($0.efSearch, $0.recall)
        }
    }
}

// MARK: - Measurement

extension ShardIndex {
    /// How well searches find the true neighbours, and how long they take.
    package struct Recall: Sendable, Hashable {
        package var efSearch: Int
        package var points: RecallFigures
        package var mixtures: RecallFigures
    }

    /// Measures how well searches find the true neighbours; any thread.
    ///
    /// - Parameter check: One that is valid.
    /// - Complexity: O(slots · queries) distances.
    package func measureRecall(_ check: RecallCheck) -> Recall {
        let query = SearchQuery(
            vector: [], limit: check.limit, efSearch: check.efSearch, recall: check.recall)
        return Recall(
            efSearch: max(check.limit, graph.efSearch(of: query.effort, limit: check.limit)),
            points: figures(of: .rows, check, query.effort),
            mixtures: figures(of: .mixtures, check, query.effort))
    }

    private func figures(
        of kind: RecallQueries, _ check: RecallCheck, _ effort: SearchEffort
    ) -> RecallFigures {
        let queries = graph.recallQueries(kind, count: check.sampleCount)
        let measured = graph.measureRecall(queries, limit: check.limit, effort: effort)
        let durations = queries.map { query in
            ContinuousClock().measure {
                _ = graph.search(query, limit: check.limit, effort: effort)
            }
        }.sorted()
        func duration(atPercent percent: Int) -> Duration {
            durations.isEmpty ? .zero : durations[(durations.count - 1) * percent / 100]
        }
        return RecallFigures(
            recall: measured.recall, queryCount: measured.queryCount,
            completeCount: measured.completeCount, median: duration(atPercent: 50),
            percentile99: duration(atPercent: 99))
    }
}
