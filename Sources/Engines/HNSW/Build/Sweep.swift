/// How far the consolidation of tombstones is: one pass over all rows after the other.
///
/// Part of the stored form, with the states of the rows: a restored index goes on where it was.
struct Sweep: Equatable, Sendable {
    /// What the current pass does to the rows that it comes to.
    enum Phase: UInt8, Sendable {
        /// No sweep is under way.
        case idle = 0
        /// Tombstones become condemned; dead heads of chains give their place to a duplicate.
        case condemning = 1
        /// Nodes have the condemned in their lists replaced.
        case repairing = 2
        /// The condemned, to which nothing leads any more, become free.
        case releasing = 3
        /// Rows that no walk comes to get a link. Stored as idle: a restored index looks anew.
        case connecting = 4
    }

    var phase = Phase.idle
    /// The row that the pass comes to next; 0 when idle.
    var cursor: Row = 0

    /// The rows that cost as much to look at, in a pass that does little with few of them, as one
    /// node costs to repair.
    static let glancesPerNode = 64

    /// The nodes that each insert and each removal repairs while a sweep is under way.
    ///
    /// A sweep of n rows ends after n / 32 replacements, in which 3 % of the rows become tombstones
    /// beyond the share that began it; and no change waits for more than a few repairs.
    static let nodesPerChange = 16

    /// Whether anything may lead to rows in a state.
    func isReachable(_ state: RowState) -> Bool {
        switch state {
        case .live, .tombstone: true
        case .condemned: phase != .releasing
        case .free: false
        }
    }

    /// Ends the pass.
    mutating func advance() {
        phase = Phase(rawValue: phase.rawValue + 1) ?? .idle
        cursor = 0
    }
}
