import Synchronization

/// The rows that have one vector: a head, which is a node of the graph, and the duplicates that hang
/// on it.
///
/// ```
///  head ──▶ d1 ──▶ d2 ──▶ d3          `duplicates`, which readers follow
///           │ ◀─── │ ◀─── │ ▲         `previous`, the writer's own, in the first slot of a list
///           └───────────────┘         on layer 0 that a row outside the graph does not need
/// ```
///
/// The previous of the first duplicate is the last: an append needs no walk, and the head is found
/// by its vector. Rows ascend from d1 on, so that a search that has room for some finds the lowest.
/// A duplicate that is removed is unlinked at once and keeps its own link: a reader that stands on
/// it finds the rest.
extension Graph {
    /// The next row of a chain, or `noLink`.
    @inline(__always)
    func next(of row: UInt32) -> UInt32 { duplicates[Int(row)].load(ordering: .acquiring) }

    /// Whether a row stands in a chain, or stood there, instead of in the graph.
    func isDuplicate(_ row: UInt32) -> Bool { level(of: row) == nil }

    /// Whether a node leads to live rows: itself, or duplicates.
    @inline(__always)
    func isCarrier(_ row: UInt32) -> Bool {
        switch state(of: row) {
        case .live: true
        case .tombstone: next(of: row) != Self.noLink
        case .condemned, .free: false
        }
    }

    /// The row before a duplicate, the last of its chain for the first.
    func previous(of row: UInt32) -> UInt32 {
        links(of: row, onLayer: 0)[0].load(ordering: .relaxed)
    }

    func setPrevious(of row: UInt32, to previous: UInt32) {
        links(of: row, onLayer: 0)[0].store(previous, ordering: .relaxed)
    }

    /// Publishes a row in the chain of a head.
    ///
    /// - Returns: The row that it now follows.
    /// - Complexity: O(1) for a row above all others; the rows below it otherwise.
    func link(_ row: UInt32, intoChainOf head: UInt32) -> UInt32 {
        let first = next(of: head)
        if first == Self.noLink {
            setPrevious(of: row, to: row)
            return insert(row, after: head, before: Self.noLink)
        }
        let last = previous(of: first)
        if row > last {
            setPrevious(of: row, to: last)
            setPrevious(of: first, to: row)
            return insert(row, after: last, before: Self.noLink)
        }
        if row < first {
            setPrevious(of: row, to: last)
            setPrevious(of: first, to: row)
            return insert(row, after: head, before: first)
        }
        var lower = first
        while next(of: lower) < row { lower = next(of: lower) }
        let higher = next(of: lower)
        setPrevious(of: row, to: lower)
        setPrevious(of: higher, to: row)
        return insert(row, after: lower, before: higher)
    }

    private func insert(_ row: UInt32, after lower: UInt32, before higher: UInt32) -> UInt32 {
        duplicates[Int(row)].store(higher, ordering: .relaxed)
        duplicates[Int(lower)].store(row, ordering: .releasing)
        return lower
    }

    /// Takes a duplicate out of the chain of its head.
    ///
    /// - Returns: The row that it followed.
    func unlink(_ row: UInt32, fromChainOf head: UInt32) -> UInt32 {
        let first = next(of: head)
        let higher = next(of: row)
        if row == first {
            if higher != Self.noLink { setPrevious(of: higher, to: previous(of: row)) }
            duplicates[Int(head)].store(higher, ordering: .releasing)
            return head
        }
        let lower = previous(of: row)
        setPrevious(of: higher == Self.noLink ? first : higher, to: lower)
        duplicates[Int(lower)].store(higher, ordering: .releasing)
        return lower
    }

    /// Makes the first duplicate of a dead head a node in its place, with its level and its links.
    ///
    /// The head keeps all that readers on it need; the lists above layer 0 belong to both until its
    /// slot is used again, and then to the duplicate.
    ///
    /// - Returns: The new head.
    func promote(firstDuplicateOf head: UInt32) -> UInt32 {
        let row = next(of: head)
        let second = next(of: row)
        if second != Self.noLink { setPrevious(of: second, to: previous(of: row)) }
        let (from, to) = (links(of: head, onLayer: 0), links(of: row, onLayer: 0))
        for slot in 0..<slotCount(onLayer: 0) {
            to[slot].store(from[slot].load(ordering: .relaxed), ordering: .relaxed)
        }
        upperStart[Int(row)] = upperStart[Int(head)]
        levels[Int(row)] = levels[Int(head)]
        return row
    }

    /// The node that took the place of a condemned head; a condemned row if all of its chain died.
    ///
    /// One that took it may have been removed and condemned in the same sweep.
    func heir(of head: UInt32) -> UInt32 {
        var row = head
        while state(of: row) == .condemned, next(of: row) != Self.noLink { row = next(of: row) }
        return row
    }
}
