import Primitives
package import Protocols

/// Everything that the cluster has agreed on: who is in it, which collections there are, and where
/// their shards are.
///
/// A value and a deterministic state machine: the same commands in the same order give the same
/// catalog, byte for byte, on every replica. It reads no clock, draws nothing at random and iterates
/// no hashed container. What needs a choice, such as a placement, is chosen before and is part of
/// the command; numbers are given in order, as commands are applied.
///
/// Invariants: ``violatedInvariant``.
package struct Catalog: Sendable, Hashable, Codable {
    /// The number of the cluster's life; 0 until it is initialised.
    package internal(set) var cluster: UInt64 = 0
    /// Grows by one with each command that changes something.
    package internal(set) var epoch: Epoch = 0
    /// The workers that have registered, by name.
    package internal(set) var workers: [WorkerRecord] = []
    /// The living collections, by name.
    package internal(set) var collections: [CollectionRecord] = []
    /// The shards of deleted collections, by number.
    package internal(set) var tombstones: [ShardID] = []
    /// The number of the next collection.
    package internal(set) var nextCollection: CollectionID = 1
    /// The number of the next shard.
    package internal(set) var nextShard: ShardID = 1
    /// The number of the next replica.
    package internal(set) var nextReplica: ReplicaID = 1

    /// An empty catalog.
    package init() {}

    /// What gateways and workers need of it.
    package var map: ClusterMap {
        ClusterMap(
            cluster: cluster, epoch: epoch, workers: workers, collections: collections,
            tombstones: tombstones)
    }

    /// The collection of this name.
    package func collection(named name: String) -> CollectionRecord? {
        collections.first { $0.configuration.name == name }
    }

    /// A shard of a living collection.
    package func shard(_ id: ShardID) -> ShardRecord? {
        position(of: id).map { collections[$0.collection].shards[$0.shard] }
    }

    /// The worker of this name.
    package func worker(named name: String) -> WorkerRecord? {
        workers.first { $0.node == name }
    }
}

// MARK: - Applying

extension Catalog {
    /// Applies a command: changes the catalog, or refuses and changes nothing.
    package mutating func apply(
        _ command: CatalogCommand
    ) -> Result<CatalogEffect, ServiceError> {
        let result = Result { () throws(ServiceError) in try effect(of: command) }
        if case .success(let effect) = result, effect != .unchanged { epoch = epoch.next }
        assert(violatedInvariant == nil, violatedInvariant ?? "")
        return result
    }

    private mutating func effect(
        of command: CatalogCommand
    ) throws(ServiceError) -> CatalogEffect {
        if case .initialize(let number) = command { return try initialize(number) }
        guard cluster != 0 else {
            throw ServiceError(
                .unavailable, "the cluster is not initialised yet; try again in a moment")
        }
        switch command {
        case .initialize: return .unchanged  // dealt with above
        case .registerWorker(let worker): return try register(worker)
        case .createCollection(let configuration, let placement, let epoch):
            return try create(configuration, placement, ifEpoch: epoch)
        case .deleteCollection(let name, let id): return try delete(name, id)
        case .replaceReplica(let replacement): return try replace(replacement)
        case .configurationApplied(let shard, let version, let voters):
            return try note(voters, of: shard, ifVersion: version)
        case .skipNumbers(let count): return try skipNumbers(count)
        }
    }

    /// The most numbers that are skipped at once: a recovery takes far fewer, and none runs out.
    package static let maxSkippedCount: UInt64 = 1 << 20

    private mutating func skipNumbers(_ count: UInt64) throws(ServiceError) -> CatalogEffect {
        guard count > 0, count <= Self.maxSkippedCount else {
            throw .invalidArgument("\(count) numbers cannot be skipped at once")
        }
        epoch = Epoch(epoch.rawValue + count)
        nextCollection = CollectionID(nextCollection.rawValue + count)
        nextShard = ShardID(nextShard.rawValue + count)
        nextReplica = ReplicaID(nextReplica.rawValue + count)
        return .skipped(epoch)
    }

    private mutating func initialize(_ number: UInt64) throws(ServiceError) -> CatalogEffect {
        guard number != 0 else {
            throw .invalidArgument("0 is no number of a cluster; draw another one")
        }
        guard cluster != number else { return .unchanged }
        guard cluster == 0 else {
            throw ServiceError(
                .alreadyExists,
                """
                the cluster is initialised already, as \(cluster); it is not initialised again as \
                \(number)
                """, details: ["cluster": String(cluster)])
        }
        cluster = number
        return .initialized
    }
}

// MARK: - Finding

extension Catalog {
    /// Where a shard is in ``collections``.
    struct ShardPosition {
        var collection: Int
        var shard: Int
    }

    func position(of id: ShardID) -> ShardPosition? {
        for (index, collection) in collections.enumerated() {
            if let shard = collection.shards.firstIndex(where: { $0.id == id }) {
                return ShardPosition(collection: index, shard: shard)
            }
        }
        return nil
    }

    /// The place of a shard that a command was chosen in view of.
    ///
    /// - Throws: ``ServiceError/Code/notFound`` if it is gone, ``ServiceError/Code/epochNotMatch``
    ///   if its version is another one.
    func position(
        of id: ShardID, ifVersion version: UInt64
    ) throws(ServiceError) -> ShardPosition {
        guard let position = position(of: id) else {
            throw .notFound("there is no shard \(id); its collection was deleted")
        }
        let current = collections[position.collection].shards[position.shard].version
        guard current == version else {
            throw staleView("shard \(id) has version \(current), not \(version)")
        }
        return position
    }

    /// A command was chosen in view of another state.
    func staleView(_ difference: String) -> ServiceError {
        ServiceError(
            .epochNotMatch, "\(difference); look at the newest map and choose again",
            details: ["epoch": String(epoch.rawValue)])
    }
}
