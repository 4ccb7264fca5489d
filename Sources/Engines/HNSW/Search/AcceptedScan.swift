import Vectors

/// A scan of the rows that a walk would return.
enum AcceptedScan {
    /// The rows scored by one call: as many as their first lines fit the nearest cache.
    static let batchCount = 32
}

extension Walk {
    /// The nearest accepted rows of all, without the graph.
    ///
    /// - Returns: At most `limit` keys, nearest first; they live in the scratch until the next
    ///   walk.
    /// - Complexity: O(accepted rows) distances; O(rows / 64) for a bitmap, O(rows) for others.
    func scanAccepted(limit: Int) -> UnsafeBufferPointer<CandidateKey> {
        if limit <= CandidatePool.widthLimit {
            var pool = CandidatePool(keys: scratch.poolKeys, width: limit)
            forEachAccepted(below: { pool.admissionLimit }, where: { _ in true }) { pool.offer($0) }
            return pool.compact()
        }
        scratch.results.pointee.removeAll()
        forEachAccepted(below: { admissionLimit(ef: limit) }, where: { _ in true }) {
            accept($0, ef: limit)
        }
        return scratch.drainResults()
    }

    /// Scores the accepted rows that `isWanted`, in ascending order.
    ///
    /// - Parameter limit: A row at this distance or farther may be given as infinitely far.
    @inline(__always)
    func forEachAccepted(
        below limit: () -> Float, where isWanted: (UInt32) -> Bool, _ body: (CandidateKey) -> Void
    ) {
        var count = 0
        acceptance.forEachAccepted(below: rowCount) { row in
            if !isWanted(row) { return }
            scorer.prepare(row)
            scratch.batch[count] = row
            count &+= 1
            if count == AcceptedScan.batchCount {
                scoreBatch(count, below: limit(), body)
                count = 0
            }
        }
        scoreBatch(count, below: limit(), body)
    }

    @inline(__always)
    private func scoreBatch(_ count: Int, below limit: Float, _ body: (CandidateKey) -> Void) {
        scorer.score(scratch.batch, count: count, below: limit, into: scratch.distances)
        for index in 0..<count {
            body(CandidateKey(distance: scratch.distances[index], row: scratch.batch[index]))
        }
    }
}
