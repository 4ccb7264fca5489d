import Primitives
package import Protocols

/// Everything that the cluster has agreed on: who is in it, which collections there are, and where
/// their shards are.
///
/// A value and a deterministic state machine: the same commands in the same order give the same
/// catalog, byte for byte, on every replica. It reads no clock, draws nothing at random and iterates
/// no hashed container. What needs a choice, such as a placement, is chosen before and is part of
/// the command.
///
/// Invariants: `checkInvariants()`.
package struct Catalog: Sendable, Hashable, Codable {
    /// Grows by one with each command that changes something.
    package private(set) var epoch: Epoch = 0
    /// The workers that have registered, by name.
    package private(set) var workers: [WorkerRecord] = []
    /// The living collections, by name.
    package private(set) var collections: [CollectionRecord] = []
    /// The shards of deleted collections, by number.
    package private(set) var tombstones: [ShardID] = []
    /// The number of the next collection.
    package private(set) var nextCollection: CollectionID = 1
    /// The number of the next shard.
    package private(set) var nextShard: ShardID = 1
    /// The number of the next replica.
    package private(set) var nextReplica: ReplicaID = 1

    /// An empty catalog.
    package init() {}

    /// What gateways and workers need of it.
    package var map: ClusterMap {
        ClusterMap(
            epoch: epoch, workers: workers, collections: collections, tombstones: tombstones)
    }

    /// The collection of this name.
    package func collection(named name: String) -> CollectionRecord? {
        collections.first { $0.configuration.name == name }
    }

    /// How many replicas each worker holds, in the order of ``workers``.
    package var replicaCounts: [Int] {
        let replicas = collections.flatMap(\.shards).flatMap(\.replicas).map(\.worker)
        // Only looked up, never iterated.
        let counts = Dictionary(replicas.map { ($0, 1) }, uniquingKeysWith: +)
        return workers.map { counts[$0.node, default: 0] }
    }
}

// MARK: - Applying

extension Catalog {
    /// Applies a command: changes the catalog, or refuses and changes nothing.
    package mutating func apply(
        _ command: CatalogCommand
    ) -> Result<CatalogEffect, ServiceError> {
        let result = Result { () throws(ServiceError) in
            switch command {
            case .registerWorker(let worker): try register(worker)
            case .createCollection(let configuration, let placement):
                try create(configuration, placement)
            case .deleteCollection(let name): try delete(name)
            }
        }
        if case .success(let effect) = result, effect != .unchanged { epoch = epoch.next }
        assert(violatedInvariant == nil, violatedInvariant ?? "")
        return result
    }

    private mutating func register(_ worker: WorkerRecord) throws(ServiceError) -> CatalogEffect {
        if let index = workers.firstIndex(where: { $0.node == worker.node }) {
            guard workers[index] != worker else { return .unchanged }
            workers[index] = worker
        } else {
            let index = workers.firstIndex { worker.node < $0.node } ?? workers.endIndex
            workers.insert(worker, at: index)
        }
        return .registered(worker)
    }

    private mutating func create(
        _ configuration: CollectionConfiguration, _ placement: Placement
    ) throws(ServiceError) -> CatalogEffect {
        try configuration.validate()
        guard collection(named: configuration.name) == nil else {
            throw .collectionExists(configuration.name)
        }
        try check(placement, for: configuration)
        let ranges = SlotRange.even(configuration.shardCount)
        let shards = zip(ranges, placement.replicas).map { slots, workers in
            defer { nextShard = nextShard.next }
            let replicas = workers.map { worker in
                defer { nextReplica = nextReplica.next }
                return ReplicaRecord(id: nextReplica, worker: worker)
            }
            return ShardRecord(id: nextShard, version: 1, slots: slots, replicas: replicas)
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

    private func check(
        _ placement: Placement, for configuration: CollectionConfiguration
    ) throws(ServiceError) {
        guard placement.replicas.count == configuration.shardCount else {
            throw ServiceError(
                .internal,
                """
                the placement of collection \(configuration.name) has \
                \(placement.replicas.count) shards instead of \(configuration.shardCount)
                """)
        }
        for replicas in placement.replicas {
            let areKnown = replicas.allSatisfy { name in workers.contains { $0.node == name } }
            guard !replicas.isEmpty, areKnown, Set(replicas).count == replicas.count else {
                throw ServiceError(
                    .internal,
                    """
                    the placement of collection \(configuration.name) names workers \(replicas), \
                    of which some are unknown or named twice
                    """)
            }
        }
    }

    private mutating func delete(_ name: String) throws(ServiceError) -> CatalogEffect {
        guard let index = collections.firstIndex(where: { $0.configuration.name == name }) else {
            throw .unknownCollection(name)
        }
        let record = collections.remove(at: index)
        // Numbers are given in order and shards die together, so sorting keeps them by number.
        tombstones = (tombstones + record.shards.map(\.id)).sorted()
        return .deleted(record)
    }
}
