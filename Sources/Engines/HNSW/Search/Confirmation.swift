import Vectors

/// The last step of a search over codes: the vectors of the nearest candidates are compared, and say
/// which are the nearest and how far they are.
struct Confirmation {
    let scorer: StoredScorer
    /// How many rows are wanted.
    let limit: Int
    let scratch: Scratch

    /// How many candidates are compared: codes mistake a rank by a few places among the first ten.
    var candidateCount: Int {
        scorer.codes == nil ? limit : limit + max(Self.leastExtra, limit / 2)
    }

    private static let leastExtra = 18

    /// The nearest of candidates that are in the order of a walk.
    func nearest(_ candidates: [CandidateKey]) -> [Neighbor] {
        if scorer.codes == nil { return candidates.prefix(limit).map { $0.neighbor } }
        var keys: [CandidateKey] = []
        let count = min(candidates.count, candidateCount)
        keys.reserveCapacity(count)
        var start = 0
        while start < count {
            let batchCount = min(Scratch.batchCapacity, count - start)
            for index in 0..<batchCount {
                let row = candidates[start + index].row
                scratch.batch[index] = row
                scorer.exact.prepare(row)
            }
            scorer.exact.score(
                scratch.batch, count: batchCount, below: .infinity, into: scratch.distances)
            for index in 0..<batchCount {
                keys.append(
                    CandidateKey(distance: scratch.distances[index], row: scratch.batch[index]))
            }
            start += batchCount
        }
        keys.sort()
        return keys.prefix(limit).map { $0.neighbor }
    }
}
