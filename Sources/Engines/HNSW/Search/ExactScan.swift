import Vectors

/// Scores all rows below `rowCount` and keeps the nearest: brute force with batched kernels.
struct ExactScan<Acceptance: RowAcceptance> {
    let space: VectorSpace
    let acceptance: Acceptance
    let rowCount: Int
    /// Holds the query.
    let scratch: Scratch

    /// The `limit` nearest accepted rows, nearest first, equal distances by row; they live in the
    /// scratch until the next walk.
    func nearest(_ limit: Int) -> UnsafeBufferPointer<CandidateKey> {
        if limit <= CandidatePool.widthLimit {
            var pool = CandidatePool(keys: scratch.poolKeys, width: limit)
            forEachKey { pool.offer($0) }
            return pool.compact()
        }
        scratch.results.pointee.removeAll()
        forEachKey { key in
            scratch.results.pointee.push(~key)
            if scratch.results.pointee.count > limit { _ = scratch.results.pointee.popFirst() }
        }
        return scratch.drainResults()
    }

    /// Scores the accepted rows; the vector of another is not read, it may be in the making.
    @inline(__always)
    private func forEachKey(_ body: (CandidateKey) -> Void) {
        var start = 0
        while start < rowCount {
            let end = min(start + Scratch.batchCapacity, rowCount)
            var count = 0
            for row in UInt32(start)..<UInt32(end) where acceptance.accepts(row) {
                scratch.batch[count] = row
                count &+= 1
            }
            if count == end - start {
                space.kernel.scoreConsecutive(
                    query: scratch.query, rows: space.row(UInt32(start)), stride: space.stride,
                    length: space.paddedDimension, count: count, into: scratch.distances)
            } else {
                space.exactScorer(query: scratch.query).score(
                    scratch.batch, count: count, below: .infinity, into: scratch.distances)
            }
            for index in 0..<count {
                body(CandidateKey(distance: scratch.distances[index], row: scratch.batch[index]))
            }
            start = end
        }
    }
}
