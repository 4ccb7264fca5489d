/// A search that goes on: page after page of ever farther rows.
///
/// ```swift
/// let cursor = index.cursor(query, effort: .ef(64), where: filter)
/// let first = cursor.next(10)
/// let second = cursor.next(10)
/// ```
///
/// No row comes twice, and none of the live rows that pass is left out: the pages end when all
/// were given. Within a page rows ascend by distance, then by row; a later page may begin nearer
/// than an earlier one ended, as far as the walk found a row late, which a larger effort makes
/// rarer. Rows inserted after the cursor was made do not appear; rows removed meanwhile are left
/// out.
///
/// Holds the index, and a bit for each of its rows, until it is released; as long, no slot of a
/// removed row is used again.
///
/// Thread safety: used by one thread at a time. It may be moved between threads by who guarantees
/// that.
public final class SearchCursor {
    private let index: HNSWIndex
    private let filter: RowFilter
    private let ef: Int
    private let scratch: SearchScratch
    private let view: IndexView?
    /// The rows that it knows stay what they are until it is released.
    private let pinned: UInt64
    private var stage = CursorStage.fresh
    /// Rows found and not given: the nearest first.
    private var waiting = KeyHeap()

    init(
        index: HNSWIndex, query: UnsafeBufferPointer<Float>, ef: Int, where filter: RowFilter
    ) {
        self.index = index
        self.filter = filter
        self.ef = max(1, ef)
        pinned = index.readers.pin()
        view = index.view
        scratch = index.scratches.take()
        scratch.load(query)
        if let view { scratch.prepare(filter, rowCount: view.rowCount) }
    }

    deinit {
        index.readers.unpin(pinned)
        index.scratches.giveBack(scratch)
    }

    /// The next rows.
    ///
    /// - Parameter limit: The most rows to return; 0 or less returns none.
    /// - Returns: Fewer than `limit` rows only if no more are left.
    /// - Complexity: That of a search of the same limit for the first page, less for others; the
    ///   last page of a graph with parts that no link joins scans the rows that were not met.
    public func next(_ limit: Int) -> [Neighbor] {
        guard let view else { return [] }
        var page: [Neighbor] = []
        // A row removed since it was found leaves a gap, which another round fills.
        while page.count < limit {
            let step = CursorStep(cursor: self, limit: limit - page.count)
            let found = index.perform(step, where: filter, view, scratch) ?? []
            if found.isEmpty { break }
            page += found.lazy.filter { self.index.isLive($0.row) }
        }
        return page
    }

    fileprivate func advance<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint, limit: Int
    ) -> [Neighbor] {
        if stage == .fresh { stage = walk.beginCursor(from: entry, ef: ef, &waiting) }
        let width = min(max(limit, ef), Int(walk.rowCount))
        walk.fillWindow(width, from: &waiting)
        if stage == .walking {
            walk.widenWindow(width, &waiting)
            if walk.scratch.candidates.pointee.count == 0 {
                walk.sweepUnmet(width, &waiting)
                stage = .complete
            }
        }
        let found = walk.scratch.drainResults()
        for index in min(limit, found.count)..<found.count { waiting.push(found[index]) }
        return index.results(of: found, limit: limit)
    }
}

private enum CursorStage {
    /// Nothing was looked for.
    case fresh
    /// The frontier of the walk is in the scratch.
    case walking
    /// Every row that is left waits.
    case complete
}

private struct CursorStep: WalkOperation {
    static let comparesCodes = false
    let cursor: SearchCursor
    let limit: Int

    func run<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint
    ) -> [Neighbor] {
        cursor.advance(walk, from: entry, limit: limit)
    }
}

extension HNSWIndex {
    /// A search whose answer comes in pages; see ``SearchCursor``.
    ///
    /// - Parameters:
    ///   - query: `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - effort: How many candidates each page keeps.
    ///   - filter: Which rows may be returned.
    /// - Precondition: The query has `dimension` components.
    public func cursor(
        _ query: [Float], effort: SearchEffort, where filter: RowFilter = .every
    ) -> SearchCursor {
        checkDimension(query.count)
        return query.withUnsafeBufferPointer {
            SearchCursor(
                index: self, query: $0, ef: efSearch(of: effort, limit: 1), where: filter)
        }
    }
}

/// The walk of a cursor: Algorithm 2 that keeps its frontier.
///
/// `scratch.results` is the window, the complements of the nearest rows not given; what falls out
/// of it waits instead of being forgotten.
extension Walk {
    /// Starts a walk, or scans if that is faster.
    fileprivate func beginCursor(
        from entry: EntryPoint, ef: Int, _ waiting: inout KeyHeap
    ) -> CursorStage {
        beginHeaps()
        let sample = acceptance.sample(below: rowCount, into: scratch.batch)
        if isScanned(sample, ef: ef) {
            forEachAccepted(below: { .infinity }, where: { _ in true }) { waiting.push($0) }
            return .complete
        }
        withStarts(from: entry, sample) { starts in
            for start in starts where scratch.visited.pointee.insert(start.row) {
                let key = key(start.row, start.distance)
                scratch.candidates.pointee.push(key)
                if !key.isRejected { waiting.push(key) }
            }
        }
        return .walking
    }

    /// Takes the nearest rows that wait into the window.
    fileprivate func fillWindow(_ width: Int, from waiting: inout KeyHeap) {
        scratch.results.pointee.removeAll()
        while scratch.results.pointee.count < width, let key = waiting.popFirst() {
            scratch.results.pointee.push(~key)
        }
    }

    /// Walks until the nearest candidate is farther than the window, or none is left.
    fileprivate func widenWindow(_ width: Int, _ waiting: inout KeyHeap) {
        while let nearest = scratch.candidates.pointee.popFirst() {
            if isOver(nearest, ef: width) {
                scratch.candidates.pointee.push(nearest)
                return
            }
            forEachDuplicate(of: nearest.row) { row in
                if acceptance.accepts(row), scratch.visited.pointee.insert(row) {
                    admit(CandidateKey(distance: nearest.distance, row: row), width, &waiting)
                }
            }
            let count = gather(nearest.row, layer: 0, &scratch.visited.pointee)
            // Rows outside this window are in a later one: their distances must be true.
            scorer.score(
                scratch.batch, count: count, below: .infinity, into: scratch.distances)
            for index in 0..<count {
                let key = key(scratch.batch[index], scratch.distances[index])
                scratch.candidates.pointee.push(key)
                if !key.isRejected { admit(key, width, &waiting) }
            }
        }
    }

    /// Finds the rows that no link led to.
    fileprivate func sweepUnmet(_ width: Int, _ waiting: inout KeyHeap) {
        forEachAccepted(
            below: { .infinity }, where: { scratch.visited.pointee.insert($0) }
        ) { admit($0, width, &waiting) }
    }

    private func admit(_ key: CandidateKey, _ width: Int, _ waiting: inout KeyHeap) {
        scratch.results.pointee.push(~key)
        if scratch.results.pointee.count > width, let farthest = scratch.results.pointee.popFirst()
        {
            waiting.push(~farthest)
        }
    }
}
