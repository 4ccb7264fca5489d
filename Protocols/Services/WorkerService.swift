public import Distributed

/// What a worker answers: operations on the shards that it holds.
///
/// Every request names its shard by ``ShardAddress``; a worker whose map differs answers
/// ``ServiceError/Code/epochNotMatch`` and does nothing.
@Resolvable
public protocol WorkerService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Inserts or replaces points: all of them, or none.
    distributed func upsert(_ request: ShardUpsert) async throws -> WriteReceipt
    /// Deletes points: all that exist, or none.
    distributed func delete(_ request: ShardDelete) async throws -> WriteReceipt
    /// The points of these ids that exist, in the order of the request.
    distributed func get(_ request: ShardGet) async throws -> [Point]
    /// The nearest points.
    distributed func search(_ request: ShardSearch) async throws -> [ScoredPoint]
    /// How many points the shard has.
    distributed func count(_ shard: ShardAddress) async throws -> Int
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

/// Points to insert or replace in one shard.
public struct ShardUpsert: Sendable, Codable, Equatable {
    /// Where.
    public var shard: ShardAddress
    /// What to insert or replace.
    ///
    /// Of two points with one id the later counts.
    public var points: [Point]

    /// Makes a request.
    public init(shard: ShardAddress, points: [Point]) {
        self.shard = shard
        self.points = points
    }
}

/// Points to delete from one shard.
public struct ShardDelete: Sendable, Codable, Equatable {
    /// Where.
    public var shard: ShardAddress
    /// Which.
    public var ids: [PointID]

    /// Makes a request.
    public init(shard: ShardAddress, ids: [PointID]) {
        self.shard = shard
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

    /// Makes a request.
    public init(shard: ShardAddress, ids: [PointID], parts: PointParts) {
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

    /// Makes a request.
    public init(shard: ShardAddress, query: SearchQuery) {
        self.shard = shard
        self.query = query
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

/// What a worker holds.
public struct WorkerStatus: Sendable, Codable, Hashable {
    /// The worker's node name.
    public var node: String
    /// The epoch of the map that it obeys.
    public var epoch: Epoch
    /// Its shards, by number.
    public var shards: [ShardStatus]

    /// Makes a status.
    public init(node: String, epoch: Epoch, shards: [ShardStatus]) {
        self.node = node
        self.epoch = epoch
        self.shards = shards
    }
}

/// What one shard replica holds.
public struct ShardStatus: Sendable, Codable, Hashable {
    /// The shard.
    public var id: ShardID
    /// How many points.
    public var pointCount: Int
    /// The index of the last write that was applied.
    public var appliedIndex: UInt64

    /// Makes a status.
    public init(id: ShardID, pointCount: Int, appliedIndex: UInt64) {
        self.id = id
        self.pointCount = pointCount
        self.appliedIndex = appliedIndex
    }
}
