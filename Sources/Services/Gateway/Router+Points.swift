import Actors
import Protocols

extension Router {
    /// Inserts or replaces points, all shards at once.
    func upsert(_ request: UpsertRequest) async throws -> Int {
        let collection = try await table.collection(named: request.collection)
        try Validation.check(request.points, for: collection.configuration)
        try request.name?.validate()
        let parts = collection.parting(request.points, by: \.id)
        let receipts = try await write(parts, of: collection, as: request.name) { part in
            { worker, address, id in
                try await worker.upsert(
                    ShardUpsert(shard: address, id: id, points: part.elements))
            }
        }
        return receipts.reduce(0) { $0 + $1.affectedCount }
    }

    /// Deletes points, all shards at once, and says how many existed.
    func delete(_ request: DeleteRequest) async throws -> Int {
        try Validation.check(request.ids)
        try request.name?.validate()
        let collection = try await table.collection(named: request.collection)
        let parts = collection.parting(request.ids, by: \.self)
        let receipts = try await write(parts, of: collection, as: request.name) { part in
            { worker, address, id in
                try await worker.delete(
                    ShardDelete(shard: address, id: id, ids: part.elements))
            }
        }
        return receipts.reduce(0) { $0 + $1.affectedCount }
    }

    /// Writes to several shards at once, each part once.
    ///
    /// - Parameter operation: What sends a part.
    private func write<Element>(
        _ parts: [ShardPart<Element>], of collection: CollectionRecord, as name: WriteName?,
        _ operation: @escaping @Sendable (ShardPart<Element>) -> ShardWriteOperation<WriteReceipt>
    ) async throws -> [WriteReceipt] {
        // Before any shard has done its part.
        for part in parts { _ = try name?.id(at: part.shard, of: collection) }
        do {
            return try await ScatterGather.each(parts) { part in
                try await shards.write(
                    part.shard, of: collection, as: name, operation(part))
            }
        } catch let error as ServiceError where error.code == .sessionExpired && parts.count > 1 {
            // Another shard may know the session and have done its part.
            throw RetryPolicy.final(error, mayHaveRun: true)
        }
    }

    /// Opens a session at each shard of a collection.
    func openSession(_ name: String) async throws -> CollectionSession {
        let collection = try await table.collection(named: name)
        return CollectionSession(
            collection: collection.id,
            shards: try await ScatterGather.each(collection.shards.map(\.id)) { shard in
                .init(shard: shard, session: try await shards.openSession(shard, of: collection))
            })
    }

    /// The points of these ids that exist, in the order of the request.
    func get(_ request: GetRequest) async throws -> [Point] {
        try Validation.check(request.ids)
        try request.consistency.validate()
        let collection = try await table.collection(named: request.collection)
        return try await points(
            request.ids, of: collection, parts: request.parts, request.consistency)
    }

    /// The points of these ids that exist, in the order of the ids.
    func points(
        _ ids: [PointID], of collection: CollectionRecord, parts: PointParts,
        _ consistency: ReadConsistency
    ) async throws -> [Point] {
        let answers = try await ScatterGather.each(collection.parting(ids, by: \.self)) { part in
            try await shards.read(
                .get, part.shard, of: collection, consistency
            ) { worker, address in
                try await worker.get(
                    ShardGet(
                        shard: address, ids: part.elements, parts: parts,
                        consistency: consistency))
            }
        }
        let found = Dictionary(
            answers.joined().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return ids.compactMap { found[$0] }
    }

    /// How many points a collection has.
    func count(_ request: CountRequest) async throws -> Int {
        try request.consistency.validate()
        return try await count(
            try await table.collection(named: request.collection), request.consistency)
    }

    func count(
        _ collection: CollectionRecord, _ consistency: ReadConsistency
    ) async throws -> Int {
        try await ScatterGather.each(collection.shards.map(\.id)) { shard in
            try await shards.read(
                .count, shard, of: collection, consistency
            ) { worker, address in
                try await worker.count(ShardCount(shard: address, consistency: consistency))
            }
        }.reduce(0, +)
    }
}

/// What of a request goes to one shard.
struct ShardPart<Element: Sendable>: Sendable {
    var shard: ShardID
    var elements: [Element]
}

extension CollectionRecord {
    /// The elements parted by shard, in their order, shards without any left out.
    func parting<Element>(_ elements: [Element], by id: (Element) -> PointID) -> [ShardPart<
        Element
    >] {
        var parts = shards.map { ShardPart<Element>(shard: $0.id, elements: []) }
        for element in elements {
            let slot = HashSlot(of: id(element))
            guard let index = shards.firstIndex(where: { $0.slots.contains(slot) }) else {
                preconditionFailure("collection \(configuration.name) has no shard for \(slot)")
            }
            parts[index].elements.append(element)
        }
        return parts.filter { !$0.elements.isEmpty }
    }
}
