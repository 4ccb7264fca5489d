import Synchronization

// Every row has links that lead to it (`IncomingLinks`), but a group of rows whose only links are to
// each other would be an island that no search comes to. Islands are rare, a row in a million, and
// arise when lists are cut and when neighbours die. A pass over the links, at the end of each sweep
// and whenever the rows have doubled, finds them and builds a bridge.

extension HNSWIndex {
    /// Begins to look for islands if the rows have doubled since it was done last.
    func beginToConnectIfGrown(_ writer: inout IndexWriter) {
        guard rowCount >= max(2 * writer.connectedRowCount, Self.leastConnectedRowCount) else {
            return
        }
        writer.sweep = Sweep(phase: .connecting)
    }

    /// As few rows do not become islands by growth alone: each has seen nearly all others.
    private static let leastConnectedRowCount = 1024

    /// Follows the links of one row, or looks at one row whether it was come to.
    ///
    /// - Returns: What it costs, in glances.
    func connectNext(_ writer: inout IndexWriter) -> Int {
        guard let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)) else {
            endConnecting(&writer)
            return 1
        }
        if writer.reach == nil { writer.reach = Reach(from: entry.row, rowCount: rowCount) }
        if let row = writer.reach?.next() {
            guard let level = graph.level(of: row) else { return 1 }
            for layer in 0...level {
                for link in graph.neighbors(of: row, onLayer: layer) { writer.reach?.add(link) }
            }
            return 1
        }
        let row = writer.sweep.cursor
        guard let reach = writer.reach, Int(row) < reach.rowCount else {
            endConnecting(&writer)
            return 1
        }
        writer.sweep.cursor += 1
        if reach.contains(row) || !graph.isCarrier(row) || graph.isDuplicate(row) { return 1 }
        buildBridge(to: row, from: entry, &writer)
        writer.reach?.add(row)
        return Sweep.glancesPerNode
    }

    private func endConnecting(_ writer: inout IndexWriter) {
        writer.connectedRowCount = rowCount
        writer.reach = nil
        writer.sweep = Sweep()
    }

    /// Has the nearest row that a search finds and that can spare a link lead to one that none finds.
    private func buildBridge(
        to row: Row, from entry: EntryPoint, _ writer: inout IndexWriter
    ) {
        writer.changes.mark(row)
        forEachLayer(around: row, from: entry, downFrom: entry.level, &writer) {
            layer, found, writer in
            if layer > 0 { return }
            _ =
                found.contains { append(row, toListOf: $0.row, onLayer: 0, &writer) }
                || found.contains { exchangeLink(of: $0.row, for: row, &writer) }
        }
    }
}
