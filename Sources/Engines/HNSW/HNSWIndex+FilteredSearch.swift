extension HNSWIndex {
    /// The nearest live rows that pass a filter, approximately.
    ///
    /// The filter is applied inside the walk. Few passing rows are scanned, exactly; else the graph is
    /// walked from row to row that passes, over the neighbours of those that fail. What is many
    /// and few depends on the effort; for a set its size is known, for a function it is estimated
    /// from 512 rows.
    ///
    /// - Parameters:
    ///   - query: `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - limit: The most rows to return; 0 or less returns none.
    ///   - effort: How hard to look.
    ///   - filter: Which rows may be returned.
    /// - Returns: At most `limit` rows, nearest first, equal distances by row. Fewer only if fewer
    ///   live rows pass.
    /// - Precondition: The query has `dimension` components.
    /// - Complexity: O(log rowCount + efSearch · maxLinks) distances on average, and some
    ///   maxLinks² tests of the filter for each candidate.
    ///
    /// *Source*: Patel and others 2024, *ACORN*, ACORN-1; differs from the paper: a neighbour's
    /// neighbours are looked at until enough rows were found, walks begin also at rows that pass from
    /// all over the index.
    public func search(
        _ query: [Float], limit: Int, effort: SearchEffort, where filter: RowFilter = .every
    ) -> [Neighbor] {
        query.withUnsafeBufferPointer { search($0, limit: limit, effort: effort, where: filter) }
    }

    /// The nearest live rows of the query in a buffer that pass a filter; see the one for arrays.
    public func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, effort: SearchEffort,
        where filter: RowFilter = .every
    ) -> [Neighbor] {
        guard limit > 0 else { return [] }
        let ef = max(limit, efSearch(of: effort, limit: limit))
        let operation = NearestRows(index: self, limit: limit, ef: ef)
        return perform(operation, query: query, where: filter) ?? []
    }

    /// The nearest live rows that pass a filter, exactly: every one of them is scored.
    ///
    /// - Complexity: O(passing rows) distances.
    public func exactSearch(
        _ query: [Float], limit: Int, where filter: RowFilter
    ) -> [Neighbor] {
        query.withUnsafeBufferPointer { exactSearch($0, limit: limit, where: filter) }
    }

    /// The nearest live rows of the query in a buffer that pass a filter, exactly.
    public func exactSearch(
        _ query: UnsafeBufferPointer<Float>, limit: Int, where filter: RowFilter
    ) -> [Neighbor] {
        if case .every = filter { return exactSearch(query, limit: limit) }
        guard limit > 0 else { return [] }
        return perform(AcceptedRows(index: self, limit: limit), query: query, where: filter) ?? []
    }

    /// A walk on the graph, however few rows it has or pass.
    package func graphSearch(
        _ query: UnsafeBufferPointer<Float>, limit: Int, efSearch: Int, where filter: RowFilter
    ) -> [Neighbor] {
        guard limit > 0 else { return [] }
        let operation = GraphWalk(index: self, limit: limit, ef: max(limit, efSearch))
        return perform(operation, query: query, where: filter) ?? []
    }
}

/// The search of a query, by the graph or by a scan, whichever is faster.
struct NearestRows: WalkOperation {
    static let comparesCodes = true
    let index: HNSWIndex
    let limit, ef: Int

    func run<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint
    ) -> [Neighbor] {
        let rowCount = Int(walk.rowCount)
        let limit = min(limit, rowCount)
        let ef = min(ef, rowCount)
        if Acceptance.leavesOutRejected {
            return walk.searchFiltered(from: entry, limit: limit, ef: ef, index)
        }
        if ef >= rowCount / HNSWIndex.exactShare {
            return index.results(of: walk.exact.scanAccepted(limit: limit), limit: limit)
        }
        return index.results(of: walk.search(from: entry, ef: ef), limit: limit, by: walk)
    }
}

private struct AcceptedRows: WalkOperation {
    static let comparesCodes = false
    let index: HNSWIndex
    let limit: Int

    func run<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint
    ) -> [Neighbor] {
        let limit = min(limit, Int(walk.rowCount))
        return index.results(of: walk.scanAccepted(limit: limit), limit: limit)
    }
}

private struct GraphWalk: WalkOperation {
    static let comparesCodes = true
    let index: HNSWIndex
    let limit, ef: Int

    func run<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint
    ) -> [Neighbor] {
        let ef = min(ef, Int(walk.rowCount))
        if !Acceptance.leavesOutRejected {
            return index.results(of: walk.search(from: entry, ef: ef), limit: limit, by: walk)
        }
        let sample = walk.acceptance.sample(below: walk.rowCount, into: walk.scratch.batch)
        return index.results(
            of: walk.walkFiltered(from: entry, sample, ef: ef), limit: limit, by: walk)
    }
}
