package import Protocols
import Storage
import Vectors

extension ShardReplica {
    /// Inserts or replaces points: all of them or none.
    package nonisolated func upsert(_ points: [Point]) async throws -> WriteReceipt {
        try await propose(.upsert(try points.map { try stored($0) }))
    }

    /// Deletes the points that exist.
    package nonisolated func delete(_ ids: [PointID]) async throws -> WriteReceipt {
        try await propose(.delete(ids))
    }

    /// The point as it is stored, or an error that says what is wrong with it.
    ///
    /// The gateway has checked it already; whoever calls a worker directly is told here.
    private nonisolated func stored(_ point: Point) throws(ServiceError) -> StoredPoint {
        if let defect = point.id.defect { throw .invalidArgument(defect) }
        let configuration = description.configuration
        let vector: [Float]
        do {
            vector = try configuration.metric.prepared(
                point.vector, dimension: configuration.dimension)
        } catch {
            throw .invalidArgument("point \(point.id): \(error)")
        }
        if let defect = point.payload.defect {
            throw .invalidArgument("point \(point.id): \(defect)")
        }
        let payload = point.payload.encoded
        guard payload.count <= UpsertRequest.maxPayloadByteCount else {
            throw .payloadTooLarge(of: point.id, byteCount: payload.count)
        }
        return StoredPoint(id: point.id, vector: vector, payload: payload)
    }

    /// The query as the index takes it, or an error that says what is wrong with it.
    package nonisolated func prepared(_ query: SearchQuery) throws(ServiceError) -> SearchQuery {
        // One more than a user may ask for: the gateway leaves out the point that it searches by.
        guard (1...SearchQuery.maxLimit + 1).contains(query.limit) else {
            throw .invalidArgument(
                "limit is \(query.limit); it must be 1 to \(SearchQuery.maxLimit)")
        }
        guard (1...SearchQuery.maxEfSearch).contains(query.efSearch ?? 1) else {
            throw .invalidArgument(
                "efSearch is \(query.efSearch ?? 1); it must be 1 to \(SearchQuery.maxEfSearch)")
        }
        var query = query
        do {
            query.vector = try description.configuration.metric.prepared(
                query.vector, dimension: description.configuration.dimension)
        } catch {
            throw .invalidArgument("the query: \(error)")
        }
        return query
    }
}
