/// Which rows a walk returns; the others it only walks through.
protocol RowAcceptance {
    func accepts(_ row: UInt32) -> Bool
}

/// Every row: what an insert links to, tombstones included, so that they stay bridges.
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

/// Whether a walk returns the duplicates that hang on a node.
enum DuplicateChains {
    /// An insert links to nodes of the graph only.
    case skipped
    /// A search returns them all.
    case followed
}
