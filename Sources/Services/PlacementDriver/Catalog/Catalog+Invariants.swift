import Primitives
import Protocols

extension Catalog {
    /// The first invariant that does not hold, in words, or nil.
    ///
    /// Checked after each command in debug builds.
    package var violatedInvariant: String? {
        violatedOrder ?? violatedShards ?? violatedTombstones
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
                let names = shard.replicas.map(\.worker)
                guard !names.isEmpty, isStrictlyIncreasing(names.sorted()) else {
                    return "shard \(shard.id) has no replica, or two on one worker"
                }
                guard names.allSatisfy({ name in workers.contains { $0.node == name } })
                else { return "shard \(shard.id) is on an unknown worker" }
                guard shard.replicas.allSatisfy({ $0.id < nextReplica }) else {
                    return "shard \(shard.id) has a replica with a number that was not given"
                }
            }
            guard nextSlot == HashSlot.count else {
                return "collection \(name) has no shard for slot \(nextSlot)"
            }
        }
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
