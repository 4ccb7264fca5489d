import Synchronization

extension HNSWIndex {
    /// Makes a row a tombstone: walked through, never returned again.
    ///
    /// Writer only. Does its share of the consolidation. The node keeps its vector and its links
    /// until that has replaced it in all lists; if it was the entry point, another row is from now
    /// on. A duplicate leaves its chain at once.
    ///
    /// - Precondition: `row` is below `rowCount`.
    /// - Returns: Whether the row was live.
    /// - Complexity: O(dimension), and what a share of the consolidation costs; for the entry point
    ///   O(rowCount) bytes.
    @discardableResult
    public func remove(_ row: Row) -> Bool {
        withWriter { writer in
            precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
            guard graph.isLive(row) else { return false }
            writer.changes.mark(row)
            if graph.isDuplicate(row) {
                removeDuplicate(row, &writer)
            } else {
                publishedTombstoneCount.add(1, ordering: .releasing)
                graph.setState(of: row, to: .tombstone)
                if graph.next(of: row) == Graph.noLink { forgetCarrier(row, &writer) }
            }
            publishedLiveCount.subtract(1, ordering: .releasing)
            consolidateShare(&writer)
            return true
        }
    }

    private func removeDuplicate(_ row: Row, _ writer: inout IndexWriter) {
        let head = writer.duplicates.row(holding: bytesOfVector(at: row)) { bytesOfVector(at: $0) }
        guard let head else { preconditionFailure("no node has the vector of row \(row)") }
        switch parameters.removedRows {
        case .kept:
            publishedTombstoneCount.add(1, ordering: .releasing)
            graph.setState(of: row, to: .tombstone)
        case .reused:
            graph.setState(of: row, to: .free)
        }
        writer.changes.mark(graph.unlink(row, fromChainOf: head))
        if parameters.removedRows == .reused {
            writer.freeRows.retire(row, epoch: readers.current)
        }
        if !graph.isCarrier(head) { forgetCarrier(head, &writer) }
    }

    /// Counts a node among those that lead to live rows.
    func noteCarrier(_ row: Row, level: Int, _ writer: inout IndexWriter) {
        writer.duplicates.add(row, vector: bytesOfVector(at: row))
        writer.carrierCounts[level] += 1
    }

    /// Notes that a node of the graph leads to no live row any more.
    private func forgetCarrier(_ row: Row, _ writer: inout IndexWriter) {
        guard let level = graph.level(of: row) else { return }
        writer.duplicates.remove(row, vector: bytesOfVector(at: row))
        writer.carrierCounts[level] -= 1
        if entryRow == row { replaceEntryPoint(after: row, writer.carrierCounts) }
    }

    /// Makes the next row of the highest level the entry point, in circular order.
    ///
    /// In this order, whoever removes all rows of a level has the rows scanned once, not each time.
    private func replaceEntryPoint(after row: Row, _ carrierCounts: [Int]) {
        var successor = EntryPoint.none
        if let level = carrierCounts.lastIndex(where: { $0 > 0 }) {
            let rowCount = Row(self.rowCount)
            for offset in 1..<rowCount {
                let candidate = (row + offset) % rowCount
                if graph.level(of: candidate) == level, graph.isCarrier(candidate) {
                    successor = EntryPoint(row: candidate, level: level).packed
                    break
                }
            }
        }
        entryPoint.store(successor, ordering: .releasing)
    }
}
