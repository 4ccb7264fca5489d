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
        recall: Double? = nil, parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
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
