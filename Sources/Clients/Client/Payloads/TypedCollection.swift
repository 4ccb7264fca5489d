public import Protocols

/// A collection all of whose payloads are of one Swift type.
///
/// ```swift
/// let glosses = client.collection("glosses", of: Gloss.self)
/// try await glosses.upsert([TypedPoint(id: 1, vector: vector, payload: gloss)])
/// for point in try await glosses.search(near: query, limit: 5) {
///     print(point.score, point.payload.word)
/// }
/// ```
///
/// It is a name and a type, nothing that is opened or closed: whether the collection exists shows
/// in the first request.
///
/// Thread safety: any task may call anything.
public struct TypedCollection<Value: Codable>: Sendable {
    /// The client by which it is asked.
    public let client: VectronClient
    /// Its name.
    public let name: String
}

extension VectronClient {
    /// A collection all of whose payloads are of one type.
    public func collection<Value: Codable>(
        _ name: String, of type: Value.Type
    ) -> TypedCollection<Value> {
        TypedCollection(client: self, name: name)
    }
}

extension TypedCollection {
    /// Inserts or replaces points, at most 10,000; all points of one shard or none.
    @discardableResult
    public func upsert(_ points: [TypedPoint<Value>]) async throws -> Int {
        try await client.upsert(points, into: name)
    }

    /// Upserts any number of points in batches, some of them at once, as a client's `upload` does.
    @discardableResult
    public func upload(
        _ points: some Sequence<TypedPoint<Value>>, batchSize: Int? = nil,
        onProgress: (_ acknowledgedCount: Int) -> Void = { _ in }
    ) async throws -> Int {
        try await client.upload(
            EncodedPoints(base: AtOnce(base: points)), into: name, batchSize: batchSize,
            onProgress: onProgress)
    }

    /// Upserts points as they come, in batches.
    @discardableResult
    public func upload<Points: AsyncSequence>(
        _ points: Points, batchSize: Int? = nil,
        onProgress: (_ acknowledgedCount: Int) -> Void = { _ in }
    ) async throws -> Int where Points.Element == TypedPoint<Value> {
        try await client.upload(
            EncodedPoints(base: points), into: name, batchSize: batchSize, onProgress: onProgress)
    }

    /// The points of these ids that exist, in the order of the ids.
    public func get(
        _ ids: [PointID], parts: PointParts = [.payload, .vector],
        consistency: ReadConsistency = .linearizable
    ) async throws -> [TypedPoint<Value>] {
        try await client.get(
            ids, from: name, as: Value.self, parts: parts, consistency: consistency)
    }

    /// Deletes points and says how many existed.
    @discardableResult
    public func delete(_ ids: [PointID]) async throws -> Int {
        try await client.delete(ids, from: name)
    }

    /// How many points there are.
    public func count(consistency: ReadConsistency = .linearizable) async throws -> Int {
        try await client.count(name, consistency: consistency)
    }

    /// The points nearest to a vector.
    public func search(
        near vector: [Float], limit: Int = 10, recall: Double? = nil,
        parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
    ) async throws -> [TypedScoredPoint<Value>] {
        try await client.search(
            name, near: vector, as: Value.self, limit: limit, recall: recall, parts: parts,
            consistency: consistency)
    }

    /// The points nearest to one of them, which itself is left out.
    public func search(
        like id: PointID, limit: Int = 10, recall: Double? = nil, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) async throws -> [TypedScoredPoint<Value>] {
        try await client.search(
            name, like: id, as: Value.self, limit: limit, recall: recall, parts: parts,
            consistency: consistency)
    }

    /// The points nearest to each of many vectors, in the order of the vectors, up to 1,000 of them.
    public func searchBatch(
        near vectors: [[Float]], limit: Int = 10, recall: Double? = nil,
        parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
    ) async throws -> [[TypedScoredPoint<Value>]] {
        try await client.searchBatch(
            name, near: vectors, as: Value.self, limit: limit, recall: recall, parts: parts,
            consistency: consistency)
    }

    /// All points, in the order of their ids, page by page as they are wanted.
    public func scroll(
        after id: PointID? = nil, pageSize: Int = 1_000, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) -> VectronClient.TypedScrolledPoints<Value> {
        client.scroll(
            name, as: Value.self, after: id, pageSize: pageSize, parts: parts,
            consistency: consistency)
    }
}

/// Typed points as they come, each made an untyped one.
///
/// What `map` would be, whose closure would have to be sent to other tasks with the type of the payloads.
private struct EncodedPoints<Base: AsyncSequence, Value: Encodable>: AsyncSequence
where Base.Element == TypedPoint<Value> {
    typealias Element = Point
    let base: Base

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator

        mutating func next() async throws -> Point? { try await base.next().map { try Point($0) } }
    }
}
