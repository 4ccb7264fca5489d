import Glibc
import Synchronization

extension HNSWIndex {
    /// Finds the first row that breaks an invariant of the graph.
    ///
    /// Writer only, or while nobody writes. Run by tests, and by a restore on what it read.
    ///
    /// - Links lead to rows below the row count, never to their own row, never twice to one.
    /// - A link on layer l leads to a node whose level is at least l. None leads to a duplicate or to
    ///   a free row; one to a condemned row only from other condemned rows, and from those that the
    ///   sweep has not come to: all while it condemns, those from its cursor on while it repairs.
    ///   When it releases, nothing leads to the condemned, and what they lead to does not count.
    /// - Every live row outside the graph is in exactly one chain; the head is a node with the same
    ///   vector, live or a tombstone, and the rows after the head ascend and are live.
    /// - The chain of a condemned row goes on with the node that took its place: with its vector, its
    ///   level, and its lists above layer 0.
    /// - No two carriers (nodes that lead to live rows: themselves, or duplicates) have one vector;
    ///   the table of vectors has them all.
    /// - The entry point is a carrier of the highest level; there is none if there is no live row.
    /// - Rows are condemned only during a sweep, free only if the parameters let slots be used again.
    /// - The counts are those of the rows.
    ///
    /// That lists hold at most 2M and M links is a matter of their memory. That every node can be
    /// reached from the entry point is not an invariant: the algorithms make it likely, not certain.
    ///
    /// - Throws: `GraphCorruption`.
    /// - Complexity: O(rowCount · maxLinks).
    package func checkInvariants() throws(GraphCorruption) {
        try withWriter { (writer) throws(GraphCorruption) in
            var counts = Counts()
            var stamps = RowStamps(rowCount: rowCount)
            for row in 0..<Row(rowCount) {
                try checkState(of: row, writer)
                counts.states[Int(graph.state(of: row).rawValue)] += 1
                if !writer.sweep.isReachable(graph.state(of: row)) { continue }
                guard let level = graph.level(of: row) else {
                    if graph.isLive(row) { counts.duplicates += 1 }
                    continue
                }
                for layer in 0...level {
                    try checkLinks(of: row, onLayer: layer, writer.sweep, &stamps)
                }
                if graph.state(of: row) == .condemned {
                    try checkHeir(of: row)
                } else if graph.isCarrier(row) {
                    counts.carriers[level] += 1
                    counts.chained += try checkChain(of: row, writer)
                }
            }
            try check(counts, writer)
            try checkIncoming(writer)
            try checkEntryPoint(counts.carriers)
        }
    }

    /// What the rows themselves say.
    private struct Counts {
        var states = [0, 0, 0, 0]
        var carriers = [Int](repeating: 0, count: LevelGenerator.maximumLevel + 1)
        var duplicates = 0
        var chained = 0
    }

    private func checkState(of row: Row, _ writer: IndexWriter) throws(GraphCorruption) {
        let isAllowed =
            switch graph.state(of: row) {
            case .live: true
            case .tombstone: !graph.isDuplicate(row) || parameters.removedRows == .kept
            case .condemned:
                writer.sweep.phase == .releasing
                    || !graph.isDuplicate(row) && writer.sweep.phase != .idle
            case .free: parameters.removedRows == .reused
            }
        guard isAllowed else {
            throw .invalidRow(row: row, reason: "it is \(graph.state(of: row))")
        }
    }

    private func checkLinks(
        of row: Row, onLayer layer: Int, _ sweep: Sweep, _ stamps: inout RowStamps
    ) throws(GraphCorruption) {
        stamps.begin()
        let list = graph.links(of: row, onLayer: layer)
        let mayBeCondemned =
            graph.state(of: row) == .condemned || sweep.phase == .condemning
            || sweep.phase == .repairing && row >= sweep.cursor
        for slot in 0..<graph.slotCount(onLayer: layer) {
            let link = list[slot].load(ordering: .relaxed)
            if link == Graph.noLink { break }
            guard Int(link) < rowCount, link != row, stamps.mark(link) else {
                throw .invalidRow(row: row, reason: "layer \(layer) links to row \(link)")
            }
            guard sweep.isReachable(graph.state(of: link)) else {
                throw .invalidRow(row: row, reason: "layer \(layer) links to the free row \(link)")
            }
            guard let level = graph.level(of: link), level >= layer else {
                throw .invalidRow(
                    row: row, reason: "layer \(layer) links to row \(link), which is not on it")
            }
            guard graph.state(of: link) != .condemned || mayBeCondemned else {
                throw .invalidRow(
                    row: row, reason: "layer \(layer) links to row \(link), which is condemned")
            }
        }
    }

