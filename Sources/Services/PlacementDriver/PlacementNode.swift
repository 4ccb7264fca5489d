public import Actors
public import Logging
import Primitives
import Protocols
import Raft
import Replication
public import ServiceLifecycle
import Storage

/// A placement driver as a process runs it: claims its data directory, takes part in the group of
/// the catalog, and gives away the lead when it is told to stop.
public struct PlacementNode: Service {
    /// What a placement driver needs to know.
    public struct Settings: Sendable {
        /// The node's data directory.
        public var dataDirectory: String
        /// All placement drivers of the cluster, this one as well; the actor system knows where.
        public var members: [NodeID]
        /// How many replicas each shard of a new collection gets unless it says so itself.
        public var replicaCount: Int
        /// Whether an empty data directory begins a cluster.
        public var start: Start
        /// After how long without its leader the group elects another: the paper's T.
        public var electionTimeout: Duration = .milliseconds(300)

        /// What an empty data directory means.
        public enum Start: Sendable, Hashable {
            /// A new cluster begins, with all placement drivers of the file as its first members.
            case bootstrap
            /// The disk of this node was lost or is new: it joins the others, as another peer.
            case join
        }

        /// Makes settings.
        public init(
            dataDirectory: String, members: [NodeID], replicaCount: Int = 1, start: Start
        ) {
            self.dataDirectory = dataDirectory
            self.members = members
            self.replicaCount = replicaCount
            self.start = start
        }
    }

    private let system: ClusterActorSystem
    private let settings: Settings
    private let logger: Logger
    private let log: RaftLog
    private let group: PlacementGroup
    private let server: PlacementDriverServer
    private let stored: StoredLog?
    /// Which peer this node is if it begins the cluster, and if it joins.
    private let (founder, joiner): (PeerID?, PeerID)

    /// Claims the data directory and answers calls from now on.
    ///
    /// Blocks while the disk is read: call it before serving anything.
    ///
    /// - Parameter onFence: Called if a write fails; the process should end with an error then.
    /// - Throws: An error that says what is wrong with the directory.
    public init(
        on system: ClusterActorSystem, settings: Settings, logger: Logger,
        onFence: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.system = system
        self.settings = settings
        self.logger = logger
        let directory = try DataDirectory(
            at: settings.dataDirectory,
            for: NodeIdentity(cluster: system.settings.clusterID, node: system.node.rawValue))
        let machine = try CatalogMachine(at: directory.catalogPath)
        let log = try RaftLog(in: directory, logger: logger)
        stored = log.restored[PlacementGroup.id]
        guard !log.damagedGroups.contains(PlacementGroup.id),
            stored != nil || machine.applied.index == 0,
            machine.applied.index >= stored?.base.index ?? 0
        else {
            throw StorageError.corrupted(
                path: directory.logPath, what: "the log of the catalog",
                reason: """
                    it is damaged or missing, so that this node may have forgotten its vote; move the \
                    directory away and start the node again, it joins the others anew; if more than \
                    half of the placement drivers are lost use `vectron recover`
                    """)
        }
        guard stored != nil || settings.start == .bootstrap || settings.members.count > 1 else {
            throw ServiceError(
                .notFound,
                """
                \(settings.dataDirectory) holds no catalog, and there is no other placement driver to \
                join; begin a new cluster with --bootstrap, or bring the data back
                """)
        }
        let names = settings.members.map(\.rawValue)
        let founder = names.firstIndex(of: system.node.rawValue).map { PeerID(UInt64($0) + 1) }
        // The number of the directory is drawn anew for each disk, so that it names no other peer.
        joiner = PeerID(directory.store)
        self.founder = founder
        self.log = log
        let engine = ReplicationEngine(
            on: system, settings: ReplicationSettings(), seed: .random(in: 0 ... .max),
            logger: logger, append: { try log.append($0) }, onFence: onFence)
        group = PlacementGroup(engine: engine, machine: machine)
        if machine.catalog.cluster != 0 { engine.belong(to: machine.catalog.cluster) }
        _ = ReplicationServer.host(engine, on: system)
        server = PlacementDriverServer.host(
            group, policy: PlacementPolicy(replicaCount: settings.replicaCount), members: names,
            logger: logger, on: system)
    }

