public import Protocols

extension VectronClient {
    /// Inserts or replaces points, at most 10,000; all points of one shard or none.
    ///
    /// The write has a name by which the shards know it: it is sent until it is answered and done
    /// once, also when gateways and leaders are lost meanwhile.
    ///
    /// - Returns: How many points were inserted or replaced.
    @discardableResult
    public func upsert(_ points: [Point], into collection: String) async throws -> Int {
        guard !points.isEmpty else {
            return try await call(.read) {
                try await $0.upsert(UpsertRequest(collection: collection, points: []))
            }
        }
        return try await write(to: collection) { gateway, name in
            try await gateway.upsert(
                UpsertRequest(collection: collection, points: points, name: name))
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
        guard !ids.isEmpty else {
            return try await call(.read) {
                try await $0.delete(DeleteRequest(collection: collection, ids: []))
            }
        }
        return try await write(to: collection) { gateway, name in
            try await gateway.delete(
                DeleteRequest(collection: collection, ids: ids, name: name))
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
