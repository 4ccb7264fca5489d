import Primitives
import Protocols

extension Catalog {
    /// The first invariant that does not hold, in words, or nil.
    ///
    /// Checked after each command in debug builds.
    package var violatedInvariant: String? {
        violatedBeginning ?? violatedOrder ?? violatedShards ?? violatedReplicaNumbers
            ?? violatedTombstones
    }

    private var violatedBeginning: String? {
        guard cluster != 0 || self == Catalog() else {
            return "something is known of a cluster that is not initialised"
        }
        guard workers.allSatisfy({ $0.store != 0 }) else { return "a worker has no store" }
        return nil
    }

    private var violatedOrder: String? {
        guard isStrictlyIncreasing(workers.map(\.node)) else {
            return "workers are not in order, or one is there twice"
        }
        guard isStrictlyIncreasing(collections.map(\.configuration.name)) else {
            return "collections are not in order, or one is there twice"
        }
        guard collections.allSatisfy({ $0.id < nextCollection }) else {
            return "a collection has a number that was not given"
        }
        return nil
    }

    private var violatedShards: String? {
        for collection in collections {
            let name = collection.configuration.name
            guard collection.shards.count == collection.configuration.shardCount else {
                return "collection \(name) has \(collection.shards.count) shards"
            }
            var nextSlot = 0
            for shard in collection.shards {
                guard Int(shard.slots.first) == nextSlot else {
                    return "collection \(name) has no or two shards for slot \(nextSlot)"
                }
                nextSlot = Int(shard.slots.last) + 1
                guard shard.version > 0, shard.id < nextShard else {
                    return "shard \(shard.id) has version 0 or a number that was not given"
                }
                if let violation = violatedReplicas(of: shard) {
                    return "shard \(shard.id) \(violation)"
                }
            }
            guard nextSlot == HashSlot.count else {
                return "collection \(name) has no shard for slot \(nextSlot)"
            }
        }
        return nil
    }

    private func violatedReplicas(of shard: ShardRecord) -> String? {
        let names = shard.replicas.map(\.worker)
        let ids = shard.replicas.map(\.id).sorted()
        guard !names.isEmpty, isStrictlyIncreasing(names.sorted()) else {
            return "has no replica, or two on one worker"
        }
        guard names.allSatisfy({ name in workers.contains { $0.node == name } }) else {
            return "is on an unknown worker"
        }
        guard !shard.founders.isEmpty, isStrictlyIncreasing(shard.founders.sorted()),
            shard.replicas.allSatisfy({ $0.isFounder == shard.founders.contains($0.id) })
        else { return "has no founders, or a replica is wrong about being one" }
        guard isStrictlyIncreasing(shard.removed), shard.removed.allSatisfy({ !ids.contains($0) }),
            shard.removed.count <= Self.maxRemovedCount
        else { return "has replicas that are and are not removed, or too many that are" }
        guard !shard.voters.isEmpty, isStrictlyIncreasing(shard.voters),
            shard.voters.allSatisfy({ ids.contains($0) || shard.removed.contains($0) })
        else { return "has no voters, or one that is no replica" }
        guard shard.removed.isEmpty == (shard.voters == ids) else {
            return "has other voters than replicas and nothing to remove, or the reverse"
        }
        return nil
    }

    private var violatedReplicaNumbers: String? {
        let shards = collections.flatMap(\.shards)
        let ids = shards.flatMap { $0.replicas.map(\.id) + $0.removed }
        guard (ids + shards.flatMap(\.founders)).allSatisfy({ $0 > 0 && $0 < nextReplica }) else {
            return "a replica has a number that was not given"
        }
        guard isStrictlyIncreasing(ids.sorted()) else { return "two replicas have one number" }
        return nil
    }

    private var violatedTombstones: String? {
        guard isStrictlyIncreasing(tombstones) else {
            return "tombstones are not in order, or one is there twice"
        }
        let living = collections.flatMap(\.shards).map(\.id).sorted()
        guard isStrictlyIncreasing((living + tombstones).sorted()) else {
            return "a shard lives twice, or lives and is deleted"
        }
        return nil
    }

    private func isStrictlyIncreasing(_ elements: [some Comparable]) -> Bool {
        zip(elements, elements.dropFirst()).allSatisfy { $0 < $1 }
    }
}