    /// Returns how many duplicates hang on a head.
    private func checkChain(
        of head: Row, _ writer: IndexWriter
    ) throws(GraphCorruption) -> Int {
        let found = writer.duplicates.row(holding: bytesOfVector(at: head)) {
            bytesOfVector(at: $0)
        }
        guard found == head else {
            throw .invalidRow(row: head, reason: "its vector is not known by it")
        }
        let first = graph.next(of: head)
        if first == Graph.noLink { return 0 }
        var (row, last, count) = (first, graph.previous(of: first), 0)
        while row != Graph.noLink {
            count += 1
            guard Int(row) < rowCount, graph.isDuplicate(row), graph.isLive(row),
                hasEqualVectors(head, row), row == first || row > last,
                row == first || graph.previous(of: row) == last
            else { throw .invalidRow(row: head, reason: "row \(row) is in its chain") }
            last = row
            row = graph.next(of: row)
        }
        guard graph.previous(of: first) == last else {
            throw .invalidRow(row: head, reason: "its chain ends with row \(last)")
        }
        return count
    }

    private func checkHeir(of row: Row) throws(GraphCorruption) {
        let heir = graph.next(of: row)
        if heir == Graph.noLink { return }
        guard Int(heir) < rowCount, let level = graph.level(of: heir),
            level == graph.level(of: row), hasEqualVectors(row, heir),
            level == 0 || graph.upperStart[Int(heir)] == graph.upperStart[Int(row)],
            graph.state(of: heir) != .free
        else { throw .invalidRow(row: row, reason: "row \(heir) took its place") }
    }

    private func hasEqualVectors(_ a: Row, _ b: Row) -> Bool {
        let (first, second) = (bytesOfVector(at: a), bytesOfVector(at: b))
        guard let x = first.baseAddress, let y = second.baseAddress else { return false }
        return memcmp(x, y, first.count) == 0
    }

    private func check(_ counts: Counts, _ writer: IndexWriter) throws(GraphCorruption) {
        let state = counts.states
        for (name, counted, known) in [
            ("live rows", state[0], liveCount), ("tombstones", state[1] + state[2], tombstoneCount),
            ("free rows", state[3], writer.freeRows.count),
            ("rows in chains", counts.chained, counts.duplicates),
        ] where counted != known {
            throw .invalidCount(name: name, counted: counted, known: known)
        }
        for (level, counted) in counts.carriers.enumerated()
        where counted != writer.carrierCounts[level] {
            throw .invalidCount(
                name: "nodes of level \(level)", counted: counted,
                known: writer.carrierCounts[level])
        }
    }

    private func checkIncoming(_ writer: IndexWriter) throws(GraphCorruption) {
        var counts = [Int](repeating: 0, count: rowCount)
        for row in 0..<Row(rowCount) where graph.level(of: row) != nil {
            let state = graph.state(of: row)
            guard state == .live || state == .tombstone else { continue }
            for link in graph.neighbors(of: row, onLayer: 0) { counts[Int(link)] += 1 }
        }
        for row in 0..<Row(rowCount) {
            guard writer.incoming[row] == min(counts[Int(row)], Int(UInt16.max)) else {
                throw .invalidCount(
                    name: "links to row \(row)", counted: counts[Int(row)],
                    known: writer.incoming[row])
            }
        }
    }

    private func checkEntryPoint(_ carriers: [Int]) throws(GraphCorruption) {
        let highest = carriers.lastIndex { $0 > 0 }
        guard let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)) else {
            guard highest == nil else { throw .invalidEntryPoint(row: Graph.noLink, level: 0) }
            return
        }
        guard Int(entry.row) < rowCount, graph.level(of: entry.row) == entry.level,
            graph.isCarrier(entry.row), entry.level == highest
        else { throw .invalidEntryPoint(row: entry.row, level: entry.level) }
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
