/// What became of two indexes that were merged.
public struct MergedIndex: Sendable {
    /// The larger of the two, with the live rows of both; its own rows are what they were.
    public let index: HNSWIndex
    /// The live rows of the smaller one, ascending, and the rows that they are now.
    public let rows: [(old: Row, new: Row)]
}

extension HNSWIndex {
    /// Inserts the live rows of the smaller of two indexes into the larger.
    ///
    /// Writer of both. The smaller one does not change. Equally large ones: into the first.
    ///
    /// - Precondition: Two indexes, with the same metric and element.
    /// - Throws: `HNSWError.dimensionMismatch`; `.capacityExhausted` or `.memoryUnavailable`, and
    ///   what was inserted is removed again.
    /// - Complexity: An insert for each row of the smaller one.
    public static func merge(
        _ first: HNSWIndex, _ second: HNSWIndex
    ) throws(HNSWError) -> MergedIndex {
        precondition(first !== second, "an index cannot be merged with itself")
        precondition(
            first.metric == second.metric, "the metrics are \(first.metric), \(second.metric)")
        precondition(
            first.element == second.element,
            "the elements are \(first.element), \(second.element)")
        let (larger, smaller) =
            first.liveCount >= second.liveCount ? (first, second) : (second, first)
        return try smaller.withWriter { (_) throws(HNSWError) in
            var rows: [(old: Row, new: Row)] = []
            rows.reserveCapacity(smaller.liveCount)
            do throws(HNSWError) {
                for row in 0..<Row(smaller.rowCount) where smaller.graph.isLive(row) {
                    rows.append((row, try larger.insert(smaller.vector(at: row))))
                }
            } catch {
                for (_, new) in rows { larger.remove(new) }
                throw error
            }
            return MergedIndex(index: larger, rows: rows)
        }
    }
}
