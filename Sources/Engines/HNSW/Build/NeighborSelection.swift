import Vectors

/// Chooses the links of a node: Algorithm 4, SELECT-NEIGHBORS-HEURISTIC.
///
/// A candidate becomes a link if it is nearer to the node than to every link chosen before it, so
/// that links point in different directions instead of all into the nearest cluster. Differences
/// from the paper: candidates are not extended by their own neighbours
/// (`extendCandidates`, which the paper found useful for extremely clustered data only), and a
/// candidate *as* near to a link as to the node is chosen.
struct NeighborSelection {
    let space: VectorSpace
    /// The code of the candidate that is looked at.
    let query: CodeQuery?
    let prunedCandidates: HNSWParameters.PrunedCandidates
    /// Room for `HNSWParameters.maxLinks` · 2 rows: the choice.
    let selected: UnsafeMutablePointer<UInt32>
    /// As much room for candidates that were discarded.
    let discarded: UnsafeMutablePointer<UInt32>

    /// Distances are computed in groups of four; most candidates fail in the first group.
    private static let group = 4

    /// Writes the chosen rows to `selected`.
    ///
    /// - Parameters:
    ///   - candidates: Sorted, with their distances from the node.
    ///   - limit: The most that may be chosen, at most the room in `selected`.
    /// - Returns: How many were chosen.
    /// - Complexity: O(candidates · limit) distances, a fraction of it in practice.
    func select(from candidates: UnsafeBufferPointer<CandidateKey>, limit: Int) -> Int {
        var count = 0
        var discardedCount = 0
        for candidate in candidates {
            if count == limit { break }
            if isNearerToSelected(candidate, selectedCount: count) {
                if discardedCount < limit {
                    discarded[discardedCount] = candidate.row
                    discardedCount &+= 1
                }
            } else {
                selected[count] = candidate.row
                count &+= 1
            }
        }
        if prunedCandidates == .kept {
            for index in 0..<min(discardedCount, limit - count) {
                selected[count] = discarded[index]
                count += 1
            }
        }
        return count
    }

    /// Writes to `selected` what is left of a list, and behind it candidates for the gaps: first those
    /// that the heuristic chooses beside what is there, then the nearest others.
    ///
    /// The list becomes as long as it was: choosing all of it anew would make it shorter at each
    /// repair, since a list also holds links that others asked for and the heuristic would not take.
    ///
    /// - Parameters:
    ///   - kept: At most `limit` rows.
    ///   - candidates: Sorted, with their distances from the node; none of the kept.
    func fill(
        _ kept: [Row], from candidates: UnsafeBufferPointer<CandidateKey>, limit: Int
    ) -> Int {
        var count = 0
        for row in kept {
            selected[count] = row
            count += 1
        }
        var discardedCount = 0
        for candidate in candidates {
            if count == limit { break }
            if isNearerToSelected(candidate, selectedCount: count) {
                if discardedCount < limit {
                    discarded[discardedCount] = candidate.row
                    discardedCount += 1
                }
            } else {
                selected[count] = candidate.row
                count += 1
            }
        }
        for index in 0..<min(discardedCount, limit - count) {
            selected[count] = discarded[index]
            count += 1
        }
        return count
    }

    /// Whether one of the links chosen so far is nearer to the candidate than the node is.
    @inline(__always)
    private func isNearerToSelected(_ candidate: CandidateKey, selectedCount: Int) -> Bool {
        let scorer = space.scorer(ofRow: candidate.row, using: query)
        let limit = candidate.distance
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.group) { distances in
            let start = distances.baseAddress!
            var index = 0
            while index < selectedCount {
                let count = min(Self.group, selectedCount &- index)
                scorer.score(selected + index, count: count, below: limit, into: start)
                for offset in 0..<count where start[offset] < limit { return true }
                index &+= Self.group
            }
            return false
        }
    }
}
