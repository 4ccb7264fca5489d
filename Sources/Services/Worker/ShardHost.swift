package import Logging
import Primitives
package import Protocols
package import Storage

/// The shards of one worker: opens those that the map assigns to it, and removes those that the map
/// says are deleted. Nothing else ever removes data.
///
/// Invariant: `epoch` never falls; each shard of `slots` was assigned by a map of the past.
package actor ShardHost {
    /// What is known of one shard.
    private enum Slot {
        /// Waits for its turn to be opened.
        case assigned
        case opening
        case open(ShardReplica)
        case failed(ServiceError)
        case closed
    }

    private let node: String
    private let directory: DataDirectory
    private let readers: ThreadPool
    /// Apart from the readers, so that building a graph anew holds up no search.
    private let openers: ThreadPool
    private let writers: [ThreadExecutor]
    private let logger: Logger
    private let onFence: @Sendable (any Error) -> Void

    private var map = ClusterMap(epoch: 0)
    private var assignments: [ShardID: Assignment] = [:]
    private var slots: [ShardID: Slot] = [:]
    private var isClosed = false

    /// A shard that the map assigns to this worker.
    private struct Assignment {
        var collection: CollectionRecord
        var shard: ShardRecord
    }

    /// Makes a host without shards.
    ///
    /// - Parameters:
    ///   - node: The worker's node name, as in the map.
    ///   - directory: Claimed for as long as the host lives.
    ///   - threadCount: How many threads search, and how many write.
    ///   - onFence: Called if a write fails; the process should end with an error then.
    package init(
        node: String, directory: DataDirectory, threadCount: Int, logger: Logger,
        onFence: @escaping @Sendable (any Error) -> Void
    ) {
        self.node = node
        self.directory = directory
        self.logger = logger
        self.onFence = onFence
        readers = ThreadPool(name: "reader", threadCount: threadCount)
        openers = ThreadPool(name: "opener", threadCount: 1)  // the order of saves relies on one
        writers = (0..<threadCount).map { ThreadExecutor(name: "writer-\($0)") }
    }

    /// The version of the map that the worker obeys.
    package var epoch: Epoch { map.epoch }

    /// What the worker holds.
    package var status: WorkerStatus {
        let shards = slots.values.compactMap { slot in
            if case .open(let replica) = slot { replica.status } else { nil }
        }
        return WorkerStatus(
            node: node, epoch: map.epoch, shards: shards.sorted { $0.id < $1.id })
    }
}

// MARK: - Requests

extension ShardHost {
    /// The replica that a request names.
    ///
    /// - Throws: ``ServiceError``: `epochNotMatch` if the map says otherwise than the request,
    ///   `unavailable` while the shard is being opened, or why it could not be opened.
    package func replica(of address: ShardAddress) throws(ServiceError) -> ShardReplica {
        guard let assignment = assignments[address.shard],
            assignment.collection.id == address.collection,
            assignment.shard.version == address.version
        else { throw mismatch(address) }
        switch slots[address.shard] {
        case .open(let replica): return replica
        case .failed(let error): throw error
        case .assigned, .opening, .closed, nil:
            throw ServiceError(
                .unavailable,
                "shard \(address.shard) is being opened on worker \(node); try again in a moment")
        }
    }

    private func mismatch(_ address: ShardAddress) -> ServiceError {
        ServiceError(
            .epochNotMatch,
            """
            worker \(node) does not hold shard \(address.shard) of collection \
            \(address.collection) in version \(address.version) by its map of epoch \
            \(map.epoch); fetch the newest map and try again
            """,
            details: ["epoch": String(map.epoch.rawValue), "worker": node])
    }
}

// MARK: - The map

extension ShardHost {
    /// Obeys a map that is newer than the own: opens and removes what it says.
    ///
    /// Returns when all is open or removed; requests for other shards are answered meanwhile.
    package func install(_ newMap: ClusterMap) async {
        guard newMap.epoch > map.epoch, !isClosed else { return }
        adopt(newMap)
        await save(newMap)
        await removeTombstones()
        await openAssigned()
    }

    /// Obeys the map of the worker's life before, until the placement driver has a newer one.
    package func restoreMap() async {
        do {
            let saved = try await openers.run { [directory] in try directory.savedMap() }
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
        do {
            try await openers.run { [directory] in try directory.save(map) }
        } catch {
            logger.warning(
                "the map could not be saved, a restart will need the placement driver",
                metadata: ["error": "\(error)"])
        }
    }

    private func adopt(_ newMap: ClusterMap) {
        map = newMap
        assignments = [:]
        for collection in newMap.collections {
            for shard in collection.shards where shard.replica(on: node) != nil {
                assignments[shard.id] = Assignment(collection: collection, shard: shard)
            }
        }
    }

    /// Opens what is assigned and not open, one after the other in the order of shards.
    private func openAssigned() async {
        let ids = assignments.keys.sorted()
        for id in ids where slots[id] == nil { slots[id] = .assigned }
        for id in ids {
            // Another map may have come, or opened it, during the wait for the shard before.
            guard case .assigned = slots[id], let assignment = assignments[id], !isClosed else {
                continue
            }
            await open(id, assignment)
        }
    }

    private func open(_ id: ShardID, _ assignment: Assignment) async {
        slots[id] = .opening
        let description = ShardDescription(
            shard: id, collection: assignment.collection.id,
            configuration: assignment.collection.configuration)
        do {
            let replica = try await ShardReplica.open(
                at: directory.shardPath(id.rawValue), for: description,
                executor: writers[Int(id.rawValue % UInt64(writers.count))], readers: readers,
                openers: openers, logger: logger, onFence: onFence)
            slots[id] = .open(replica)
            logger.info(
                "shard opened",
                metadata: ["shard.id": "\(id)", "point.count": "\(replica.pointCount)"])
        } catch {
            slots[id] = .failed(ServiceError(inWorker: error))
            logger.error(
                "a shard cannot be opened",
                metadata: ["shard.id": "\(id)", "error": "\(error)"])
        }
        if isClosed { await close(id) }
    }

    private func close(_ id: ShardID) async {
        guard case .open(let replica) = slots[id] else { return }
        slots[id] = .closed
        await replica.close()
    }

    /// Removes the shards that the map says are deleted, here and on the disk.
    ///
    /// A shard that a search still reads stays locked; the next call removes it.
    private func removeTombstones() async {
        let tombstones = Set(map.tombstones.map(\.rawValue))  // looked up only
        for id in map.tombstones { await close(id) }
        let stored: [UInt64]
        do {
            stored = try directory.storedShards().filter(tombstones.contains)
        } catch {
            logger.error("the data directory cannot be read", metadata: ["error": "\(error)"])
            return
        }
        for id in stored {
            let path = directory.shardPath(id)
            do {
                try await openers.run { try ShardStore.remove(at: path) }
                slots[ShardID(id)] = nil
                logger.info("deleted shard removed", metadata: ["shard.id": "\(id)"])
            } catch {
                logger.debug(
                    "a deleted shard is still in use, it is removed later",
                    metadata: ["shard.id": "\(id)", "error": "\(error)"])
            }
        }
    }
}

// MARK: - Upkeep

extension ShardHost {
    /// Does what waits for a quiet moment; called each second.
    package func tick() async {
        for id in slots.keys.sorted() {
            if case .open(let replica) = slots[id] { await replica.checkpointIfIdle() }
        }
        await removeTombstones()
    }

    /// Closes all shards, with a checkpoint of each graph.
    package func close() async {
        isClosed = true
        for id in slots.keys.sorted() { await close(id) }
    }
}
