package import Protocols

/// A change of the catalog: what the placement drivers agree on, store and replay.
///
/// Compare and set: a command that was chosen in view of a state names it, and is refused when the
/// state is another one by then. A command that comes late or twice does no harm.
package enum CatalogCommand: Sendable, Hashable, Codable {
    /// Begins the cluster's life under a number, once; nothing else is taken before.
    case initialize(cluster: UInt64)
    /// Makes a worker known, or tells its new endpoint.
    ///
    /// A known name with another store means that the old disk is gone: each replica on that worker
    /// is replaced by a new one, which begins empty.
    case registerWorker(WorkerRecord)
    /// Makes a collection whose shards are where the placement says.
    case createCollection(CollectionConfiguration, Placement, ifEpoch: Epoch)
    /// Deletes a collection in this life of its name, and leaves tombstones of its shards.
    case deleteCollection(String, CollectionID)
    /// Replaces a replica of a shard by a new one on a worker.
    case replaceReplica(ReplicaReplacement)
    /// Tells what voters the group of a shard has by now.
    case configurationApplied(ShardID, ifVersion: UInt64, voters: [ReplicaID])
    /// The catalog goes on after an offline recovery: as many of all numbers as are said are never
    /// given, because they may have been given by changes that were lost.
    case skipNumbers(UInt64)
}

/// A replica that is to go, and the worker that gets one instead.
package struct ReplicaReplacement: Sendable, Hashable, Codable {
    /// The shard.
    package var shard: ShardID
    /// The version of the shard in view of which this was chosen.
    package var ifVersion: UInt64
    /// The replica that goes.
    package var remove: ReplicaID
    /// The worker that gets the new one: the same, or one without a replica of the shard.
    package var worker: String

    /// Makes a replacement.
    package init(shard: ShardID, ifVersion: UInt64, remove: ReplicaID, worker: String) {
        self.shard = shard
        self.ifVersion = ifVersion
        self.remove = remove
        self.worker = worker
    }
}

/// Which workers hold each shard of a collection, in the order of the shards.
package struct Placement: Sendable, Hashable, Codable {
    /// The node names of each shard's workers, the preferred leader first.
    package var replicas: [[String]]

    /// Makes a placement.
    package init(replicas: [[String]]) { self.replicas = replicas }
}

/// What a command has changed.
package enum CatalogEffect: Sendable, Hashable {
    /// Nothing: it was so already.
    case unchanged
    /// The cluster has begun.
    case initialized
    /// A worker is known, or known anew; these of its replicas are gone and have successors.
    case registered(WorkerRecord, lost: [ReplicaID])
    /// A collection exists.
    case created(CollectionRecord)
    /// A collection is gone.
    case deleted(CollectionRecord)
    /// A shard has another replica.
    case replaced(ShardRecord)
    /// A shard's group is known to have other voters.
    case configured(ShardRecord)
    /// Numbers were skipped; the map is of this version now.
    case skipped(Epoch)
}
