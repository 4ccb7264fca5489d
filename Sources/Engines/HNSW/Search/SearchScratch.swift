import Synchronization
import Vectors

/// The working memory of one search, as plain pointers: what the inner loops see.
///
/// Used by one thread at a time. The padding of `query` stays zero, since all queries of an index
/// are equally long.
struct Scratch {
    /// The rows of a batch: a list of 2M links, or a block of an exact scan.
    static let batchCapacity = 256

    /// The query, padded with zeros like a row and aligned to a cache line.
    let query: UnsafeMutablePointer<Float>
    /// The rows of a batch and their distances.
    let batch: UnsafeMutablePointer<UInt32>
    /// Those of the batch before that may be near: they wait to be scored.
    let near: UnsafeMutablePointer<UInt32>
    let distances: UnsafeMutablePointer<Float>
    /// The neighbours of one node that fail a filter.
    let failed: UnsafeMutablePointer<UInt32>
    /// The keys of a `CandidatePool`.
    let poolKeys: UnsafeMutablePointer<CandidateKey>
    let visited: UnsafeMutablePointer<VisitedSet>
    /// The heaps of a wide search: candidates to expand, and the complements of the results.
    let candidates: UnsafeMutablePointer<KeyHeap>
    let results: UnsafeMutablePointer<KeyHeap>
    /// What the predicate of a search has answered.
    let memo: UnsafeMutablePointer<PredicateMemo>
}

extension Scratch {
    /// The results of the heap, nearest first; they live in the scratch until the next walk.
    func drainResults() -> UnsafeBufferPointer<CandidateKey> {
        let count = results.pointee.count
        let keys = results.pointee.drainDescending()
        for index in 0..<count { keys[index] = ~keys[index] }
        return UnsafeBufferPointer(start: keys, count: count)
    }
}

/// The owner of a `Scratch`.
final class SearchScratch {
    let memory: Scratch
    private let space: VectorSpace
    private let codeQuery: CodeQuery?

    init(space: VectorSpace) {
        self.space = space
        codeQuery = space.codes.map { CodeQuery(for: $0) }
        memory = Scratch(
            query: .paddedQuery(space.paddedDimension),
            batch: .allocate(capacity: Scratch.batchCapacity),
            near: .allocate(capacity: Scratch.batchCapacity),
            distances: .allocate(capacity: Scratch.batchCapacity),
            failed: .allocate(capacity: Scratch.batchCapacity),
            poolKeys: .allocate(capacity: CandidatePool.capacity),
            visited: .allocate(capacity: 1), candidates: .allocate(capacity: 1),
            results: .allocate(capacity: 1), memo: .allocate(capacity: 1))
        memory.visited.initialize(to: VisitedSet())
        memory.candidates.initialize(to: KeyHeap())
        memory.results.initialize(to: KeyHeap())
        memory.memo.initialize(to: PredicateMemo())
    }

    deinit {
        memory.visited.deinitialize(count: 1)
        memory.candidates.deinitialize(count: 1)
        memory.results.deinitialize(count: 1)
        memory.memo.deinitialize(count: 1)
        memory.query.deallocate()
        memory.batch.deallocate()
        memory.near.deallocate()
        memory.distances.deallocate()
        memory.failed.deallocate()
        memory.poolKeys.deallocate()
        memory.visited.deallocate()
        memory.candidates.deallocate()
        memory.results.deallocate()
        memory.memo.deallocate()
    }

    /// Copies a query of at most `paddedDimension` components.
    func load(_ vector: UnsafeBufferPointer<Float>) {
        precondition(
            vector.count <= space.paddedDimension,
            "\(vector.count) components of \(space.paddedDimension)")
        guard let start = vector.baseAddress else { return }
        memory.query.update(from: start, count: vector.count)
    }

    /// Makes the vector of a row the query.
    func load(row: Row) { space.load(row, into: memory.query) }

    /// What scores rows for a walk against the query that was loaded.
    func scorer() -> StoredScorer {
        let exact = space.exactScorer(query: memory.query)
        guard let codeQuery, let codes = space.readyCodes else {
            return StoredScorer(exact: exact, codes: nil)
        }
        codes.prepare(memory.query, in: codeQuery)
        return StoredScorer(exact: exact, codes: codes.comparison(with: codeQuery))
    }

    /// What scores rows against the query that was loaded by their vectors.
    func exactScorer() -> StoredScorer {
        StoredScorer(exact: space.exactScorer(query: memory.query), codes: nil)
    }

    /// Codes the query that was loaded as a row.
    func encode(as row: Row, into codes: CodeStore) throws(MemoryError) {
        if let codeQuery { try codes.encode(memory.query, as: Int(row), using: codeQuery) }
    }

    /// Makes room for what a filter has to remember, and forgets what it remembered.
    func prepare(_ filter: RowFilter, rowCount: Int) {
        if case .passing = filter { memory.memo.pointee.reset(rowCount: rowCount) }
    }
}

/// The scratches that wait for a search: at most `capacity`, so that a burst of threads does not
/// keep its memory for ever.
///
/// Thread safety: a lock held for the push or pop of one pointer. The writer has a scratch of its
/// own and never takes it.
final class ScratchPool: Sendable {
    /// More threads than this search at once only on the largest machines; they allocate.
    private static let capacity = 64
    private let space: VectorSpace
    private let idle = Mutex<[Idle]>([])

    // A scratch is in the pool or with one search, never both.
    private struct Idle: @unchecked Sendable { let scratch: SearchScratch }

    init(space: VectorSpace) { self.space = space }

    func withScratch<Result>(_ body: (SearchScratch) -> Result) -> Result {
        let scratch = take()
        defer { giveBack(scratch) }
        return body(scratch)
    }

    /// A scratch for as long as the caller likes.
    func take() -> SearchScratch {
        idle.withLock { $0.popLast() }?.scratch ?? SearchScratch(space: space)
    }

    /// Takes a scratch back that its user does not touch again.
    func giveBack(_ scratch: SearchScratch) {
        let returned = Idle(scratch: scratch)
        idle.withLock { if $0.count < Self.capacity { $0.append(returned) } }
    }
}
