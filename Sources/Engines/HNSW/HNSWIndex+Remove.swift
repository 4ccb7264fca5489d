import Synchronization

extension HNSWIndex {
    /// Makes a row a tombstone: walked through, never returned again.
    ///
    /// Writer only. The node keeps its vector and its links, also as the entry point: what led
    /// through it still does.
    ///
    /// - Precondition: `row` is below `rowCount`.
    /// - Returns: Whether the row was live.
    /// - Complexity: O(1).
    @discardableResult
    public func remove(_ row: Row) -> Bool {
        withWriter { writer in
            precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
            guard graph.isLive(row) else { return false }
            graph.states[Int(row)].store(1, ordering: .releasing)
            tombstoneCount.add(1, ordering: .releasing)
            writer.changes.mark(row)
            return true
        }
    }
}
