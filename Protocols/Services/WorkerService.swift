public import Distributed

/// What a worker answers: operations on the shards that it holds.
///
/// Every request names its shard by ``ShardAddress``; a worker whose map differs answers
/// ``ServiceError/Code/epochNotMatch`` and does nothing. Writes and sessions are the leader's of the
/// shard: another replica answers ``ServiceError/Code/notLeader``, with the leader's worker if it
/// knows it. Every replica answers reads, as new as their ``ReadConsistency`` asks for.
@Resolvable
public protocol WorkerService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Opens a session for writes of one shard, in which each is done once.
    ///
    /// - Returns: The session's number, for ``WriteID/session``.
    distributed func openSession(_ shard: ShardAddress) async throws -> UInt64
    /// Inserts or replaces points: all of them, or none.
    distributed func upsert(_ request: ShardUpsert) async throws -> WriteReceipt
    /// Deletes points: all that exist, or none.
    distributed func delete(_ request: ShardDelete) async throws -> WriteReceipt
    /// The points of these ids that exist, in the order of the request.
    distributed func get(_ request: ShardGet) async throws -> [Point]
    /// The nearest points.
    distributed func search(_ request: ShardSearch) async throws -> [ScoredPoint]
    /// The nearest points of many vectors, in the order of the vectors.
    distributed func searchBatch(_ request: ShardSearchBatch) async throws -> [[ScoredPoint]]
    /// The points that follow an id, in the order of ids.
    distributed func scroll(_ request: ShardScroll) async throws -> ShardPage
    /// How many points the shard has.
    distributed func count(_ request: ShardCount) async throws -> Int
    /// Measures how well searches find the true neighbours; the leader's of the shard.
    distributed func measureRecall(_ request: ShardRecallRequest) async throws -> ShardRecall
    /// Makes the worker obey this map if it is newer than its own.
    distributed func install(_ map: ClusterMap) async throws
    /// What the worker holds.
    distributed func status() async throws -> WorkerStatus
}

/// A shard as a request names it.
public struct ShardAddress: Sendable, Hashable, Codable {
    /// The collection's life.
    public var collection: CollectionID
    /// The shard.
    public var shard: ShardID
    /// The shard's version in the sender's map.
    public var version: UInt64

    /// Makes an address.
    public init(collection: CollectionID, shard: ShardID, version: UInt64) {
        self.collection = collection
        self.shard = shard
        self.version = version
    }
}

/// The name of a write, by which a shard does it once however often it is sent.
///
/// Source: Ongaro 2014, 6.3. Differs: a session has several writes under way, so that instead of the
/// last result the shard keeps all those after `acknowledged`.
public struct WriteID: Sendable, Hashable, Codable {
    /// The session, from ``WorkerService/openSession(_:)``.
    public var session: UInt64
    /// The number of the write in its session, from 1.
    public var sequence: UInt64
    /// All writes up to and including this number were answered; their results may be forgotten.
    ///
    /// A write with such a number is refused as ``ServiceError/Code/sessionExpired``.
    public var acknowledged: UInt64

    /// Makes a name.
    public init(session: UInt64, sequence: UInt64, acknowledged: UInt64) {
        self.session = session
        self.sequence = sequence
        self.acknowledged = acknowledged
    }
}

/// Points to insert or replace in one shard.
public struct ShardUpsert: Sendable, Codable, Equatable {
    /// Where.
    public var shard: ShardAddress
    /// The name of the write; without one it is done each time that it is sent.
    public var id: WriteID?
    /// What to insert or replace.
    ///
    /// Of two points with one id the later counts.
    public var points: [Point]

    /// Makes a request.
    public init(shard: ShardAddress, id: WriteID? = nil, points: [Point]) {
        self.shard = shard
        self.id = id
        self.points = points
    }
}

/// Points to delete from one shard.
public struct ShardDelete: Sendable, Codable, Equatable {
    /// Where.
    public var shard: ShardAddress
    /// The name of the write; without one it is done each time that it is sent.
    public var id: WriteID?
    /// Which.
    public var ids: [PointID]

    /// Makes a request.
    public init(shard: ShardAddress, id: WriteID? = nil, ids: [PointID]) {
        self.shard = shard
        self.id = id
        self.ids = ids
    }
}

/// Points to read from one shard.
public struct ShardGet: Sendable, Codable, Equatable {
    /// Where.
    public var shard: ShardAddress
    /// Which.
    public var ids: [PointID]
    /// What of them.
    ///
    /// Points without vector come with an empty one.
    public var parts: PointParts
    /// How new what is read must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(
        shard: ShardAddress, ids: [PointID], parts: PointParts,
        consistency: ReadConsistency = .linearizable
    ) {
        self.consistency = consistency
        self.shard = shard
        self.ids = ids
        self.parts = parts
    }
}

/// A search in one shard.
public struct ShardSearch: Sendable, Codable, Equatable {
    /// Where.
    public var shard: ShardAddress
    /// What to look for.
    public var query: SearchQuery
    /// How new what the search sees must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(
        shard: ShardAddress, query: SearchQuery, consistency: ReadConsistency = .linearizable
    ) {
        self.shard = shard
        self.query = query
        self.consistency = consistency
    }
}

/// A count of one shard's points.
public struct ShardCount: Sendable, Codable, Hashable {
    /// Where.
    public var shard: ShardAddress
    /// How new what is counted must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(shard: ShardAddress, consistency: ReadConsistency = .linearizable) {
        self.shard = shard
        self.consistency = consistency
    }
}

/// What a write did.
public struct WriteReceipt: Sendable, Codable, Hashable {
    /// The index of the write in the shard's order of writes.
    public var index: UInt64
    /// How many points it inserted, replaced or deleted.
    public var affectedCount: Int

    /// Makes a receipt.
    public init(index: UInt64, affectedCount: Int) {
        self.index = index
        self.affectedCount = affectedCount
    }
}
