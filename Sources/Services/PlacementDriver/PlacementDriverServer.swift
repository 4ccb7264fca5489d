public import Actors
public import Distributed
public import Logging
public import Primitives
public import Protocols
import Storage

/// Answers ``PlacementService``: agrees on changes of the catalog, tells everybody the map, and
/// notes who is alive. It is never asked for a point.
///
/// Thin: decisions are ``Catalog``'s and ``PlacementPolicy``'s, the disk is ``CatalogReplica``'s.
public distributed actor PlacementDriverServer: PlacementService {
    /// Hosted by the cluster's actor system.
    public typealias ActorSystem = ClusterActorSystem

    private let replica: CatalogReplica
    private let policy: PlacementPolicy
    private var health: HealthTracker
    private let logger: Logger

    /// How long workers are waited for when a new map is sent to them.
    ///
    /// Whoever misses it gets the map with its next heartbeat.
    private static let announcementTimeout = Duration.seconds(2)

    init(
        replica: CatalogReplica, policy: PlacementPolicy, logger: Logger,
        actorSystem: ClusterActorSystem
    ) {
        self.replica = replica
        self.policy = policy
        self.logger = logger
        health = HealthTracker(at: .now)
        self.actorSystem = actorSystem
    }

    /// Creates a collection, which must not exist, and places its shards on living workers.
    public distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionRecord {
        try configuration.validate()
        let (policy, health, now) = (policy, health, ContinuousClock.now)
        let effect = try await replica.propose { catalog throws(ServiceError) in
            // Before placing, so that an existing name is not reported as a lack of workers.
            if catalog.collection(named: configuration.name) != nil {
                throw .collectionExists(configuration.name)
            }
            let placement = try policy.place(
                configuration, in: catalog, where: { health.isAlive($0.node, at: now) })
            return .createCollection(configuration, placement, ifEpoch: catalog.epoch)
        }
        guard case .created(let record) = effect else {
            throw ServiceError(.internal, "creating a collection had the effect \(effect)")
        }
        logger.info(
            "collection created", metadata: ["collection": "\(configuration.name)"])
        await announce()
        return record
    }

    /// Deletes a collection.
    public distributed func deleteCollection(_ name: String) async throws {
        _ = try await replica.propose { catalog throws(ServiceError) in
            guard let collection = catalog.collection(named: name) else {
                throw .unknownCollection(name)
            }
            return .deleteCollection(name, collection.id)
        }
        logger.info("collection deleted", metadata: ["collection": "\(name)"])
        await announce()
    }

    /// The map, or nil if `epoch` is the newest.
    public distributed func map(newerThan epoch: Epoch?) async throws -> ClusterMap? {
        let map = await replica.catalog.map
        guard let epoch, map.epoch <= epoch else { return map }
        return nil
    }

    /// Makes a worker known, or tells where it listens now.
    public distributed func register(_ worker: WorkerRecord) async throws -> ClusterMap {
        health.heard(of: worker.node, at: .now)
        let effect = try await replica.propose { _ throws(ServiceError) in
            .registerWorker(worker)
        }
        if effect != .unchanged {
            logger.info(
                "worker registered",
                metadata: ["worker": "\(worker.node)", "endpoint": "\(worker.endpoint)"])
        }
        return await replica.catalog.map
    }

    /// Says that a worker lives; answers with the map if the worker's is older.
    public distributed func heartbeat(_ heartbeat: WorkerHeartbeat) async throws -> ClusterMap? {
        let map = await replica.catalog.map
        guard map.workers.contains(where: { $0.node == heartbeat.status.node }) else {
            throw ServiceError.notFound(
                "worker \(heartbeat.status.node) is not registered; register it first")
        }
        health.heard(heartbeat.status, at: .now)
        return heartbeat.status.epoch < map.epoch ? map : nil
    }

    /// What this placement driver says of itself.
    public distributed func status() async throws -> PlacementStatus {
        let (catalog, appliedIndex) = await (replica.catalog, replica.appliedIndex)
        let name = id.node.rawValue
        return PlacementStatus(
            node: name, role: .leader, term: 0, leader: name, members: [name],
            cluster: catalog.cluster, epoch: catalog.epoch, commitIndex: appliedIndex,
            appliedIndex: appliedIndex, stateHash: catalog.stateHash)
    }

    /// Sends the newest map to all workers, so that they need not wait for their heartbeats.
    private func announce() async {
        let map = await replica.catalog.map
        let (system, logger) = (actorSystem, logger)
        await withDeadline(Self.announcementTimeout) {
            await withTaskGroup(of: Void.self) { group in
                for worker in map.workers {
                    group.addTask { await Self.send(map, to: worker, using: system, logger) }
                }
            }
        }
    }

    private static func send(
        _ map: ClusterMap, to worker: WorkerRecord, using system: ClusterActorSystem,
        _ logger: Logger
    ) async {
        let node = NodeID(worker.node)
        system.setEndpoint(Endpoint(rawValue: worker.endpoint), of: node)
        do {
            let stub = try $WorkerService<ClusterActorSystem>.resolve(
                id: ActorID(node: node, name: WellKnownName.worker), using: system)
            try await stub.install(map)
        } catch {
            logger.debug(
                "a worker did not take the map, its next heartbeat brings it",
                metadata: ["worker": "\(worker.node)", "error": "\(error)"])
        }
    }
}

extension PlacementDriverServer {
    /// Claims the data directory, opens the catalog and answers calls from now on.
    ///
    /// Blocks while the disk is read: call it before serving anything.
    ///
    /// - Parameters:
    ///   - system: The node's actor system, started or not.
    ///   - path: The node's data directory.
    ///   - replicaCount: How many replicas each shard of a new collection gets.
    ///   - onFence: Called if a write fails; the process should end with an error then.
    /// - Throws: An error that says what is wrong with the directory.
    public static func host(
        on system: ClusterActorSystem, dataDirectory path: String, replicaCount: Int = 1,
        logger: Logger, onFence: @escaping @Sendable (any Error) -> Void
    ) throws -> PlacementDriverServer {
        let directory = try DataDirectory(
            at: path,
            for: NodeIdentity(cluster: system.settings.clusterID, node: system.node.rawValue))
        let replica = try CatalogReplica(in: directory, onFence: onFence)
        system.allow(
            $PlacementService<ClusterActorSystem>.self, on: PlacementDriverServer.self)
        system.allow(errors: ServiceError.self)
        return system.host(WellKnownName.placementDriver) { system in
            PlacementDriverServer(
                replica: replica, policy: PlacementPolicy(replicaCount: replicaCount),
                logger: logger, actorSystem: system)
        }
    }
}
