import Vectors

/// What only the writer of an index owns.
struct IndexWriter {
    let scratch: SearchScratch
    let selection: NeighborSelection
    /// Sorted candidates of a list that is full: at most 2M + 1.
    let crowd: UnsafeMutablePointer<CandidateKey>
    /// A row that stands for a query.
    let rowQuery: RowQuery
    var duplicates = DuplicateTable()
    /// Which rows would be lost if a list were cut.
    var incoming = IncomingLinks()
    var freeRows = FreeRows()
    /// How far tombstones are replaced.
    var sweep = Sweep()
    /// What was come to, while the sweep is connecting.
    var reach: Reach?
    /// How many rows there were when all were last known to be reachable.
    var connectedRowCount = 0
    /// Of each level, the nodes of that level that lead to live rows.
    var carrierCounts = [Int](repeating: 0, count: LevelGenerator.maximumLevel + 1)
    var changes: ChunkChanges

    init(space: VectorSpace, parameters: HNSWParameters) {
        scratch = SearchScratch(space: space)
        rowQuery = RowQuery(space: space)
        selection = NeighborSelection(space: space, parameters: parameters)
        crowd = .allocate(capacity: parameters.maxLinks * 2 + 1)
        changes = ChunkChanges(
            rowsPerChunk: GraphFormat.rowsPerChunk(maxLinks: parameters.maxLinks))
    }

    /// Frees what the writer allocated; called once, by the owner.
    func deallocate() { crowd.deallocate() }
}
