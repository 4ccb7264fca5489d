import Logging
import Primitives
package import Protocols
import Raft
import Replication
import Storage

extension ShardHost {
    /// Obeys a map that is newer than the own: opens and removes what it says.
    ///
    /// Returns when all is open or removed; requests for other shards are answered meanwhile.
    package func install(_ newMap: ClusterMap) async {
        guard newMap.epoch > map.epoch, !isClosed else { return }
        guard map.cluster == 0 || newMap.cluster == map.cluster else {
            logger.error(
                """
                the placement driver has another cluster of the same name, its map is not obeyed; \
                give this worker an empty directory, or the placement driver its old data
                """,
                metadata: ["cluster": "\(newMap.cluster)", "own": "\(map.cluster)"])
            return
        }
        adopt(newMap)
        await save(newMap)
        await removeDeleted()
        await openAssigned()
    }

    /// Obeys the map of the worker's life before, until the placement driver has a newer one.
    package func restoreMap() async {
        do {
            let directory = environment.directory
            let saved = try await openers.run { try directory.savedMap() }
            guard let saved, saved.epoch > map.epoch else { return }
            adopt(saved)
            await openAssigned()
        } catch {
            logger.warning(
                "the saved map is not used, the placement driver is waited for",
                metadata: ["error": "\(error)"])
        }
    }

    /// Saves a map; the one thread of `openers` keeps the order of maps.
    private func save(_ map: ClusterMap) async {
        let directory = environment.directory
        do {
            try await openers.run { try directory.save(map) }
        } catch {
            logger.warning(
                "the map could not be saved, a restart will need the placement driver",
                metadata: ["error": "\(error)"])
        }
    }

    private func adopt(_ newMap: ClusterMap) {
        map = newMap
        engine.belong(to: newMap.cluster)
        assignments = [:]
        for collection in newMap.collections {
            for shard in collection.shards {
                guard let replica = shard.replica(on: environment.node) else { continue }
                assignments[shard.id] = Assignment(
                    collection: collection, shard: shard, replica: replica)
            }
        }
    }

    /// Opens what is assigned and not open, one after the other in the order of shards, and tells
    /// the groups who their members are.
    func openAssigned() async {
        let ids = assignments.keys.sorted()
        for id in ids where slots[id] == nil { slots[id] = .assigned }
        for id in ids {
            if let assignment = assignments[id] { await replaceIfOther(id, assignment) }
            // Another map may have come, or opened it, during the wait for the shard before.
            guard let assignment = assignments[id], !isClosed else { continue }
            if case .assigned = slots[id] { await open(id, assignment) }
            await engine.set(
                GroupID(id.rawValue), nodes: assignment.shard.nodes,
                wantedVoters: assignment.shard.wantedVoters,
                knownVoters: assignment.shard.knownVoters)
        }
    }

    /// Gives up a replica in whose place the map has another one on this worker: the old one was
    /// damaged, or its disk was lost, so that it must not vote any more.
    private func replaceIfOther(_ id: ShardID, _ assignment: Assignment) async {
        let group = GroupID(id.rawValue)
        let peer = PeerID(assignment.replica.id.rawValue)
        switch slots[id] {
        // Numbers grow: a map that names an older replica is one that was recovered from an older state.
        case .open(let replica) where replica.id < assignment.replica.id: break
        case .failed where !assignment.replica.isFounder && isDamaged(id): break
        case .assigned where logs[group] != nil && logs[group]?.peer != peer: break
        default: return
        }
        logger.notice(
            "a replica begins anew as another one",
            metadata: ["shard.id": "\(id)", "replica.id": "\(assignment.replica.id)"])
        await close(id)
        await engine.remove(group, isStored: logs.removeValue(forKey: group) != nil)
        let path = environment.directory.shardPath(id.rawValue)
        do {
            try await openers.run { try ShardDirectory(at: path).remove() }
            slots[id] = .assigned
        } catch {
            slots[id] = .failed(ServiceError(inWorker: error))
        }
    }

