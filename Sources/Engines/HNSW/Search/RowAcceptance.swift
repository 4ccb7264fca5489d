/// Which rows a walk returns; the others it only walks through.
protocol RowAcceptance {
    func accepts(_ row: UInt32) -> Bool
}

/// Every row: what a search returns when there are no tombstones.
struct EveryRow: RowAcceptance {
    @inline(__always)
    func accepts(_ row: UInt32) -> Bool { true }
}

/// The rows that are no tombstones.
struct LiveRows: RowAcceptance {
    let graph: Graph

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool { graph.isLive(row) }
}

/// The nodes that lead to live rows: what a list may be given.
///
/// A tombstone would have to be replaced there soon; one that heads a chain of duplicates is replaced
/// by the first of them.
struct Carriers: RowAcceptance {
    let graph: Graph

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool { graph.isCarrier(row) }
}

/// Whether a walk returns the duplicates that hang on a node.
enum DuplicateChains {
    /// An insert links to nodes of the graph only.
    case skipped
    /// A search returns them all.
    case followed
}
