import Glibc
import Synchronization

extension HNSWIndex {
    /// Finds the first row that breaks an invariant of the graph.
    ///
    /// Writer only, or while nobody writes. Run by tests, and by a restore on what it read.
    ///
    /// - Links lead to rows below the row count, never to their own row, never twice to one.
    /// - A link on layer l leads to a node whose level is at least l.
    /// - A row whose vector equals an earlier one has no links, and none lead to it; it is in the
    ///   chain of the first such row, and chains ascend.
    /// - The entry point is a node of the highest level.
    ///
    /// That lists hold at most 2M and M links is a matter of their memory. That every node can be
    /// reached is not an invariant: the algorithms make it likely, not certain.
    ///
    /// - Throws: `GraphCorruption`.
    /// - Complexity: O(rowCount · maxLinks).
    package func checkInvariants() throws(GraphCorruption) {
        var highest = -1
        var stamps = RowStamps(rowCount: rowCount)
        for row in 0..<Row(rowCount) {
            if let level = graph.level(of: row) {
                highest = max(highest, level)
                for layer in 0...level { try checkLinks(of: row, onLayer: layer, &stamps) }
            } else {
                try checkDuplicate(row)
            }
            let next = graph.duplicates[Int(row)].load(ordering: .relaxed)
            guard next == Graph.noLink || (next > row && Int(next) < rowCount) else {
                throw .invalidRow(row: row, reason: "its chain goes on with row \(next)")
            }
        }
        guard let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)) else {
            guard rowCount == 0 else { throw .invalidEntryPoint(row: Graph.noLink, level: 0) }
            return
        }
        guard Int(entry.row) < rowCount, graph.level(of: entry.row) == entry.level,
            entry.level == highest
        else { throw .invalidEntryPoint(row: entry.row, level: entry.level) }
    }

    private func checkLinks(
        of row: Row, onLayer layer: Int, _ stamps: inout RowStamps
    ) throws(GraphCorruption) {
        stamps.begin()
        let list = graph.links(of: row, onLayer: layer)
        for slot in 0..<graph.slotCount(onLayer: layer) {
            let link = list[slot].load(ordering: .relaxed)
            if link == Graph.noLink { break }
            guard Int(link) < rowCount, link != row, stamps.mark(link) else {
                throw .invalidRow(row: row, reason: "layer \(layer) links to row \(link)")
            }
            guard let level = graph.level(of: link), level >= layer else {
                throw .invalidRow(
                    row: row, reason: "layer \(layer) links to row \(link), which is not on it")
            }
        }
    }

    private func checkDuplicate(_ row: Row) throws(GraphCorruption) {
        let first = graph.upperStart[Int(row)]
        guard first < row, graph.level(of: first) != nil else {
            throw .invalidRow(row: row, reason: "it is said to equal row \(first)")
        }
        let (a, b) = (bytesOfVector(at: first), bytesOfVector(at: row))
        guard let x = a.baseAddress, let y = b.baseAddress, memcmp(x, y, a.count) == 0 else {
            throw .invalidRow(row: row, reason: "its vector is not that of row \(first)")
        }
    }
}

/// Which rows one list has named so far; the next list begins without clearing anything.
private struct RowStamps {
    private var stamps: [UInt32]
    private var current: UInt32 = 0

    init(rowCount: Int) { stamps = Array(repeating: 0, count: rowCount) }

    mutating func begin() {
        current &+= 1
        if current == 0 {
            for row in stamps.indices { stamps[row] = 0 }
            current = 1
        }
    }

    /// Whether the list names the row for the first time.
    mutating func mark(_ row: Row) -> Bool {
        guard stamps[Int(row)] != current else { return false }
        stamps[Int(row)] = current
        return true
    }
}
