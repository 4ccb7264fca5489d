import Synchronization
public import Vectors

/// An approximate nearest-neighbour index in memory: a hierarchical navigable small-world graph.
///
/// Rows are numbered 0, 1, 2, … in the order of insertion. Removing a row makes it a tombstone:
/// searches walk through it and never return it. Vectors are float32 and pass
/// `Metric.prepared(_:dimension:)` before they come here, queries too; the index checks their
/// dimension and trusts the rest.
///
/// The same inserts and removals in the same order, with the same parameters on the same kind of
/// processor, give the same graph bytes.
///
/// Thread safety: **one writer, any number of concurrent readers.** `insert`, `remove` and
/// `writeGraph` are the writer's: at most one call at a time (a second one stops the program), each
/// seeing the effects of the one before. Everything else may run on any thread at any time and
/// never waits for the writer. A search sees every row whose insertion had returned before it
/// began, and perhaps rows inserted meanwhile; it does not return a row whose removal had
/// returned before it began. `Graph` states the memory model.
///
/// Invariants: `checkInvariants()`.
///
/// Source: Malkov and Yashunin 2018, *Efficient and robust approximate nearest neighbor search
/// using Hierarchical Navigable Small World graphs*; the front page lists the differences.
public final class HNSWIndex: @unchecked Sendable {
    // Sendable: the published part is atomics and memory that never moves (see `Graph`); the rest
    // is touched under `withWriter`, which refuses a second caller.

    /// The number of components of each vector.
    public let dimension: Int
    /// How distances are measured.
    public let metric: Metric
    /// How the graph is built.
    public let parameters: HNSWParameters
    /// The most rows that the index can hold, tombstones included.
    public let capacity: Int

    let store: VectorStore
    let memory: GraphMemory
    let graph: Graph
    let space: VectorSpace
    let scratches: ScratchPool

    let publishedRowCount = Atomic<Int>(0)
    let tombstoneCount = Atomic<Int>(0)
    let entryPoint = Atomic<UInt64>(EntryPoint.none)
    /// What `SearchEffort.recall` goes by.
    let calibrationBox = Mutex(RecallCalibration.general)
    private let writing = Atomic<Bool>(false)
    private var writer: IndexWriter

    /// The largest capacity: rows have 30 bits beside their distance in one word.
    public static let maximumCapacity = CandidateKey.rowLimit

    /// The capacity unless told otherwise: address space only, memory is taken as rows come.
    public static let defaultCapacity = 1 << 24

    /// An empty index.
    ///
    /// - Parameters:
    ///   - dimension: The number of components of each vector, 1...65,536.
    ///   - metric: How distances are measured.
    ///   - parameters: How the graph is built.
    ///   - capacity: The most rows it will hold; reserves address space, not memory.
    /// - Throws: `HNSWError.parameterOutOfRange`; `.memoryUnavailable` if the address space does
    ///   not suffice.
    public init(
        dimension: Int, metric: Metric, parameters: HNSWParameters = HNSWParameters(),
        capacity: Int = HNSWIndex.defaultCapacity
    ) throws(HNSWError) {
        try parameters.validate()
        try Self.validate("dimension", dimension, in: 1...Metric.maximumDimension)
        try Self.validate("capacity", capacity, in: 1...Self.maximumCapacity)
        do throws(MemoryError) {
            store = try VectorStore(dimension: dimension, capacity: capacity)
            memory = try GraphMemory(capacity: capacity, maxLinks: parameters.maxLinks)
        } catch {
            throw .memoryUnavailable(byteCount: error.byteCount, errorNumber: error.errorNumber)
        }
        self.dimension = dimension
        self.metric = metric
        self.parameters = parameters
        self.capacity = capacity
        graph = memory.graph
        space = VectorSpace(
            base: store.base, stride: store.stride, kernel: DistanceKernel(metric))
        scratches = ScratchPool(stride: store.stride)
        writer = IndexWriter(space: space, parameters: parameters)
    }

    deinit { writer.deallocate() }

    private static func validate(
        _ name: String, _ value: Int, in allowed: ClosedRange<Int>
    ) throws(HNSWError) {
        guard allowed.contains(value) else {
            throw .parameterOutOfRange(name: name, value: value, allowed: allowed)
        }
    }

    /// The rows inserted so far, tombstones included.
    public var rowCount: Int { publishedRowCount.load(ordering: .acquiring) }

    /// The rows that searches may return.
    public var liveCount: Int {
        // Tombstones first: the other order could count a row dead that it does not count at all.
        let dead = tombstoneCount.load(ordering: .acquiring)
        return rowCount - dead
    }

    /// Whether a row was inserted and not removed.
    public func isLive(_ row: Row) -> Bool { Int(row) < rowCount && graph.isLive(row) }

    /// The vector of a row, as it was inserted; rows that were removed keep theirs.
    ///
    /// - Precondition: `row` is below `rowCount`.
    /// - Complexity: O(dimension).
    public func vector(at row: Row) -> [Float] {
        precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
        return Array(UnsafeBufferPointer(start: space.row(row), count: dimension))
    }

    /// The row where searches begin, if there is any.
    package var entryRow: Row? {
        EntryPoint(packed: entryPoint.load(ordering: .acquiring))?.row
    }

    /// Runs a change as the only writer; a second writer at the same time is a wrong program.
    func withWriter<Result, Failure: Error>(
        _ body: (inout IndexWriter) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let isAlone = writing.compareExchange(
            expected: false, desired: true, ordering: .acquiring
        ).exchanged
        precondition(isAlone, "two writers in one index; writes need one owner")
        defer { writing.store(false, ordering: .releasing) }
        return try body(&writer)
    }
}
