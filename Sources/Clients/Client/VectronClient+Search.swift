public import Protocols

extension VectronClient {
    /// The nearest points of a collection.
    public func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        try await call(.read) { try await $0.search(request) }
    }

    /// The points nearest to a vector.
    ///
    /// - Parameter recall: Which share of the true neighbours is wanted; nil for the default effort.
    public func search(
        _ collection: String, near vector: [Float], limit: Int = 10,
        recall: Double? = nil, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) async throws -> [ScoredPoint] {
        try await search(
            SearchRequest(
                collection: collection, target: .vector(vector), limit: limit, recall: recall,
                parts: parts, consistency: consistency))
    }

    /// The points nearest to a point of the collection, which itself is left out.
    public func search(
        _ collection: String, like id: PointID, limit: Int = 10, recall: Double? = nil,
        parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
    ) async throws -> [ScoredPoint] {
        try await search(
            SearchRequest(
                collection: collection, target: .point(id), limit: limit, recall: recall,
                parts: parts, consistency: consistency))
    }
}

extension VectronClient {
    /// How well the searches of each shard of a collection find the true neighbours, by shard.
    ///
    /// Compares with every point, some hundred times: seconds in large shards.
    public func measureRecall(
        of collection: String, _ check: RecallCheck = RecallCheck()
    ) async throws -> [ShardRecall] {
        try await call(.longRead) {
            try await $0.measureRecall(RecallRequest(collection: collection, check: check))
        }
    }
}

extension VectronClient {
    /// The points nearest to each of many vectors, in the order of the vectors, up to 1,000 of them.
    public func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]] {
        try await call(.read) { try await $0.searchBatch(request) }
    }

    /// The points nearest to each of many vectors, in the order of the vectors, up to 1,000 of them.
    public func searchBatch(
        _ collection: String, near vectors: [[Float]], limit: Int = 10, recall: Double? = nil,
        parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
    ) async throws -> [[ScoredPoint]] {
        try await searchBatch(
            SearchBatchRequest(
                collection: collection,
                batch: SearchBatch(vectors: vectors, limit: limit, recall: recall, parts: parts),
                consistency: consistency))
    }
}
