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
    private let membership: Membership

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
        let stored = log.restored[PlacementGroup.id]
        guard
            Membership.isIntact(
                stored, isDamaged: log.damagedGroups.contains(PlacementGroup.id),
                applied: machine.applied.index)
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
        self.log = log
        let engine = ReplicationEngine(
            on: system, settings: ReplicationSettings(), seed: .random(in: 0 ... .max),
            logger: logger, append: { try log.append($0) }, onFence: onFence)
        group = PlacementGroup(engine: engine, machine: machine)
        membership = Membership(
            in: group.agreed, node: system.node, members: settings.members, stored: stored,
            mayBegin: settings.start == .bootstrap, store: directory.store,
            others: Self.others(on: system), logger: logger)
        if machine.catalog.cluster != 0 { engine.belong(to: machine.catalog.cluster) }
        _ = ReplicationServer.host(engine, on: system)
        server = PlacementDriverServer.host(
            group, policy: PlacementPolicy(replicaCount: settings.replicaCount), members: names,
            logger: logger, on: system)
    }

    /// Takes part in the group until the task is cancelled or the process is told to stop.
    public func run() async throws {
        let machine = group.machine
        await membership.run(
            machine, applied: { machine.applied }, begin: { machine.begin(with: $0) },
            electionTimeout: settings.electionTimeout, look: { await look($0) },
            untilStopped: { body in await cancelWhenGracefulShutdown { await body() } })
        try log.seal()
    }

    private static func others(on system: ClusterActorSystem) -> Membership.Others {
        @Sendable func stub(
            of member: NodeID
        ) throws -> $PlacementService<ClusterActorSystem> {
            try $PlacementService.resolve(
                id: ActorID(node: member, name: WellKnownName.placementDriver), using: system)
        }
        return Membership.Others(
            life: { try await stub(of: $0).status().cluster },
            admit: { member, peer in
                try await stub(of: member).admit(system.node.rawValue, as: peer.rawValue)
            })
    }

    /// Begins the cluster's life if that is to be done.
    private func look(_ status: GroupStatus) async {
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
    }
}
