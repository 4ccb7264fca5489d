import Vectors

/// When and from where a walk looks for rows that pass a filter.
enum FilteredSearch {
    /// Rows that pass from all over the index, where a walk begins besides the entry point.
    ///
    /// A filter that excludes the surroundings of the query would leave a walk from the entry point
    /// alone among rows that fail.
    static let seedCount = 32
    /// For how many rows a predicate is asked to estimate how many pass.
    static let sampleCount = 512
    /// Up to so many rows that pass for each of the ef steps, a scan of them is faster than a walk.
    ///
    /// Measured on 20,000 × 384 sentence embeddings with a filter that every tenth row passes: a scan
    /// of 2,090 rows took as long as a walk of ef 20, half as long as one of ef 40, and is exact.
    static let scannedPerCandidate = 80

    /// Rows that are everywhere and follow no period: a Weyl sequence of the golden ratio.
    @inline(__always)
    static func place(_ number: Int, below rowCount: UInt32) -> UInt32 {
        let fraction = UInt32(truncatingIfNeeded: number &+ 1) &* 0x9e37_79b9
        return UInt32(truncatingIfNeeded: UInt64(fraction) &* UInt64(rowCount) >> 32)
    }
}

extension Walk where Scorer == StoredScorer {
    /// The nearest rows that pass a filter, by a scan or by the graph.
    func searchFiltered(
        from entry: EntryPoint, limit: Int, ef: Int, _ index: HNSWIndex
    ) -> [Neighbor] {
        let sample = acceptance.sample(below: rowCount, into: scratch.batch)
        if !isScanned(sample, ef: ef) {
            let found = walkFiltered(from: entry, sample, ef: ef)
            // The rows that pass can lie in parts that no row joins, however rarely.
            if found.count >= limit { return index.results(of: found, limit: limit, by: self) }
        }
        return index.results(of: exact.scanAccepted(limit: limit), limit: limit)
    }
}

extension Walk {
    /// Whether the rows that pass are to be scanned.
    ///
    /// They are if they are few beside ef, and if they are so thin that two hops lead to hardly one:
    /// below a share of 8 / M² walks lost most of their recall (0.3 at 2 % with M = 8).
    func isScanned(_ sample: AcceptedSample, ef: Int) -> Bool {
        if sample.acceptedCount / FilteredSearch.scannedPerCandidate <= ef { return true }
        return Acceptance.leavesOutRejected
            && sample.acceptedCount * graph.maxLinks * graph.maxLinks / 8 < Int(rowCount)
    }

    /// The walk alone.
    func walkFiltered(
        from entry: EntryPoint, _ sample: AcceptedSample, ef: Int
    ) -> UnsafeBufferPointer<CandidateKey> {
        withStarts(from: entry, sample) { nearestKeys(from: $0, ef: ef, layer: 0) }
    }

    /// Runs `body` with the rows of the sample, which are in `scratch.batch`, and what a descent
    /// finds, as starts on layer 0.
    @inline(__always)
    func withStarts<Result>(
        from entry: EntryPoint, _ sample: AcceptedSample,
        _ body: (UnsafeBufferPointer<CandidateKey>) -> Result
    ) -> Result {
        let room = FilteredSearch.seedCount + 1
        return withUnsafeTemporaryAllocation(of: CandidateKey.self, capacity: room) { starts in
            // Rows with the vector of another have no lists to go on from.
            var count = 0
            for index in 0..<sample.rowCount where graph.isCarrier(scratch.batch[index]) {
                scratch.batch[count] = scratch.batch[index]
                count += 1
            }
            scorer.score(scratch.batch, count: count, below: .infinity, into: scratch.distances)
            for index in 0..<count {
                starts[index] = CandidateKey(
                    distance: scratch.distances[index], row: scratch.batch[index])
            }
            starts[count] = descend(from: entry, toLayer: 0)
            return body(UnsafeBufferPointer(rebasing: starts[...count]))
        }
    }
}
