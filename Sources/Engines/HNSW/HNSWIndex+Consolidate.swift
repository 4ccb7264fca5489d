import Synchronization

// Source: the idea is StreamingMerge's Algorithm 4, "Delete", of Singh et al. 2021, *FreshDiskANN: A
// Fast and Accurate Graph-Based ANN Index for Streaming Similarity Search*: who had a link to a dead
// node gets links to that node's neighbours, chosen by the heuristic of the build. Differs: in slices
// between inserts, on all layers, with readers under way.

extension HNSWIndex {
    /// Replaces all tombstones in the lists of the others, and frees their slots.
    ///
    /// Writer only. Nobody has to call it: inserts and removals do their share when tombstones exceed
    /// `HNSWParameters.tombstonePercent` of the live rows. Afterwards no list leads to a tombstone,
    /// and there is none. Does nothing if the parameters keep removed rows.
    ///
    /// - Complexity: O(rowCount · maxLinks²) distances if tombstones are many.
    public func consolidate() {
        while consolidate(nodeBudget: .max / Sweep.glancesPerNode) {}
    }

    /// A slice of `consolidate()`, for idle moments.
    ///
    /// - Parameter nodeBudget: How many nodes to repair at most; a row that needs no repair counts
    ///   less.
    /// - Returns: Whether there is more to do.
    @discardableResult
    public func consolidate(nodeBudget: Int) -> Bool {
        withWriter { writer in
            if parameters.removedRows == .kept { return false }
            if writer.sweep.phase == .idle, tombstoneCount > 0 { writer.sweep.advance() }
            sweep(nodeBudget: nodeBudget, &writer)
            return tombstoneCount > 0 || writer.sweep.phase != .idle
        }
    }

    /// What each insert and each removal does of it.
    func consolidateShare(_ writer: inout IndexWriter) {
        if parameters.removedRows == .kept { return }
        if writer.sweep.phase == .idle {
            if tombstoneCount * 100 > liveCount * parameters.tombstonePercent {
                writer.sweep.advance()
            } else {
                beginToConnectIfGrown(&writer)
            }
        }
        sweep(nodeBudget: Sweep.nodesPerChange, &writer)
    }

    /// Goes on with the sweep that is under way until the budget is used or the sweep has ended.
    private func sweep(nodeBudget: Int, _ writer: inout IndexWriter) {
        var glances = nodeBudget * Sweep.glancesPerNode
        while glances > 0, writer.sweep.phase != .idle {
            if writer.sweep.phase == .connecting {
                glances -= connectNext(&writer)
                continue
            }
            let row = writer.sweep.cursor
            if Int(row) >= rowCount {
                writer.sweep.advance()
                continue
            }
            writer.sweep.cursor += 1
            glances -= 1
            let state = graph.state(of: row)
            switch (writer.sweep.phase, state) {
            case (.condemning, .tombstone): condemn(row, &writer)
            case (.repairing, .live), (.repairing, .tombstone):
                glances -= repair(row, &writer) ? Sweep.glancesPerNode - 1 : 0
            case (.releasing, .condemned): release(row, &writer)
            default: break
            }
        }
    }

    /// Gives up a tombstone: from now on nothing links to it anew.
    private func condemn(_ row: Row, _ writer: inout IndexWriter) {
        writer.changes.mark(row)
        graph.setState(of: row, to: .condemned)
        forgetLinks(of: row, &writer)
        if graph.next(of: row) == Graph.noLink { return }
        let heir = graph.promote(firstDuplicateOf: row)
        noteLinks(of: heir, &writer)
        writer.duplicates.replace(row, by: heir, vector: bytesOfVector(at: row))
        writer.changes.mark(heir)
        if let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)), entry.row == row {
            entryPoint.store(
                EntryPoint(row: heir, level: entry.level).packed, ordering: .releasing)
        }
    }

    /// Frees a slot that no list leads to.
    private func release(_ row: Row, _ writer: inout IndexWriter) {
        writer.changes.mark(row)
        graph.setState(of: row, to: .free)
        publishedTombstoneCount.subtract(1, ordering: .releasing)
        writer.freeRows.retire(row, epoch: readers.current)
    }

    /// Replaces the condemned in the lists of a node; false if there were none.
    private func repair(_ row: Row, _ writer: inout IndexWriter) -> Bool {
        guard let level = graph.level(of: row) else { return false }
        var isChanged = false
        for layer in 0...level where repairLinks(of: row, onLayer: layer, &writer) {
            isChanged = true
        }
        if isChanged { writer.changes.mark(row) }
        keepReachable(row, &writer)
        return isChanged
    }
}
