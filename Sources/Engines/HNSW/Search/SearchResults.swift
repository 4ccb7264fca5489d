extension HNSWIndex {
    /// Turns what a walk or a scan kept into what a search returns.
    ///
    /// The only place where candidates become results.
    ///
    /// - Parameter candidates: Accepted rows, nearest first; perhaps more than `limit`.
    func results(of candidates: UnsafeBufferPointer<CandidateKey>, limit: Int) -> [Neighbor] {
        let count = min(limit, candidates.count)
        return [Neighbor](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                buffer.initializeElement(at: index, to: candidates[index].neighbor)
            }
            initialized = count
        }
    }
}
