import Primitives
import Protocols

// Which replicas a shard has. The catalog says what is wanted; the shard's group is the truth, whose
// leader brings it about and reports the voters.
extension Catalog {
    /// The most replicas of one shard that are replaced and not yet out of its group: a worker that
    /// comes with another disk each time must not make the map grow for ever.
    package static let maxRemovedCount = 16

    // MARK: Workers

    mutating func register(_ worker: WorkerRecord) throws(ServiceError) -> CatalogEffect {
        guard worker.store != 0 else {
            throw .invalidArgument("worker \(worker.node) has a data directory without a number")
        }
        guard let index = workers.firstIndex(where: { $0.node == worker.node }) else {
            let index = workers.firstIndex { worker.node < $0.node } ?? workers.endIndex
            workers.insert(worker, at: index)
            return .registered(worker, lost: [])
        }
        guard workers[index] != worker else { return .unchanged }
        var lost: [ReplicaID] = []
        if workers[index].store != worker.store { lost = try replaceReplicas(on: worker.node) }
        workers[index] = worker
        return .registered(worker, lost: lost)
    }

    /// Replaces what was on a disk that is gone, all of it or nothing.
    private mutating func replaceReplicas(
        on worker: String
    ) throws(ServiceError) -> [ReplicaID] {
        for collection in collections {
            for shard in collection.shards {
                guard let replica = shard.replica(on: worker) else { continue }
                try checkLoss(of: replica, shard, collection.configuration.name)
            }
        }
        var lost: [ReplicaID] = []
        for collection in collections.indices {
            for shard in collections[collection].shards.indices {
                let record = collections[collection].shards[shard]
                guard let replica = record.replica(on: worker) else { continue }
                let position = ShardPosition(collection: collection, shard: shard)
                replace(replica.id, at: position, by: worker)
                lost.append(replica.id)
            }
        }
        return lost
    }

    /// Throws unless the group of a shard goes on without the data of a replica.
    ///
    /// Without a majority of its voters no group can change itself, and who has the newest data only
    /// an operator can decide.
    private func checkLoss(
        of replica: ReplicaRecord, _ shard: ShardRecord, _ collection: String
    ) throws(ServiceError) {
        let survivors = shard.voters.filter { id in
            id != replica.id && shard.replica(id) != nil
        }
        guard survivors.count > shard.voters.count / 2 else {
            throw lossOfQuorum(of: replica, shard, collection, survivorCount: survivors.count)
        }
        try checkRoom(in: shard)
    }

    private func lossOfQuorum(
        of replica: ReplicaRecord, _ shard: ShardRecord, _ collection: String, survivorCount: Int
    ) -> ServiceError {
        let head = """
            worker \(replica.worker) comes with another disk, and shard \(shard.id) of collection \
            \(collection)
            """
        // While a replica is being moved it still votes, and this may pass when that is done.
        let isUnderWay = !shard.removed.isEmpty
        let advice =
            shard.replicas.count == 1
            ? """
            had its only replica on the one before: bring that disk back, or delete the collection
            """
            : """
            would keep \(survivorCount) of \(shard.voters.count) voters: bring the old disk back, or \
            use the offline recovery tool on a surviving replica\
            \(isUnderWay ? "; replicas of it are being replaced, wait until that is done" : "")
            """
        return ServiceError(
            .unavailable, "\(head) \(advice)", isRetryable: isUnderWay,
            details: [
                "shard": String(shard.id.rawValue), "collection": collection,
                "worker": replica.worker,
            ])
    }

    private func checkRoom(in shard: ShardRecord) throws(ServiceError) {
        guard shard.removed.count < Self.maxRemovedCount else {
            throw ServiceError(
                .unavailable,
                """
                \(shard.removed.count) replicas of shard \(shard.id) are replaced and still in its \
                group; try again when its leader has removed them
                """, details: ["shard": String(shard.id.rawValue)])
        }
    }

    // MARK: Replacing

