/// Where everything is: the part of the catalog that gateways route by and workers obey.
public struct ClusterMap: Sendable, Hashable, Codable {
    /// The number of the cluster's life, drawn at random when it is initialised; 0 before.
    ///
    /// Maps of two lives have nothing to do with each other.
    public var cluster: UInt64
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
        cluster: UInt64 = 0, epoch: Epoch, workers: [WorkerRecord] = [],
        collections: [CollectionRecord] = [], tombstones: [ShardID] = []
    ) {
        self.cluster = cluster
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
    /// The disk that it keeps its shards on.
    public var store: StoreID

    /// Makes a record.
    public init(node: String, endpoint: String, failureDomain: String? = nil, store: StoreID) {
        self.node = node
        self.endpoint = endpoint
        self.store = store
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
