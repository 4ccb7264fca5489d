extension Walk {
    /// Down to a layer, greedily on each above it.
    func descend(from entry: EntryPoint, toLayer layer: Int) -> CandidateKey {
        var row = entry.row
        scorer.score(&row, count: 1, below: .infinity, into: scratch.distances)
        var best = CandidateKey(distance: scratch.distances[0], row: row)
        var current = entry.level
        while current > layer {
            best = closest(to: best, onLayer: current)
            current -= 1
        }
        return best
    }

    /// Algorithm 2 by the structure that suits ef: the accepted rows, nearest first.
    ///
    /// - Returns: At most ef keys; they live in the scratch until the next walk.
    func nearestKeys(
        from starts: UnsafeBufferPointer<CandidateKey>, ef: Int, layer: Int
    ) -> UnsafeBufferPointer<CandidateKey> {
        if ef <= CandidatePool.widthLimit {
            var pool = pool(from: starts, ef: ef, layer: layer)
            if !pool.overflowed { return pool.compact() }
        }
        return heapSearch(from: starts, ef: ef, layer: layer)
    }

    /// `nearestKeys`, copied.
    func nearest(from starts: [CandidateKey], ef: Int, layer: Int) -> [CandidateKey] {
        starts.withUnsafeBufferPointer { Array(nearestKeys(from: $0, ef: ef, layer: layer)) }
    }

    /// Algorithm 5, K-NN-SEARCH, up to the rows that the walk kept: nearest first, at most ef.
    func search(from entry: EntryPoint, ef: Int) -> UnsafeBufferPointer<CandidateKey> {
        var start = descend(from: entry, toLayer: 0)
        return withUnsafePointer(to: &start) { start in
            nearestKeys(from: UnsafeBufferPointer(start: start, count: 1), ef: ef, layer: 0)
        }
    }
}

extension CandidatePool {
    /// Keeps the accepted candidates alone, without their flags, nearest first.
    ///
    /// The end of a pool: nothing may be offered after it.
    mutating func compact() -> UnsafeBufferPointer<CandidateKey> {
        var kept = 0
        for index in 0..<count where !keys[index].isRejected {
            keys[kept] = keys[index] & ~1
            kept &+= 1
        }
        return UnsafeBufferPointer(start: keys, count: kept)
    }
}
