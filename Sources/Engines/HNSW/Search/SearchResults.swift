import Vectors

extension HNSWIndex {
    /// Turns what a walk or a scan kept into what a search returns.
    ///
    /// The only place where candidates become results.
    ///
    /// - Parameter candidates: Accepted rows with their true distances, nearest first; perhaps more
    ///   than `limit`.
    func results(of candidates: UnsafeBufferPointer<CandidateKey>, limit: Int) -> [Neighbor] {
        let count = min(limit, candidates.count)
        return [Neighbor](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                buffer.initializeElement(at: index, to: candidates[index].neighbor)
            }
            initialized = count
        }
    }

    /// Turns what a walk kept into what a search returns; candidates that it found by codes are
    /// confirmed by their vectors first.
    func results<Acceptance>(
        of candidates: UnsafeBufferPointer<CandidateKey>, limit: Int,
        by walk: Walk<StoredScorer, Acceptance>
    ) -> [Neighbor] {
        if walk.scorer.codes == nil { return results(of: candidates, limit: limit) }
        let confirmation = Confirmation(
            scorer: walk.scorer.exact, limit: limit, scratch: walk.scratch)
        return confirmation.withNearest(of: candidates) { results(of: $0, limit: limit) }
    }
}
