/// Many vectors whose neighbours are wanted, all in one way.
public struct SearchBatch: Sendable, Codable, Hashable {
    /// The vectors, up to 1,000.
    public var vectors: [[Float]]
    /// How many neighbours of each, 1 to 10,000, and of all together up to 100,000.
    public var limit: Int
    /// How many candidates each walk keeps; see ``SearchQuery/efSearch``.
    public var efSearch: Int?
    /// Which share of the true neighbours is wanted; see ``SearchQuery/recall``.
    public var recall: Double?
    /// How neighbours are found.
    public var mode: SearchQuery.Mode
    /// What of each point the answer carries.
    public var parts: PointParts

    /// The most vectors: their searches hold one thread of each shard.
    public static let maxVectorCount = 1_000
    /// The most neighbours of all vectors together: what an answer can hold.
    public static let maxMatchCount = 100_000

    /// Makes a batch.
    public init(
        vectors: [[Float]], limit: Int = 10, efSearch: Int? = nil, recall: Double? = nil,
        mode: SearchQuery.Mode = .approximate, parts: PointParts = .payload
    ) {
        self.vectors = vectors
        self.limit = limit
        self.efSearch = efSearch
        self.recall = recall
        self.mode = mode
        self.parts = parts
    }

    /// Throws a ``ServiceError`` that says what to change unless the searches can be made; the
    /// vectors themselves are not looked at.
    public func validate() throws(ServiceError) {
        guard (1...SearchQuery.maxLimit).contains(limit) else {
            throw .invalidArgument("limit is \(limit); it must be 1 to \(SearchQuery.maxLimit)")
        }
        try SearchQuery.validate(efSearch: efSearch, recall: recall)
        guard vectors.count <= Self.maxVectorCount else {
            throw ServiceError(
                .tooLarge,
                """
                the request has \(vectors.count) vectors, more than \(Self.maxVectorCount); \
                send several requests
                """)
        }
        // At most 1,000 times 10,000.
        guard vectors.count * limit <= Self.maxMatchCount else {
            throw ServiceError(
                .tooLarge,
                """
                \(vectors.count) vectors with limit \(limit) ask for more than \
                \(Self.maxMatchCount) points; ask for fewer, or send several requests
                """)
        }
    }

    /// The search of one vector alone.
    public func query(_ vector: [Float]) -> SearchQuery {
        SearchQuery(
            vector: vector, limit: limit, efSearch: efSearch, recall: recall, mode: mode,
            parts: parts)
    }
}

/// Many searches over all shards of a collection.
public struct SearchBatchRequest: Sendable, Codable, Hashable {
    /// Where.
    public var collection: String
    /// What to look for.
    public var batch: SearchBatch
    /// How new what the searches see must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(
        collection: String, batch: SearchBatch, consistency: ReadConsistency = .linearizable
    ) {
        self.collection = collection
        self.batch = batch
        self.consistency = consistency
    }
}

/// Many searches in one shard.
public struct ShardSearchBatch: Sendable, Codable, Hashable {
    /// Where.
    public var shard: ShardAddress
    /// What to look for.
    public var batch: SearchBatch
    /// How new what the searches see must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(
        shard: ShardAddress, batch: SearchBatch, consistency: ReadConsistency = .linearizable
    ) {
        self.shard = shard
        self.batch = batch
        self.consistency = consistency
    }
}
