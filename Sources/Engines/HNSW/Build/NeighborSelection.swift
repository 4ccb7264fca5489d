import Vectors

/// Chooses the links of a node: Algorithm 4, SELECT-NEIGHBORS-HEURISTIC.
///
/// A candidate becomes a link if it is nearer to the node than to every link chosen before it, so
/// that links point in different directions instead of all into the nearest cluster. Differences
/// from the paper: candidates are not extended by their own neighbours
/// (`extendCandidates`, which the paper found useful for extremely clustered data only), a candidate
/// *as* near to a link as to the node is chosen, and a node gets at least three links.
///
/// The same choice in another order: each link, once chosen, strikes out all candidates that are
/// nearer to it. A dozen links are made a query then instead of all candidates, and each candidate is
/// compared until it is struck out and no further.
///
/// One thread at a time.
final class NeighborSelection {
    private let space: VectorSpace
    private let prunedCandidates: HNSWParameters.PrunedCandidates
    /// The chosen: `HNSWParameters.maxLinks` · 2 rows.
    let selected: UnsafeMutablePointer<UInt32>
    /// The link that strikes out candidates.
    private let query: RowQuery
    /// The candidates that are not struck out, nearest first, and their distances from the node.
    private var rows: UnsafeMutablePointer<UInt32>
    private var distances: UnsafeMutablePointer<Float>
    private var rowCount = 0
    private var capacity: Int
    /// Their distances from a link, of as many as are compared at once.
    private let linkDistances: UnsafeMutablePointer<Float>

    init(space: VectorSpace, parameters: HNSWParameters) {
        self.space = space
        prunedCandidates = parameters.prunedCandidates
        selected = .allocate(capacity: parameters.maxLinks * 2)
        query = RowQuery(space: space)
        capacity = max(parameters.efConstruction, parameters.maxLinks * 2 + 1)
        rows = .allocate(capacity: capacity)
        distances = .allocate(capacity: capacity)
        linkDistances = .allocate(capacity: Scratch.batchCapacity)
    }

    deinit {
        selected.deallocate()
        rows.deallocate()
        distances.deallocate()
        linkDistances.deallocate()
    }

    /// Writes the chosen rows to `selected`.
    ///
    /// - Parameters:
    ///   - candidates: Sorted, with their distances from the node.
    ///   - limit: The most that may be chosen, at most the room in `selected`.
    /// - Returns: How many were chosen.
    /// - Complexity: O(candidates · limit) distances, a fraction of it in practice.
    func select(from candidates: UnsafeBufferPointer<CandidateKey>, limit: Int) -> Int {
        let count = choose(from: candidates, behind: 0, limit: limit)
        switch prunedCandidates {
        case .discarded where count >= Self.leastCount: return count
        case .discarded:
            let limit = min(limit, Self.leastCount)
            return appendOthers(of: candidates, than: 0..<count, limit: limit)
        case .kept: return appendOthers(of: candidates, than: 0..<count, limit: limit)
        }
    }

    /// How many links a node gets at least.
    ///
    /// A node at the rim of the data is farther from every other than its nearest neighbour is: the
    /// heuristic would link it to that one alone, and the node would go with its neighbour.
    private static let leastCount = 3

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
        for (index, row) in kept.enumerated() { selected[index] = row }
        let count = choose(from: candidates, behind: kept.count, limit: limit)
        return appendOthers(of: candidates, than: kept.count..<count, limit: limit)
    }
}

extension NeighborSelection {
    /// Writes the chosen candidates behind those that `selected` has, in their order.
    ///
    /// - Returns: How many it has then.
    private func choose(
        from candidates: UnsafeBufferPointer<CandidateKey>, behind keptCount: Int, limit: Int
    ) -> Int {
        load(candidates)
        for index in 0..<keptCount { strikeOut(nearTo: selected[index], from: 0) }
        var count = keptCount
        while rowCount > 0, count < limit {
            selected[count] = rows[0]
            count &+= 1
            strikeOut(nearTo: rows[0], from: 1)
        }
        return count
    }

    private func load(_ candidates: UnsafeBufferPointer<CandidateKey>) {
        if candidates.count > capacity {
            rows.deallocate()
            distances.deallocate()
            capacity = candidates.count
            rows = .allocate(capacity: capacity)
            distances = .allocate(capacity: capacity)
        }
        rowCount = candidates.count
        for (index, candidate) in candidates.enumerated() {
            rows[index] = candidate.row
            distances[index] = candidate.distance
        }
    }

    /// Drops the candidates before a position, and those behind that are nearer to a link than to the
    /// node.
    private func strikeOut(nearTo link: UInt32, from first: Int) {
        let scorer = space.scorer(ofRow: link, using: query)
        var kept = 0
        var start = first
        while start < rowCount {
            let count = min(Scratch.batchCapacity, rowCount &- start)
            scorer.score(rows + start, count: count, below: .infinity, into: linkDistances)
            for index in 0..<count where !(linkDistances[index] < distances[start &+ index]) {
                rows[kept] = rows[start &+ index]
                distances[kept] = distances[start &+ index]
                kept &+= 1
            }
            start &+= count
        }
        rowCount = kept
    }

    /// Writes the nearest candidates that were not chosen behind those that were.
    ///
    /// - Parameter chosen: Where `selected` has the chosen, in the order of the candidates.
    private func appendOthers(
        of candidates: UnsafeBufferPointer<CandidateKey>, than chosen: Range<Int>, limit: Int
    ) -> Int {
        var count = chosen.upperBound
        var next = chosen.lowerBound
        for candidate in candidates {
            if count == limit { break }
            if next < chosen.upperBound, selected[next] == candidate.row {
                next += 1
            } else {
                selected[count] = candidate.row
                count += 1
            }
        }
        return count
    }
}
