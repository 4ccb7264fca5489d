import Synchronization

extension HNSWIndex {
    /// When the graph would score this share of all rows, a scan of them is faster and exact.
    ///
    /// A walk of width ef scores some 15 rows for each of its ef steps, at random addresses; a
    /// scan reads memory in order.
    static let exactShare = 8

    /// The nearest live rows, approximately.
    ///
    /// Never waits, also not for the writer. When `efSearch` is large beside the index, the answer
    /// comes from an exact scan instead of the graph.
    ///
    /// - Parameters:
    ///   - query: `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - limit: The most rows to return; 0 or less returns none.
    ///   - efSearch: How many candidates to keep: more find more and take longer. Raised to `limit`.
    /// - Returns: At most `limit` rows, nearest first, equal distances by row.
    /// - Precondition: The query has `dimension` components.
    /// - Complexity: O(log rowCount + efSearch · maxLinks) distances on average.
    ///
    /// *Source*: Malkov and Yashunin 2018, Algorithm 5.
    public func search(_ query: [Float], limit: Int, efSearch: Int) -> [Neighbor] {
        query.withUnsafeBufferPointer { search($0, limit: limit, efSearch: efSearch) }
    }

    /// The nearest live rows of the query in a buffer; see `search(_:limit:efSearch:)`.
    public func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, efSearch: Int
    ) -> [Neighbor] {
        let ef = max(limit, efSearch)
        if ef >= rowCount / Self.exactShare { return exactSearch(query, limit: limit) }
        return graphSearch(query, limit: limit, efSearch: ef)
    }

    /// Algorithm 5 on the graph, however small it is.
    package func graphSearch(
        _ query: UnsafeBufferPointer<Float>, limit: Int, efSearch: Int
    ) -> [Neighbor] {
        graphSearch(query, limit: limit, efSearch: efSearch, where: .every)
    }

    /// The nearest live rows, exactly: every row is scored.
    ///
    /// The oracle of the graph, and the answer for small collections. Parameters and result as in
    /// `search(_:limit:efSearch:)`.
    ///
    /// - Complexity: O(rowCount) distances.
    public func exactSearch(_ query: [Float], limit: Int) -> [Neighbor] {
        query.withUnsafeBufferPointer { exactSearch($0, limit: limit) }
    }

    /// The nearest live rows of the query in a buffer, exactly.
    public func exactSearch(
        _ query: UnsafeBufferPointer<Float>, limit: Int
    ) -> [Neighbor] {
        checkDimension(query.count)
        return pinningRows {
            let rowCount = self.rowCount
            guard limit > 0, rowCount > 0 else { return [] }
            return scratches.withScratch { scratch in
                scratch.load(query)
                let scan = ExactScan(
                    space: space, acceptance: LiveRows(graph: graph), rowCount: rowCount,
                    scratch: scratch.memory)
                return results(of: scan.nearest(min(limit, rowCount)), limit: limit)
            }
        }
    }
}
