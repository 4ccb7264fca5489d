public import Protocols

// Points with payloads of any `Codable` type. Whatever a read says of its parts, it asks for payloads.

extension VectronClient {
    /// Inserts or replaces points; all points of one shard or none.
    ///
    /// - Throws: ``PayloadError`` before anything is sent if a payload is no JSON object.
    /// - Returns: How many points were inserted or replaced.
    @discardableResult
    public func upsert<Value: Encodable>(
        _ points: [TypedPoint<Value>], into collection: String
    ) async throws -> Int {
        try await upsert(points.map { try Point($0) }, into: collection)
    }

    /// The points of these ids that exist, in the order of the ids.
    ///
    /// - Throws: ``PayloadError`` if a payload does not fit `type`.
    public func get<Value: Decodable>(
        _ ids: [PointID], from collection: String, as type: Value.Type,
        parts: PointParts = [.payload, .vector], consistency: ReadConsistency = .linearizable
    ) async throws -> [TypedPoint<Value>] {
        try await get(
            ids, from: collection, parts: parts.union(.payload), consistency: consistency
        ).map { try TypedPoint($0) }
    }

    /// The nearest points of a collection.
    ///
    /// - Throws: ``PayloadError`` if a payload does not fit `type`.
    public func search<Value: Decodable>(
        _ request: SearchRequest, as type: Value.Type
    ) async throws -> [TypedScoredPoint<Value>] {
        var request = request
        request.parts.insert(.payload)
        return try await search(request).map { try TypedScoredPoint($0) }
    }

    /// The points nearest to a vector.
    ///
    /// - Parameter recall: Which share of the true neighbours is wanted; nil for the default effort.
    /// - Throws: ``PayloadError`` if a payload does not fit `type`.
    public func search<Value: Decodable>(
        _ collection: String, near vector: [Float], as type: Value.Type, limit: Int = 10,
        recall: Double? = nil, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) async throws -> [TypedScoredPoint<Value>] {
        try await search(
            SearchRequest(
                collection: collection, target: .vector(vector), limit: limit, recall: recall,
                parts: parts, consistency: consistency), as: type)
    }

    /// The points nearest to a point of the collection, which itself is left out.
    ///
    /// - Throws: ``PayloadError`` if a payload does not fit `type`.
    public func search<Value: Decodable>(
        _ collection: String, like id: PointID, as type: Value.Type, limit: Int = 10,
        recall: Double? = nil, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) async throws -> [TypedScoredPoint<Value>] {
        try await search(
            SearchRequest(
                collection: collection, target: .point(id), limit: limit, recall: recall,
                parts: parts, consistency: consistency), as: type)
    }

    /// The points nearest to each of many vectors, in the order of the vectors, up to 1,000 of them.
    ///
    /// - Throws: ``PayloadError`` if a payload does not fit `type`.
    public func searchBatch<Value: Decodable>(
        _ collection: String, near vectors: [[Float]], as type: Value.Type, limit: Int = 10,
        recall: Double? = nil, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) async throws -> [[TypedScoredPoint<Value>]] {
        try await searchBatch(
            collection, near: vectors, limit: limit, recall: recall, parts: parts.union(.payload),
            consistency: consistency
        ).map { try $0.map { try TypedScoredPoint($0) } }
    }

    /// All points of a collection, in the order of their ids, page by page as they are wanted.
    ///
    /// An iteration throws ``PayloadError`` at the first payload that does not fit `type`.
    public func scroll<Value: Decodable>(
        _ collection: String, as type: Value.Type, after id: PointID? = nil,
        pageSize: Int = 1_000, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) -> TypedScrolledPoints<Value> {
        TypedScrolledPoints(
            points: scroll(
                collection, after: id, pageSize: pageSize, parts: parts.union(.payload),
                consistency: consistency))
    }

    /// The points of a collection with payloads of one type; each iteration begins anew.
    public struct TypedScrolledPoints<Value: Decodable>: AsyncSequence, Sendable {
        /// What it gives.
        public typealias Element = TypedPoint<Value>

        let points: ScrolledPoints

        /// Begins with the first page.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(points: points.makeAsyncIterator())
        }

        /// Where an iteration is.
        public struct AsyncIterator: AsyncIteratorProtocol {
            var points: ScrolledPoints.AsyncIterator

            /// The next point; nil at the end.
            public mutating func next() async throws -> TypedPoint<Value>? {
                try await points.next().map { try TypedPoint($0) }
            }
        }
    }
}
