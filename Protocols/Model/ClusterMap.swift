/// Where everything is: the part of the catalog that gateways route by and workers obey.
public struct ClusterMap: Sendable, Hashable, Codable {
    /// Grows with every change; the larger map is the newer one.
    public var epoch: Epoch
    /// The workers, by name.
    public var workers: [WorkerRecord]
    /// The living collections, by name.
    public var collections: [CollectionRecord]
    /// The shards whose collections were deleted: only these may a worker remove.
    public var tombstones: [ShardID]

    /// Makes a map.
    public init(
        epoch: Epoch, workers: [WorkerRecord] = [], collections: [CollectionRecord] = [],
        tombstones: [ShardID] = []
    ) {
        self.epoch = epoch
        self.workers = workers
        self.collections = collections
        self.tombstones = tombstones
    }

    /// The collection of this name.
    public func collection(named name: String) -> CollectionRecord? {
        collections.first { $0.configuration.name == name }
    }
}

/// A worker that has registered.
public struct WorkerRecord: Sendable, Hashable, Codable {
    /// The worker's node name, unique in the cluster.
    public var node: String
    /// Where it listens, `tcp://host:port` or `ipc://path`.
    public var endpoint: String
    /// Which rack, zone or machine it falls with.
    public var failureDomain: String?

    /// Makes a record.
    public init(node: String, endpoint: String, failureDomain: String? = nil) {
        self.node = node
        self.endpoint = endpoint
        self.failureDomain = failureDomain
    }
}

/// A collection in the map.
public struct CollectionRecord: Sendable, Hashable, Codable {
    /// Which life of its name this is.
    public var id: CollectionID
    /// What it was created with.
    public var configuration: CollectionConfiguration
    /// Its shards in the order of their slots, which together are all slots.
    public var shards: [ShardRecord]

    /// Makes a record.
    public init(id: CollectionID, configuration: CollectionConfiguration, shards: [ShardRecord]) {
        self.id = id
        self.configuration = configuration
        self.shards = shards
    }

    /// The shard whose slots hold this point.
    public func shard(for id: PointID) -> ShardRecord {
        let slot = HashSlot(of: id)
        guard let shard = shards.first(where: { $0.slots.contains(slot) }) else {
            preconditionFailure("collection \(configuration.name) has no shard for slot \(slot)")
        }
        return shard
    }
}

/// A shard: an interval of hash slots, and who holds it.
public struct ShardRecord: Sendable, Hashable, Codable {
    /// The shard's number.
    public var id: ShardID
    /// Grows when the shard's slots or replicas change; requests carry it.
    public var version: UInt64
    /// The slots whose points it holds.
    public var slots: SlotRange
    /// The node names of the workers that hold a replica.
    public var replicas: [String]

    /// Makes a record.
    public init(id: ShardID, version: UInt64, slots: SlotRange, replicas: [String]) {
        self.id = id
        self.version = version
        self.slots = slots
        self.replicas = replicas
    }
}
