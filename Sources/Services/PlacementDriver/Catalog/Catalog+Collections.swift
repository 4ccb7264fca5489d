import Primitives
import Protocols

// Creating and deleting collections.
extension Catalog {
    mutating func create(
        _ configuration: CollectionConfiguration, _ placement: Placement, ifEpoch: Epoch
    ) throws(ServiceError) -> CatalogEffect {
        try configuration.validate()
        guard collection(named: configuration.name) == nil else {
            throw .collectionExists(configuration.name)
        }
        guard epoch == ifEpoch else {
            throw staleView(
                "collection \(configuration.name) was placed at epoch \(ifEpoch), it is \(epoch)")
        }
        try check(placement, for: configuration)
        let ranges = SlotRange.even(configuration.shardCount)
        let shards = zip(ranges, placement.replicas).map { slots, workers in
            defer { nextShard = nextShard.next }
            return ShardRecord(
                id: nextShard, version: 1, slots: slots,
                replicas: workers.map { ReplicaRecord(id: takeReplicaID(), worker: $0) })
        }
        let record = CollectionRecord(
            id: nextCollection, configuration: configuration, shards: shards)
        nextCollection = nextCollection.next
        let index =
            collections.firstIndex { configuration.name < $0.configuration.name }
            ?? collections.endIndex
        collections.insert(record, at: index)
        return .created(record)
    }

    /// The number of a new replica.
    mutating func takeReplicaID() -> ReplicaID {
        defer { nextReplica = nextReplica.next }
        return nextReplica
    }

    private func check(
        _ placement: Placement, for configuration: CollectionConfiguration
    ) throws(ServiceError) {
        let name = configuration.name
        guard placement.replicas.count == configuration.shardCount else {
            throw ServiceError(
                .internal,
                """
                the placement of collection \(name) has \(placement.replicas.count) shards instead \
                of \(configuration.shardCount)
                """)
        }
        let wanted = configuration.replicaCount ?? placement.replicas[0].count
        for replicas in placement.replicas {
            guard replicas.count == wanted,
                (1...CollectionConfiguration.maxReplicaCount).contains(replicas.count)
            else {
                throw ServiceError(
                    .internal,
                    """
                    the placement of collection \(name) has \(replicas.count) replicas of a shard \
                    instead of \(wanted)
                    """)
            }
            let areKnown = replicas.allSatisfy { worker(named: $0) != nil }
            guard areKnown, Set(replicas).count == replicas.count else {
                throw ServiceError(
                    .internal,
                    """
                    the placement of collection \(name) names workers \(replicas), of which some \
                    are unknown or named twice
                    """)
            }
        }
    }

    mutating func delete(
        _ name: String, _ id: CollectionID
    ) throws(ServiceError) -> CatalogEffect {
        let index = collections.firstIndex { $0.configuration.name == name && $0.id == id }
        guard let index else { throw .unknownCollection(name) }
        let record = collections.remove(at: index)
        // Numbers are given in order and shards die together, so sorting keeps them by number.
        tombstones = (tombstones + record.shards.map(\.id)).sorted()
        return .deleted(record)
    }
}
