import Synchronization
public import Vectors

/// An approximate nearest-neighbour index in memory: a hierarchical navigable small-world graph.
///
/// An insert takes the lowest free row: 0, 1, 2, … until rows are removed. Removing a row makes it a
/// tombstone: searches walk through it and never return it. When tombstones are many, inserts and
/// removals replace them in the lists of the others, a few at a time, and their rows are free again
/// (`HNSWIndex+Consolidate.swift`). Vectors pass `Metric.prepared(_:dimension:)` and
/// `VectorElement.validate(_:)` before they come here, queries the former; the index checks their
/// dimension and trusts the rest.
///
/// The same inserts and removals in the same order, with the same parameters on the same kind of
/// processor, give the same graph bytes; only a reader that is still under way when its slot would
/// be used again changes which row an insert takes.
///
/// Thread safety: **one writer, any number of concurrent readers.** `insert`, `remove`,
/// `consolidate`, `split`, `merge` and `writeGraph` are the writer's: at most one call at a time (a second one stops the program), each
/// seeing the effects of the one before. Everything else may run on any thread at any time and
/// never waits for the writer. A search sees every row whose insertion had returned before it
/// began, and perhaps rows inserted meanwhile; it does not return a row whose removal had
/// returned before it began. Who uses a row number after the search, beside a writer that removes
/// rows, pins it: `pinningRows(_:)`. `Graph` states the memory model.
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
    /// What is stored of each component.
    public let element: VectorElement
    /// How the graph is built.
    public let parameters: HNSWParameters
    /// The most rows that the index can hold, tombstones and free slots included.
    public let capacity: Int

    /// What the rows may take of memory, or nil for as much as there is; see `memoryUse`.
    public let memoryLimit: Int?

    let store: VectorStore
    let vectorsAreInFile: Bool
    let memory: GraphMemory
    let graph: Graph
    let space: VectorSpace
    let scratches: ScratchPool

    /// Who searches, so that no slot is used again under their eyes.
    package let readers = ReadEpochs()

    let publishedRowCount = Atomic<Int>(0)
    let publishedLiveCount = Atomic<Int>(0)
    let publishedTombstoneCount = Atomic<Int>(0)
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
    ///   - element: What is stored of each component.
    ///   - parameters: How the graph is built.
    ///   - capacity: The most rows it will hold; reserves address space, not memory.
    ///   - vectorFile: Where to make a file for the vectors, which the system may then drop from
    ///     memory: walks compare codes, and read only the vectors that confirm the nearest. It has
    ///     no name while it is used, and is gone with the index. In memory if nil.
    ///   - memoryLimit: What the rows may take of memory, in bytes; an insert that would exceed it is
    ///     refused. An index that is restored may be beyond it.
    /// - Throws: `HNSWError.parameterOutOfRange`; `.elementUnsupported` if vectors of the metric
    ///   cannot be stored as the element; `.memoryUnavailable` if the address space does not suffice;
    ///   `.vectorFileUnavailable`.
    public init(
        dimension: Int, metric: Metric, element: VectorElement = .float32,
        parameters: HNSWParameters = HNSWParameters(), capacity: Int = HNSWIndex.defaultCapacity,
        vectorFile: String? = nil, memoryLimit: Int? = nil
    ) throws(HNSWError) {
        try parameters.validate()
        try Self.validate("dimension", dimension, in: 1...Metric.maximumDimension)
        try Self.validate("capacity", capacity, in: 1...Self.maximumCapacity)
        guard element.supports(metric) else {
            throw .elementUnsupported(element: element, metric: metric)
        }
        do throws(MemoryError) {
            store = try VectorStore(
                dimension: dimension, element: element, capacity: capacity, fileAt: vectorFile)
            memory = try GraphMemory(capacity: capacity, maxLinks: parameters.maxLinks)
            let isCoded =
                parameters.traversal == .codes && CodeStore.supports(metric)
                && dimension >= CodeStore.smallestDimension
            let codes =
                isCoded
                ? try CodeStore(dimension: dimension, metric: metric, capacity: capacity) : nil
            space = VectorSpace(
                base: UnsafeRawPointer(store.base), stride: store.stride, element: element,
                paddedDimension: store.paddedDimension, kernel: DistanceKernel(metric, element),
                codes: codes)
        } catch {
            throw HNSWError(error)
        }
        self.dimension = dimension
        self.metric = metric
        self.element = element
        self.parameters = parameters
        self.capacity = capacity
        self.memoryLimit = memoryLimit
        vectorsAreInFile = vectorFile != nil
        graph = memory.graph
        scratches = ScratchPool(space: space)
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

    /// One more than the highest row ever used: live rows, tombstones and free slots.
    public var rowCount: Int { publishedRowCount.load(ordering: .acquiring) }

    /// The rows that searches may return.
    public var liveCount: Int { publishedLiveCount.load(ordering: .acquiring) }

    /// The removed rows that searches still walk through.
    public var tombstoneCount: Int { publishedTombstoneCount.load(ordering: .acquiring) }

    /// Whether a row was inserted and not removed.
    public func isLive(_ row: Row) -> Bool { Int(row) < rowCount && graph.isLive(row) }

    /// Whether a row is a slot that nothing leads to and that needs no vector.
    package func isFree(_ row: Row) -> Bool { graph.state(of: row) == .free }

    /// The vector of a row, as it was stored: rounded to the element.
    ///
    /// A removed row keeps its vector until its slot is used again.
    ///
    /// - Precondition: `row` is below `rowCount`.
    /// - Complexity: O(dimension).
    public func vector(at row: Row) -> [Float] {
        precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
        return store.read(Int(row))
    }

    /// Runs a reader: whatever row it finds, by searches within `body` or otherwise, stays that row
    /// and keeps its vector until `body` ends, also if it is removed meanwhile.
    ///
    /// Never waits, and nobody waits for it; but no slot is freed meanwhile, so keep it short.
    package func pinningRows<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try readers.read(body)
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