    /// Takes part in the group until the task is cancelled or the process is told to stop.
    public func run() async throws {
        let founds = await mayFound()
        let peer = stored?.peer ?? (founds ? founder : nil) ?? joiner
        await enter(as: peer, founds: founds)
        group.engine.start(
            tickInterval: ReplicationTiming.tickInterval(for: settings.electionTimeout))
        await cancelWhenGracefulShutdown {
            var wasVoter = true
            while !Task.isCancelled {
                let isVoter = await look(as: peer)
                if isVoter, !wasVoter { logger.notice("this placement driver votes now") }
                wasVoter = isVoter
                // A cancelled sleep ends early, which is all that is wanted of it.
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
        await group.engine.shutDown()
        try log.seal()
    }

    private var founders: [PeerID] { settings.members.indices.map { PeerID(UInt64($0) + 1) } }

    private func enter(as peer: PeerID, founds: Bool) async {
        let nodes = Dictionary(
            zip(founders, settings.members.map(\.rawValue)), uniquingKeysWith: { $1 })
        group.machine.begin(
            with: stored?.base.configuration
                ?? Configuration(voters: founds ? founders : []))
        await group.engine.add(
            PlacementGroup.id, machine: group.machine, stored: stored,
            applied: group.machine.applied, peer: peer, founders: founds ? founders : [],
            nodes: nodes, leads: founds && peer == founders.first, onStatus: { _ in })
        await group.engine.set(
            PlacementGroup.id, candidateNodes: settings.members.map(\.rawValue))
    }

    // MARK: - Starting

    /// Whether this node is one of those that begin the cluster.
    ///
    /// A cluster begins once, with all its placement drivers there: each has to have seen every other
    /// without a cluster. One that finds the cluster begun joins as another peer, since its disk may be
    /// new in the place of one that has voted.
    private func mayFound() async -> Bool {
        guard stored == nil, settings.start == .bootstrap else { return false }
        var unseen = settings.members.filter { $0 != system.node }
        while !unseen.isEmpty, !Task.isCancelled {
            for member in unseen {
                let status = try? await withDeadline(.milliseconds(500)) {
                    try await stub(of: member).status()
                }
                guard let status else { continue }
                guard status.cluster == 0 else {
                    logger.notice(
                        "the cluster has begun already, this node joins it as another peer",
                        metadata: ["placement": "\(member)"])
                    return false
                }
                unseen.removeAll { $0 == member }
            }
            // A cancelled sleep ends early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(20))
        }
        return !Task.isCancelled
    }

    private func stub(
        of member: NodeID
    ) throws -> $PlacementService<ClusterActorSystem> {
        try $PlacementService.resolve(
            id: ActorID(node: member, name: WellKnownName.placementDriver), using: system)
    }

    /// Does what is to be done now and then: begins the cluster's life, and asks to be let in.
    ///
    /// - Returns: Whether this node votes, and no change of members is under way.
    private func look(as peer: PeerID) async -> Bool {
        guard let status = await group.engine.status(of: PlacementGroup.id) else { return false }
        let catalog = group.machine.catalog
        if catalog.cluster != 0 {
            group.engine.belong(to: catalog.cluster)
        } else if status.status.role == .leader {
            // A refusal means that another leader was first.
            _ = try? await group.propose { catalog throws(ServiceError) in
                .initialize(
                    cluster: catalog.cluster == 0 ? .random(in: 1 ... .max) : catalog.cluster)
            }
        }
        if !status.voters.contains(peer), status.isSettled || status.voters.isEmpty {
            await askForAdmission(as: peer, leader: status.leaderNode)
        }
        return status.voters.contains(peer) && status.isSettled
    }

    private func askForAdmission(as peer: PeerID, leader: String?) async {
        for member in settings.members where member != system.node {
            guard leader == nil || leader == member.rawValue else { continue }
            do {
                try await withDeadline(.seconds(1)) {
                    try await stub(of: member).admit(system.node.rawValue, as: peer.rawValue)
                }
                return
            } catch {
                logger.debug(
                    "not admitted yet",
                    metadata: ["placement": "\(member)", "error": "\(error)"])
            }
        }
    }
}
