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
    func nearest(from starts: [CandidateKey], ef: Int, layer: Int) -> [CandidateKey] {
        starts.withUnsafeBufferPointer { starts in
            if ef <= CandidatePool.widthLimit {
                let pool = pool(from: starts, ef: ef, layer: layer)
                if !pool.overflowed { return pool.accepted(limit: ef) { $0 } }
            }
            return heapSearch(from: starts, ef: ef, layer: layer)
        }
    }

    /// Algorithm 5, K-NN-SEARCH.
    ///
    /// - Parameter confirming: If it scores by codes, more than `limit` rows are kept, and their
    ///   vectors decide.
    func search(
        from entry: EntryPoint, limit: Int, ef: Int, confirming scorer: StoredScorer
    ) -> [Neighbor] {
        let confirmation = Confirmation(scorer: scorer, limit: limit, scratch: scratch)
        let start = descend(from: entry, toLayer: 0)
        return withUnsafePointer(to: start) { start in
            let starts = UnsafeBufferPointer(start: start, count: 1)
            if ef <= CandidatePool.widthLimit {
                let pool = pool(from: starts, ef: ef, layer: 0)
                if !pool.overflowed {
                    return confirmation.nearest(
                        pool.accepted(limit: confirmation.candidateCount) { $0 })
                }
            }
            return confirmation.nearest(heapSearch(from: starts, ef: ef, layer: 0))
        }
    }
}

extension CandidatePool {
    /// The first `limit` accepted candidates, nearest first.
    func accepted<Element>(limit: Int, _ transform: (CandidateKey) -> Element) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(Swift.min(limit, acceptedCount))
        for index in 0..<count where !keys[index].isRejected {
            if elements.count == limit { break }
            elements.append(transform(keys[index] & ~1))
        }
        return elements
    }
}
