/// The rows within a distance, as many as were asked for.
public struct RangeResult: Equatable, Sendable {
    /// The rows, nearest first, equal distances by row.
    public let neighbors: [Neighbor]
    /// Whether rows within the distance were found and left out, since they were more than the
    /// limit; those that were kept are the nearest.
    public let isTruncated: Bool

    /// A result.
    public init(neighbors: [Neighbor], isTruncated: Bool) {
        self.neighbors = neighbors
        self.isTruncated = isTruncated
    }
}

extension HNSWIndex {
    /// The live rows within a distance of a query.
    ///
    /// Exact where an exact scan is no slower: for small indexes and for filters that few rows
    /// pass. Else a walk finds the surroundings of the query as a search does, and goes on while
    /// its nearest candidate is within the radius, or outside by no more than the slack: such rows
    /// lead to others inside. Under `dot`, where near rows do not link to each other, expect less.
    ///
    /// - Parameters:
    ///   - query: `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - radius: The largest distance to return, in the unit of the metric's distance: for
    ///     `euclid` the *square*, see `Metric.distance(fromScore:)`.
    ///   - limit: The most rows to return; 0 or less returns none.
    ///   - slack: How far outside to walk, as a share of the radius, 0 or more.
    ///   - effort: How hard to look for the surroundings.
    ///   - filter: Which rows may be returned.
    /// - Returns: The nearest rows within the radius, at most `limit`.
    /// - Precondition: The query has `dimension` components; the slack is 0 or more.
    /// - Complexity: O((efSearch + rows within radius and slack) · maxLinks) distances.
    public func rangeSearch(
        _ query: [Float], radius: Float, limit: Int, slack: Float = 0.1,
        effort: SearchEffort = .ef(64), where filter: RowFilter = .every
    ) -> RangeResult {
        query.withUnsafeBufferPointer {
            rangeSearch(
                $0, radius: radius, limit: limit, slack: slack, effort: effort, where: filter)
        }
    }

    /// The live rows within a distance of the query in a buffer; see the one for arrays.
    public func rangeSearch(
        _ query: UnsafeBufferPointer<Float>, radius: Float, limit: Int, slack: Float = 0.1,
        effort: SearchEffort = .ef(64), where filter: RowFilter = .every
    ) -> RangeResult {
        checkDimension(query.count)
        precondition(slack >= 0, "a slack of \(slack)")
        let operation = RowsInRange(
            index: self, radius: radius, frontier: radius + slack * abs(radius),
            limit: min(limit, rowCount), ef: efSearch(of: effort, limit: 1))
        guard limit > 0, !radius.isNaN,
            let result = perform(operation, query: query, where: filter)
        else { return RangeResult(neighbors: [], isTruncated: false) }
        return result
    }
}

private struct RowsInRange: WalkOperation {
    static let comparesCodes = false
    let index: HNSWIndex
    let radius, frontier: Float
    let limit, ef: Int

    func run<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint
    ) -> RangeResult {
        var range = RangeCollection(radius: radius, limit: limit)
        let sample = walk.acceptance.sample(below: walk.rowCount, into: walk.scratch.batch)
        if walk.isScanned(sample, ef: ef) {
            walk.forEachAccepted(below: { radius.nextUp }, where: { _ in true }) { range.add($0) }
        } else {
            walk.collect(&range, from: entry, sample, frontier: frontier, ef: ef)
        }
        let isTruncated = range.isTruncated
        let found = range.drain()
        return RangeResult(
            neighbors: index.results(of: found, limit: limit), isTruncated: isTruncated)
    }
}
