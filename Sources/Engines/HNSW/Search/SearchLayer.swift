import Synchronization
import Vectors

/// A walk over the rows below `rowCount` of a graph.
///
/// Pointers only: no allocation, reference count or bounds check happens in its loops. Bounds:
/// every row in a list, a chain or the entry point is below the number of published rows; rows at
/// or above `rowCount` are skipped before anything is read of them.
struct Walk<Scorer: RowScorer, Acceptance: RowAcceptance> {
    let graph: Graph
    let scorer: Scorer
    let acceptance: Acceptance
    let rowCount: UInt32
    let duplicates: DuplicateChains
    let scratch: Scratch

    /// Collects the neighbours of a node that are to be scored, behind the `known` that the batch
    /// has; returns how many it has then.
    @inline(__always)
    func gather(
        _ row: UInt32, layer: Int, after known: Int = 0, _ visited: inout VisitedSet
    ) -> Int {
        Acceptance.leavesOutRejected
            ? gatherPassing(row, layer: layer, &visited)
            : gatherAll(row, layer: layer, after: known, &visited)
    }

    /// Collects the neighbours of a node that this walk has not met; returns how many.
    @inline(__always)
    private func gatherAll(
        _ row: UInt32, layer: Int, after known: Int, _ visited: inout VisitedSet
    ) -> Int {
        let list = graph.links(of: row, onLayer: layer)
        let batch = scratch.batch
        var count = known
        for slot in 0..<graph.slotCount(onLayer: layer) {
            let link = list[slot].load(ordering: .acquiring)
            if link >= rowCount {
                if link == Graph.noLink { break }
                continue
            }
            if visited.insert(link) {
                scorer.prepare(link)
                batch[count] = link
                count &+= 1
            }
        }
        return count
    }

    /// The key of a row at a distance, marked if the walk does not return it.
    @inline(__always)
    func key(_ row: UInt32, _ distance: Float) -> CandidateKey {
        let key = CandidateKey(distance: distance, row: row)
        return acceptance.accepts(row) ? key : key.rejected
    }

    /// Greedy descent on one layer: Algorithm 2 with ef = 1.
    ///
    /// Ties go to the lower row, so it ends on every graph.
    func closest(to start: CandidateKey, onLayer layer: Int) -> CandidateKey {
        var best = start
        while true {
            let list = graph.links(of: best.row, onLayer: layer)
            var count = 0
            for slot in 0..<graph.slotCount(onLayer: layer) {
                let link = list[slot].load(ordering: .acquiring)
                if link == Graph.noLink { break }
                if link >= rowCount { continue }
                scorer.prepare(link)
                scratch.batch[count] = link
                count &+= 1
            }
            scorer.score(
                scratch.batch, count: count, below: best.distance, into: scratch.distances)
            var nearest = best
            for index in 0..<count {
                let key = CandidateKey(
                    distance: scratch.distances[index], row: scratch.batch[index])
                if key < nearest { nearest = key }
            }
            if nearest == best { return best }
            best = nearest
        }
    }

    /// Algorithm 2, SEARCH-LAYER, for ef ≤ `CandidatePool.widthLimit`.
    ///
    /// - Parameter starts: Rows of this layer with their distances.
    /// - Returns: The pool, nearest first; it lives in the scratch until the next walk.
    func pool(
        from starts: UnsafeBufferPointer<CandidateKey>, ef: Int, layer: Int
    ) -> CandidatePool {
        var pool = CandidatePool(keys: scratch.poolKeys, width: ef)
        let slotCount = graph.slotCount(onLayer: layer)
        scratch.visited.pointee.reset(rowCount: Int(rowCount))
        for start in starts where scratch.visited.pointee.insert(start.row) {
            pool.offer(key(start.row, start.distance))
        }
        // Two batches at a time: while what is read first of one arrives, the other is scored. And two
        // nodes a batch: nearly every candidate is expanded in the end, so little is lost by
        // expanding some before all nearer ones are known.
        var nearCount = 0
        while true {
            var count = 0
            var nodeCount = 0
            while nodeCount < 2, count &+ slotCount <= Scratch.batchCapacity,
                let node = pool.next()
            {
                if duplicates == .followed { followChain(of: node, &pool) }
                count = gather(node.row, layer: layer, after: count, &scratch.visited.pointee)
                nodeCount &+= Acceptance.leavesOutRejected ? 2 : 1
            }
            if nodeCount == 0, nearCount == 0 { return pool }
            offer(nearCount, to: &pool, layer: layer)
            nearCount = scorer.sift(
                scratch.batch, count: count, below: pool.admissionLimit, into: scratch.near)
            pool.prefetchUpcoming { graph.prefetchNode($0, onLayer: layer) }
        }
    }

