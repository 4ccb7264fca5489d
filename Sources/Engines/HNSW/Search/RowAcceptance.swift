import Synchronization

/// Which rows a walk returns.
protocol RowAcceptance {
    /// What becomes of the others: a walk either goes through them, or leaves them out and looks
    /// at their neighbours instead (see `Walk.gatherPassing`).
    static var leavesOutRejected: Bool { get }

    func accepts(_ row: UInt32) -> Bool

    /// Calls `body` with every accepted row, in ascending order.
    func forEachAccepted(below rowCount: UInt32, _ body: (UInt32) -> Void)

    /// Writes some accepted rows from all over the index, and tells how many there may be.
    ///
    /// Bounds: `rows` has room for `Scratch.batchCapacity`.
    func sample(
        below rowCount: UInt32, into rows: UnsafeMutablePointer<UInt32>
    ) -> AcceptedSample
}

/// Some of the rows that an acceptance accepts.
struct AcceptedSample {
    /// How many rows were written.
    let rowCount: Int
    /// How many of all rows are accepted: an estimate, tombstones perhaps included.
    let acceptedCount: Int
}

extension RowAcceptance {
    @inline(__always)
    func forEachAccepted(below rowCount: UInt32, _ body: (UInt32) -> Void) {
        for row in 0..<rowCount where accepts(row) { body(row) }
    }

    func sample(
        below rowCount: UInt32, into rows: UnsafeMutablePointer<UInt32>
    ) -> AcceptedSample {
        AcceptedSample(rowCount: 0, acceptedCount: Int(rowCount))
    }
}

/// Every row: what a search returns when all are live.
struct EveryRow: RowAcceptance {
    @inline(__always)
    static var leavesOutRejected: Bool { false }

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool { true }
}

/// The rows that are no tombstones.
struct LiveRows: RowAcceptance {
    let graph: Graph

    @inline(__always)
    static var leavesOutRejected: Bool { false }

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
    static var leavesOutRejected: Bool { false }

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
