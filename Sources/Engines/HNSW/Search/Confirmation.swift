import Vectors

/// The last step of a search over codes: the vectors of the nearest candidates are compared, and say
/// which are the nearest and how far they are.
struct Confirmation {
    let scorer: FloatScorer
    /// How many rows are wanted.
    let limit: Int
    let scratch: Scratch

    /// How many candidates are compared: codes mistake a rank by a few places among the first ten.
    private var candidateCount: Int { limit + max(Self.leastExtra, limit / 2) }

    private static let leastExtra = 18

    /// Hands over the nearest of candidates that are in the order of a walk, by their vectors.
    func withNearest<Result>(
        of candidates: UnsafeBufferPointer<CandidateKey>,
        _ body: (UnsafeBufferPointer<CandidateKey>) -> Result
    ) -> Result {
        let count = min(candidates.count, candidateCount)
        return withUnsafeTemporaryAllocation(of: CandidateKey.self, capacity: count) { keys in
            var start = 0
            while start < count {
                let batchCount = min(Scratch.batchCapacity, count - start)
                for index in 0..<batchCount {
                    let row = candidates[start + index].row
                    scratch.batch[index] = row
                    scorer.prepare(row)
                }
                scorer.score(
                    scratch.batch, count: batchCount, below: .infinity, into: scratch.distances)
                for index in 0..<batchCount {
                    keys[start + index] = CandidateKey(
                        distance: scratch.distances[index], row: scratch.batch[index])
                }
                start += batchCount
            }
            var keys = keys  // a view of the same memory
            keys.sort()
            return body(UnsafeBufferPointer(keys))
        }
    }
}