    private func open(_ id: ShardID, _ assignment: Assignment) async {
        slots[id] = .opening
        let start = ContinuousClock.now
        do {
            let replica = try await opened(id, assignment)
            slots[id] = .open(replica)
            logger.info(
                "shard opened",
                metadata: [
                    "shard.id": "\(id)", "point.count": "\(replica.pointCount)",
                    "duration": "\(ContinuousClock.now - start)",
                ])
        } catch {
            slots[id] = .failed(ServiceError(inWorker: error))
            logger.error(
                "a shard cannot be opened",
                metadata: ["shard.id": "\(id)", "error": "\(error)"])
        }
        if isClosed { await close(id) }
    }

    private func opened(_ id: ShardID, _ assignment: Assignment) async throws -> ShardReplica {
        let group = GroupID(id.rawValue)
        let damage = ServiceError(
            .corrupted,
            """
            the log of shard \(id) on worker \(environment.node) is damaged or missing; the replica \
            is replaced as soon as the placement driver knows
            """, isRetryable: true)
        // A new replica has another number, and a log of its own.
        if isDamaged(id), assignment.replica.isFounder || logs[group] != nil { throw damage }
        let replica = try await ShardReplica.open(
            at: environment.directory.shardPath(id.rawValue),
            for: ShardDescription(
                shard: id, collection: assignment.collection.id,
                configuration: assignment.collection.configuration),
            id: assignment.replica.id, engine: engine, executor: writer(of: id),
            readers: readerThreads, openers: openers, checkpointers: checkpointers,
            measurers: measurers, budget: environment.budget, logger: logger)
        let stored = logs.removeValue(forKey: group)
        let shard = assignment.shard
        let founders = (assignment.replica.isFounder ? shard.founders : [])
            .map { PeerID($0.rawValue) }
        await replica.begin(
            with: stored?.base.configuration ?? Configuration(voters: founders))
        let applied = await replica.applied
        // A replica that has applied something and has no log has lost it, and with it its vote; one
        // that has applied less than its log was cut for has lost that.
        guard stored != nil || applied.index == 0, applied.index >= stored?.base.index ?? 0 else {
            throw damage
        }
        await engine.add(
            group, machine: replica, stored: stored, applied: applied,
            peer: PeerID(assignment.replica.id.rawValue),
            founders: founders, nodes: shard.nodes,
            leads: assignment.replica.id == shard.founders.first,
            onStatus: { [weak replica] status in replica?.note(status) })
        return replica
    }

    /// Removes the shards that the map says are deleted, or are not on this worker any more, here
    /// and on the disk.
    ///
    /// A shard that a search still reads stays locked; the next call removes it.
    func removeDeleted() async {
        let stored: [UInt64]
        do {
            stored = try environment.directory.storedShards()
        } catch {
            logger.error("the data directory cannot be read", metadata: ["error": "\(error)"])
            return
        }
        for number in stored where isDeleted(ShardID(number)) {
            let id = ShardID(number)
            await close(id)
            let isStored = logs.removeValue(forKey: GroupID(number)) != nil
            await engine.remove(GroupID(number), isStored: isStored)
            let path = environment.directory.shardPath(number)
            do {
                try await openers.run { try ShardDirectory(at: path).remove() }
                slots[id] = nil
                logger.info("deleted shard removed", metadata: ["shard.id": "\(id)"])
            } catch {
                logger.debug(
                    "a deleted shard is still in use, it is removed later",
                    metadata: ["shard.id": "\(id)", "error": "\(error)"])
            }
        }
    }

    /// Whether the catalog says of a shard that its collection was deleted, or that its group does
    /// without the replica that is here.
    private func isDeleted(_ id: ShardID) -> Bool {
        if map.tombstones.contains(id) { return true }
        guard let shard = map.collections.lazy.flatMap(\.shards).first(where: { $0.id == id })
        else { return false }
        guard shard.replica(on: environment.node) == nil, case .open(let replica) = slots[id]
        else { return false }
        return !shard.removed.contains(replica.id)
    }
}

extension ShardRecord {
    /// Which worker each replica is on.
    fileprivate var nodes: [PeerID: String] {
        Dictionary(
            replicas.map { (PeerID($0.id.rawValue), $0.worker) }, uniquingKeysWith: { $1 })
    }

    /// The replicas, as the group knows them.
    fileprivate var wantedVoters: [PeerID] { replicas.map { PeerID($0.id.rawValue) } }

    /// Those of them that were voters when the group's leader was last heard.
    fileprivate var knownVoters: [PeerID] {
        replicas.map(\.id).filter(voters.contains).map { PeerID($0.rawValue) }
    }
}
