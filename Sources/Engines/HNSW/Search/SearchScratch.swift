import Synchronization
import Vectors

/// The working memory of one search, as plain pointers: what the inner loops see.
///
/// Used by one thread at a time. The padding of `query` stays zero, since all queries of an index
/// are equally long.
struct Scratch {
    /// The rows of a batch: a list of 2M links, or a block of an exact scan.
    static let batchCapacity = 256

    /// The query, padded with zeros to the stride and aligned to a cache line.
    let query: UnsafeMutablePointer<Float>
    /// The rows of a batch and their distances.
    let batch: UnsafeMutablePointer<UInt32>
    let distances: UnsafeMutablePointer<Float>
    /// The keys of a `CandidatePool`.
    let poolKeys: UnsafeMutablePointer<CandidateKey>
    let visited: UnsafeMutablePointer<VisitedSet>
    /// The heaps of a wide search: candidates to expand, and the complements of the results.
    let candidates: UnsafeMutablePointer<KeyHeap>
    let results: UnsafeMutablePointer<KeyHeap>
}

/// The owner of a `Scratch`.
final class SearchScratch {
    let memory: Scratch
    private let space: VectorSpace
    private let codeQuery: CodeQuery?

    init(space: VectorSpace) {
        self.space = space
        codeQuery = space.codes.map { CodeQuery(for: $0) }
        let stride = space.stride
        let query = UnsafeMutableRawPointer.allocate(
            byteCount: stride * MemoryLayout<Float>.stride, alignment: 64
        ).bindMemory(to: Float.self, capacity: stride)
        query.initialize(repeating: 0, count: stride)
        memory = Scratch(
            query: query,
            batch: .allocate(capacity: Scratch.batchCapacity),
            distances: .allocate(capacity: Scratch.batchCapacity),
            poolKeys: .allocate(capacity: CandidatePool.capacity),
            visited: .allocate(capacity: 1), candidates: .allocate(capacity: 1),
            results: .allocate(capacity: 1))
        memory.visited.initialize(to: VisitedSet())
        memory.candidates.initialize(to: KeyHeap())
        memory.results.initialize(to: KeyHeap())
    }

    deinit {
        memory.visited.deinitialize(count: 1)
        memory.candidates.deinitialize(count: 1)
        memory.results.deinitialize(count: 1)
        memory.query.deallocate()
        memory.batch.deallocate()
        memory.distances.deallocate()
        memory.poolKeys.deallocate()
        memory.visited.deallocate()
        memory.candidates.deallocate()
        memory.results.deallocate()
    }

    /// Copies a query of at most `stride` components.
    func load(_ vector: UnsafeBufferPointer<Float>) {
        precondition(
            vector.count <= space.stride, "\(vector.count) components, stride \(space.stride)")
        guard let start = vector.baseAddress else { return }
        memory.query.update(from: start, count: vector.count)
    }

    /// What scores rows for a walk against the query that was loaded.
    func scorer() -> StoredScorer {
        let exact = space.exactScorer(query: memory.query)
        guard let codeQuery, let codes = space.readyCodes else {
            return StoredScorer(exact: exact, codes: nil)
        }
        codes.prepare(memory.query, in: codeQuery)
        return StoredScorer(exact: exact, codes: codes.comparison(with: codeQuery))
    }

    /// Codes the query that was loaded as a row.
    func encode(as row: Row, into codes: CodeStore) throws(MemoryError) {
        if let codeQuery { try codes.encode(memory.query, as: Int(row), using: codeQuery) }
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
        let scratch = idle.withLock { $0.popLast() }?.scratch ?? SearchScratch(space: space)
        let returned = Idle(scratch: scratch)
        defer { idle.withLock { if $0.count < Self.capacity { $0.append(returned) } } }
        return body(scratch)
    }
}