    /// Scores the rows that wait and offers them to a pool.
    @inline(__always)
    private func offer(_ nearCount: Int, to pool: inout CandidatePool, layer: Int) {
        scorer.score(
            scratch.near, count: nearCount, below: .infinity, into: scratch.distances)
        for index in 0..<nearCount {
            let key = key(scratch.near[index], scratch.distances[index])
            if pool.isAmongNext(key) { graph.prefetchNode(key.row, onLayer: layer) }
            pool.offer(key)
        }
    }

    /// Algorithm 2 with the paper's two heaps, for wide searches and for many tombstones.
    ///
    /// - Returns: The accepted rows, nearest first.
    func heapSearch(
        from starts: UnsafeBufferPointer<CandidateKey>, ef: Int, layer: Int
    ) -> UnsafeBufferPointer<CandidateKey> {
        beginHeaps()
        for start in starts where scratch.visited.pointee.insert(start.row) {
            offer(key(start.row, start.distance), ef: ef)
        }
        while let nearest = scratch.candidates.pointee.popFirst() {
            if isOver(nearest, ef: ef) { break }
            if duplicates == .followed { followChain(of: nearest, ef: ef) }
            let count = gather(nearest.row, layer: layer, &scratch.visited.pointee)
            scorer.score(
                scratch.batch, count: count, below: admissionLimit(ef: ef),
                into: scratch.distances)
            for index in 0..<count {
                offer(key(scratch.batch[index], scratch.distances[index]), ef: ef)
            }
        }
        return scratch.drainResults()
    }

    /// Offers the duplicates of a node: rows at its distance that have no links of their own.
    @inline(__always)
    private func followChain(of node: CandidateKey, _ pool: inout CandidatePool) {
        var link = graph.duplicates[Int(node.row)].load(ordering: .acquiring)
        while link < rowCount {
            let key = CandidateKey(distance: node.distance, row: link)
            if !pool.admits(key) { return }
            // The first of a chain may have become a node under way, and be known as one.
            if acceptance.accepts(link), scratch.visited.pointee.insert(link) {
                pool.offer(key.expanded)
            }
            link = graph.duplicates[Int(link)].load(ordering: .acquiring)
        }
    }

    private func followChain(of node: CandidateKey, ef: Int) {
        var link = graph.duplicates[Int(node.row)].load(ordering: .acquiring)
        while link < rowCount {
            let key = CandidateKey(distance: node.distance, row: link)
            if scratch.results.pointee.count == ef, key > ~scratch.results.pointee.first { return }
            if acceptance.accepts(link), scratch.visited.pointee.insert(link) {
                accept(key, ef: ef)
            }
            link = graph.duplicates[Int(link)].load(ordering: .acquiring)
        }
    }

    /// Empties what a walk by heaps fills.
    func beginHeaps() {
        scratch.visited.pointee.reset(rowCount: Int(rowCount))
        scratch.candidates.pointee.removeAll()
        scratch.results.pointee.removeAll()
    }

    /// Whether a candidate is farther than the ef-th best.
    func isOver(_ key: CandidateKey, ef: Int) -> Bool {
        scratch.results.pointee.count == ef && key > ~scratch.results.pointee.first
    }

    /// Walks the chain of a node.
    @inline(__always)
    func forEachDuplicate(of row: UInt32, _ body: (UInt32) -> Void) {
        var link = graph.duplicates[Int(row)].load(ordering: .acquiring)
        while link < rowCount {
            body(link)
            link = graph.duplicates[Int(link)].load(ordering: .acquiring)
        }
    }

    /// No row at this distance or farther is taken, but on a tie.
    func admissionLimit(ef: Int) -> Float {
        scratch.results.pointee.count == ef ? (~scratch.results.pointee.first).distance : .infinity
    }

    func offer(_ key: CandidateKey, ef: Int) {
        if isOver(key, ef: ef) { return }
        scratch.candidates.pointee.push(key)
        accept(key, ef: ef)
    }

    func accept(_ key: CandidateKey, ef: Int) {
        if key.isRejected { return }
        scratch.results.pointee.push(~key)
        if scratch.results.pointee.count > ef { _ = scratch.results.pointee.popFirst() }
    }
}
