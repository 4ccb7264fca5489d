package import Protocols

/// A change of the catalog: what the placement driver agrees on, stores and replays.
package enum CatalogCommand: Sendable, Hashable, Codable {
    /// Makes a worker known, or tells its new endpoint.
    case registerWorker(WorkerRecord)
    /// Makes a collection whose shards are where the placement says.
    case createCollection(CollectionConfiguration, Placement)
    /// Deletes a collection and leaves tombstones of its shards.
    case deleteCollection(String)
}

/// Which workers hold each shard of a collection, in the order of the shards.
package struct Placement: Sendable, Hashable, Codable {
    /// The node names of each shard's workers.
    package var replicas: [[String]]

    /// Makes a placement.
    package init(replicas: [[String]]) { self.replicas = replicas }
}

/// What a command has changed.
package enum CatalogEffect: Sendable, Hashable {
    /// Nothing: it was so already.
    case unchanged
    /// A worker is known, or known anew.
    case registered(WorkerRecord)
    /// A collection exists.
    case created(CollectionRecord)
    /// A collection is gone.
    case deleted(CollectionRecord)
}
