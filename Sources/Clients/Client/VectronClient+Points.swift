public import Protocols

extension VectronClient {
    /// Inserts or replaces points; all points of one shard or none.
    ///
    /// - Returns: How many points were inserted or replaced.
    @discardableResult
    public func upsert(_ points: [Point], into collection: String) async throws -> Int {
        try await call(.write) {
            try await $0.upsert(UpsertRequest(collection: collection, points: points))
        }
    }

    /// The points of these ids that exist, in the order of the ids.
    public func get(
        _ ids: [PointID], from collection: String, parts: PointParts = [.payload, .vector],
        consistency: ReadConsistency = .linearizable
    ) async throws -> [Point] {
        try await call(.read) {
            try await $0.get(
                GetRequest(
                    collection: collection, ids: ids, parts: parts, consistency: consistency))
        }
    }

    /// Deletes points and says how many existed.
    @discardableResult
    public func delete(_ ids: [PointID], from collection: String) async throws -> Int {
        try await call(.write) {
            try await $0.delete(DeleteRequest(collection: collection, ids: ids))
        }
    }

    /// How many points a collection has.
    public func count(
        _ collection: String, consistency: ReadConsistency = .linearizable
    ) async throws -> Int {
        try await call(.read) {
            try await $0.count(CountRequest(collection: collection, consistency: consistency))
        }
    }
}
