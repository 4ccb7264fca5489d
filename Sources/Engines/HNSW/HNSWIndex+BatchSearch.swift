extension HNSWIndex {
    /// The nearest live rows of each of many queries: what a search of each gives.
    ///
    /// All queries see the same rows, and a function as a filter is asked at most once for a row in
    /// the whole batch. On the caller's thread: to use more threads, give each a slice of the
    /// queries.
    ///
    /// - Parameters:
    ///   - queries: Each of `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - limit: The most rows to return for a query; 0 or less returns none.
    ///   - effort: How hard to look.
    ///   - filter: Which rows may be returned.
    /// - Returns: For each query, in order, its rows, nearest first, equal distances by row.
    /// - Precondition: Each query has `dimension` components.
    /// - Complexity: That of a search for each query.
    public func search(
        _ queries: [[Float]], limit: Int, effort: SearchEffort, where filter: RowFilter = .every
    ) -> [[Neighbor]] {
        for query in queries { checkDimension(query.count) }
        return pinningRows {
            guard limit > 0, let view else { return queries.map { _ in [] } }
            let operation = NearestRows(
                index: self, limit: limit, ef: max(limit, efSearch(of: effort, limit: limit)))
            return scratches.withScratch { scratch in
                scratch.prepare(filter, rowCount: view.rowCount)
                return queries.map { query in
                    query.withUnsafeBufferPointer { scratch.load($0) }
                    return perform(operation, where: filter, view, scratch) ?? []
                }
            }
        }
    }
}
