public import Actors
public import Distributed
import Logging
public import Primitives
public import Protocols
import Raft
import Replication

/// Answers ``PlacementService``: agrees on changes of the catalog, tells everybody the map, and
/// notes who is alive. It is never asked for a point.
///
/// Thin: decisions are ``Catalog``'s and ``PlacementPolicy``'s, agreement is the group's. Only the
/// leader of the group answers what needs the newest catalog; the others name it.
public distributed actor PlacementDriverServer: PlacementService {
    /// Hosted by the cluster's actor system.
    public typealias ActorSystem = ClusterActorSystem

    private let group: PlacementGroup
    private let policy: PlacementPolicy
    private let members: [String]
    private let logger: Logger
    private var health: HealthTracker
    /// The term in which `health` was begun.
    private var healthTerm: UInt64 = 0
    /// Whether what the heartbeats say is being brought into the catalog.
    private var isReconciling = false

    /// How long workers are waited for when a new map is sent to them.
    ///
    /// Whoever misses it gets the map with its next heartbeat.
    private static let announcementTimeout = Duration.seconds(2)

    init(
        group: PlacementGroup, policy: PlacementPolicy, members: [String], logger: Logger,
        actorSystem: ClusterActorSystem
    ) {
        self.group = group
        self.policy = policy
        self.members = members
        self.logger = logger
        health = HealthTracker(at: .now)
        self.actorSystem = actorSystem
    }

    /// Creates a collection, which must not exist, and places its shards on living workers.
    public distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionRecord {
        try configuration.validate()
        await renewHealth()
        let (policy, health, now) = (policy, health, ContinuousClock.now)
        let effect = try await group.propose { catalog throws(ServiceError) in
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
        _ = try await group.propose { catalog throws(ServiceError) in
            guard let collection = catalog.collection(named: name) else {
                throw .unknownCollection(name)
            }
            return .deleteCollection(name, collection.id)
        }
        logger.info("collection deleted", metadata: ["collection": "\(name)"])
        await announce()
    }

    /// The map, or nil if `epoch` is the newest.
    ///
    /// A follower answers too if it knows a newer one.
    public distributed func map(newerThan epoch: Epoch?) async throws -> ClusterMap? {
        let known = group.machine.catalog.map
        if let epoch, known.epoch > epoch { return known }
        let map = try await group.catalog().map
        guard let epoch, map.epoch <= epoch else { return map }
        return nil
    }

    /// Makes a worker known, or tells where it listens now.
    public distributed func register(_ worker: WorkerRecord) async throws -> ClusterMap {
        let group = group
        let effect = try await group.propose { catalog throws(ServiceError) in
            // Before the cluster has begun nobody can belong to it.
            guard catalog.cluster != 0 else { throw group.notLeader(nil) }
            return .registerWorker(worker)
        }
        await renewHealth()
        health.heard(of: worker.node, at: .now)
        if case .registered(_, let lost) = effect {
            logger.info(
                "worker registered",
                metadata: ["worker": "\(worker.node)", "endpoint": "\(worker.endpoint)"])
            if !lost.isEmpty {
                logger.warning(
                    "a worker has another disk, its replicas begin anew",
                    metadata: ["worker": "\(worker.node)", "replica.count": "\(lost.count)"])
                await announce()
            }
        }
        return group.machine.catalog.map
    }

    /// Says that a worker lives; answers with the map if the worker's is older.
    public distributed func heartbeat(_ heartbeat: WorkerHeartbeat) async throws -> ClusterMap? {
        let status = await group.engine.status(of: PlacementGroup.id)
        guard status?.status.role == .leader else {
            throw group.notLeader(status?.leaderNode)
        }
        let map = group.machine.catalog.map
        guard map.workers.contains(where: { $0.node == heartbeat.status.node }) else {
            throw ServiceError.notFound(
                "worker \(heartbeat.status.node) is not registered; register it first")
        }
        await renewHealth()
        health.heard(heartbeat.status, at: .now)
        reconcile(heartbeat.status, map)
        return heartbeat.status.epoch < map.epoch ? map : nil
    }

    /// This placement driver, as it sees the group.
    public distributed func status() async throws -> PlacementStatus {
        let status = await group.engine.status(of: PlacementGroup.id)
        let catalog = group.machine.catalog
        return PlacementStatus(
            node: id.node.rawValue, role: ReplicaRole(status), term: status?.status.term ?? 0,
            leader: status?.leaderNode, members: members, cluster: catalog.cluster,
            epoch: catalog.epoch, commitIndex: status?.commitIndex ?? 0,
            appliedIndex: group.machine.applied.index, stateHash: catalog.stateHash)
    }

    /// Lets a placement driver into the group whose disk was lost: as another peer.
    public distributed func admit(_ node: String, as peer: UInt64) async throws {
        let status = await group.engine.status(of: PlacementGroup.id)
        guard status?.status.role == .leader else {
            throw group.notLeader(status?.leaderNode)
        }
        guard members.contains(node) else {
            throw ServiceError.invalidArgument(
                """
                \(node) is no placement driver by the cluster file of \(id.node); \
                give all nodes the same file
                """)
        }
        await group.engine.admit(node, as: PeerID(peer), to: PlacementGroup.id)
    }

    /// A new leader has heard of nobody; all count as alive until they could have been heard.
    private func renewHealth() async {
        let term = await group.engine.status(of: PlacementGroup.id)?.status.term ?? 0
        guard term != healthTerm else { return }
        healthTerm = term
        health = HealthTracker(at: .now)
    }

    // MARK: - What the heartbeats say

    /// Brings into the catalog what a worker says of its groups: changes of members that are done,
    /// and replicas that cannot go on and must be replaced.
    private func reconcile(_ status: WorkerStatus, _ map: ClusterMap) {
        guard !isReconciling else { return }
        let commands = Self.commands(after: status, map)
        guard !commands.isEmpty else { return }
        isReconciling = true
        // Ends by itself; the next heartbeat begins what this one has left out.
        Task {
            for command in commands {
                do {
                    _ = try await group.propose { _ throws(ServiceError) in command }
                } catch {
                    logger.debug(
                        "a report was not brought into the catalog",
                        metadata: ["worker": "\(status.node)", "error": "\(error)"])
                }
            }
            isReconciling = false
        }
    }

    private static func commands(
        after status: WorkerStatus, _ map: ClusterMap
    ) -> [CatalogCommand] {
        var commands: [CatalogCommand] = []
        for collection in map.collections {
            for record in collection.shards {
                guard let shard = status.shards.first(where: { $0.id == record.id }) else {
                    continue
                }
                let isRecovered = Catalog.isRecovered(record, with: shard.voters)
                // What was sent before the newest map may be older than it, and is costly if believed.
                let isTimely = !isRecovered || status.epoch == map.epoch
                if shard.role == .leader, !record.removed.isEmpty || isRecovered, isTimely,
                    !shard.voters.isEmpty, shard.voters.sorted() != record.voters
                {
                    commands.append(
                        .configurationApplied(
                            record.id, ifVersion: record.version, voters: shard.voters))
                }
                if shard.isDiverged, record.replicas.count > 1,
                    record.replica(on: status.node)?.id == shard.replica
                {
                    commands.append(
                        .replaceReplica(
                            ReplicaReplacement(
                                shard: record.id, ifVersion: record.version,
                                remove: shard.replica, worker: status.node)))
                }
            }
        }
        return commands
    }

    // MARK: - Telling the map

    /// Sends the newest map to all workers, so that they need not wait for their heartbeats.
    private func announce() async {
        let map = group.machine.catalog.map
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
    /// Answers calls from now on.
    static func host(
        _ group: PlacementGroup, policy: PlacementPolicy, members: [String], logger: Logger,
        on system: ClusterActorSystem
    ) -> PlacementDriverServer {
        system.allow(
            $PlacementService<ClusterActorSystem>.self, on: PlacementDriverServer.self)
        system.allow(errors: ServiceError.self)
        return system.host(WellKnownName.placementDriver) { system in
            PlacementDriverServer(
                group: group, policy: policy, members: members, logger: logger,
                actorSystem: system)
        }
    }
}