    mutating func replace(
        _ replacement: ReplicaReplacement
    ) throws(ServiceError) -> CatalogEffect {
        let position = try position(of: replacement.shard, ifVersion: replacement.ifVersion)
        let shard = collections[position.collection].shards[position.shard]
        guard let old = shard.replica(replacement.remove) else {
            throw .notFound("shard \(shard.id) has no replica \(replacement.remove)")
        }
        guard worker(named: replacement.worker) != nil else {
            throw .notFound(
                "worker \(replacement.worker) is not registered; start it and try again")
        }
        guard
            replacement.worker == old.worker || shard.replica(on: replacement.worker) == nil
        else {
            throw ServiceError(
                .alreadyExists,
                "worker \(replacement.worker) has a replica of shard \(shard.id); choose another")
        }
        // One voter at a time, so that what is moved is never more than what may be lost. A successor
        // that has no vote yet may itself be replaced, or its death would block the shard.
        guard shard.removed.allSatisfy({ !shard.voters.contains($0) }) || !votes(old, in: shard)
        else {
            throw ServiceError(
                .unavailable,
                """
                a replica of shard \(shard.id) is being replaced; try again when that is done
                """, details: ["shard": String(shard.id.rawValue)])
        }
        try checkRoom(in: shard)
        return .replaced(replace(old.id, at: position, by: replacement.worker))
    }

    private func votes(_ replica: ReplicaRecord, in shard: ShardRecord) -> Bool {
        shard.voters.contains(replica.id)
    }

    /// Puts a new replica in the place of one.
    @discardableResult
    private mutating func replace(
        _ id: ReplicaID, at position: ShardPosition, by worker: String
    ) -> ShardRecord {
        var shard = collections[position.collection].shards[position.shard]
        let new = ReplicaRecord(id: takeReplicaID(), worker: worker, isFounder: false)
        shard.replicas = shard.replicas.map { $0.id == id ? new : $0 }
        shard.removed = (shard.removed + [id]).sorted()
        shard.version += 1
        collections[position.collection].shards[position.shard] = shard
        return shard
    }

    // MARK: Reports

    /// Keeps what voters a group has; once they are the wanted ones nothing remains to be removed.
    ///
    /// A group only goes from the old voters to the wanted ones, so that a report which comes after
    /// the last one is an old one.
    mutating func note(
        _ voters: [ReplicaID], of id: ShardID, ifVersion version: UInt64
    ) throws(ServiceError) -> CatalogEffect {
        let position = try position(of: id, ifVersion: version)
        var shard = collections[position.collection].shards[position.shard]
        let voters = voters.sorted()
        let areKnown = voters.allSatisfy {
            shard.replica($0) != nil || shard.removed.contains($0)
        }
        guard !voters.isEmpty, areKnown, Set(voters).count == voters.count else {
            throw ServiceError(
                .internal,
                """
                the group of shard \(id) is said to have the voters \(voters); its replicas are \
                \(shard.replicas.map(\.id)) and, replaced, \(shard.removed)
                """, details: ["shard": String(id.rawValue)])
        }
        guard voters != shard.voters else { return .unchanged }
        if Self.isRecovered(shard, with: voters) {
            return .configured(discardOthers(than: voters[0], at: position))
        }
        guard !shard.removed.isEmpty else { return .unchanged }
        shard.voters = voters
        if voters == shard.replicas.map(\.id).sorted() { shard.removed = [] }
        collections[position.collection].shards[position.shard] = shard
        return .configured(shard)
    }

    // MARK: Recovery

    /// Whether a group has gone from several voters to one though several are wanted.
    ///
    /// By itself no group does: an operator has recovered it offline, from one replica.
    static func isRecovered(_ shard: ShardRecord, with voters: [ReplicaID]) -> Bool {
        voters.count == 1 && shard.replicas.count > 1 && shard.voters.count > 1
    }

    /// Puts new replicas in the place of all but the one that a group was recovered from: whatever
    /// the others have may contradict it, even if their disks come back.
    private mutating func discardOthers(
        than survivor: ReplicaID, at position: ShardPosition
    ) -> ShardRecord {
        var shard = collections[position.collection].shards[position.shard]
        // The survivor may itself be one that is being replaced; all before it are out of the group.
        var removed = shard.removed.filter { $0 == survivor }
        for index in shard.replicas.indices where shard.replicas[index].id != survivor {
            removed.append(shard.replicas[index].id)
            shard.replicas[index] = ReplicaRecord(
                id: takeReplicaID(), worker: shard.replicas[index].worker, isFounder: false)
        }
        shard.removed = removed.sorted()
        shard.voters = [survivor]
        shard.version += 1
        collections[position.collection].shards[position.shard] = shard
        return shard
    }
}
