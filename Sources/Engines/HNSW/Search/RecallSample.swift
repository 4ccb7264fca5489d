import Primitives

/// Queries made of an index's own live rows.
struct RecallSample {
    let seed: UInt64

    func queries(of index: HNSWIndex, count: Int) -> [[Float]] {
        var generator = SplitMix64(seed: seed)
        let rowCount = index.rowCount
        guard rowCount > 0 else { return [] }
        var queries: [[Float]] = []
        for _ in 0..<count * 4 where queries.count < count {
            let row = Row(generator.next() % UInt64(rowCount))
            if index.isLive(row) { queries.append(index.vector(at: row)) }
        }
        return queries
    }
}
