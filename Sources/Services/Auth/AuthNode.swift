public import Actors
import Distributed
import Foundation
public import Logging
import Primitives
public import Protocols
import Raft
import Replication
public import ServiceLifecycle
import Storage

/// An auth node as a process runs it: claims its data directory, takes part in the group of the auth
/// nodes, and gives away the lead when it is told to stop.
public struct AuthNode: Service {
    /// What an auth node needs to know.
    public struct Settings: Sendable {
        /// The node's data directory.
        public var dataDirectory: String
        /// All auth nodes of the cluster, this one as well; the actor system knows where.
        public var members: [NodeID]
        /// The 32 bytes that all auth nodes of the cluster share, and that no store has.
        public var secret: [UInt8]
        /// Whether an empty data directory begins a group.
        public var start: Start
        /// Whether another bootstrap token is made, if there is no administrator yet.
        public var renewsBootstrapToken = false
        /// After how long without its leader the group elects another: the paper's T.
        public var electionTimeout: Duration = .milliseconds(300)
        /// What time it is.
        public var clock: @Sendable () -> Timestamp = {
            Timestamp(Int64(Date().timeIntervalSince1970))
        }
        /// What a hash of a password costs.
        package var passwordCost = Passwords.Cost.interactive
        /// Gets the bootstrap token, once; it is nowhere else.
        public var announce: @Sendable (Secret) -> Void

        /// What an empty data directory means.
        public enum Start: Sendable, Hashable {
            /// A new group begins, with all auth nodes of the file as its first members.
            case bootstrap
            /// The disk of this node was lost or is new: it joins the others, as another peer.
            case join
        }

        /// Makes settings.
        public init(
            dataDirectory: String, members: [NodeID], secret: [UInt8], start: Start,
            announce: @escaping @Sendable (Secret) -> Void
        ) {
            self.dataDirectory = dataDirectory
            self.members = members
            self.secret = secret
            self.start = start
            self.announce = announce
        }
    }

    private let settings: Settings
    private let logger: Logger
    private let log: RaftLog
    private let group: AuthGroup
    private let server: AuthServer
    private let secret: GroupSecret
    private let membership: Membership
    private let onFence: @Sendable (any Error) -> Void

    /// Claims the data directory and answers calls from now on.
    ///
    /// Blocks while the disk is read: call it before serving anything.
    ///
    /// - Parameter onFence: Called if a write fails, or this node has another secret than the others;
    ///   the process should end with an error then.
    /// - Throws: An error that says what is wrong with the directory or the secret.
    public init(
        on system: ClusterActorSystem, settings: Settings, logger: Logger,
        onFence: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.settings = settings
        self.logger = logger
        self.onFence = onFence
        guard settings.secret.count == GroupSecret.byteCount else {
            throw ServiceError.invalidArgument(
                "the secret of the auth nodes has \(settings.secret.count) bytes, not 32")
        }
        secret = GroupSecret(settings.secret)
        let directory = try DataDirectory(
            at: settings.dataDirectory,
            for: NodeIdentity(cluster: system.settings.clusterID, node: system.node.rawValue))
        let machine = try AuthMachine(at: directory.authPath)
        let log = try RaftLog(in: directory, logger: logger)
        let stored = log.restored[AuthGroup.id]
        guard
            Membership.isIntact(
                stored, isDamaged: log.damagedGroups.contains(AuthGroup.id),
                applied: machine.applied.index)
        else {
            throw StorageError.corrupted(
                path: directory.logPath, what: "the log of the auth nodes",
                reason: """
                    it is damaged or missing, so that this node may have forgotten its vote; move the \
                    directory away and start the node again, it joins the others anew
                    """)
        }
        guard stored != nil || settings.start == .bootstrap || settings.members.count > 1 else {
            throw ServiceError(
                .notFound,
                """
                \(settings.dataDirectory) holds no users, and there is no other auth node to join; \
                begin with --bootstrap, or bring the data back
                """)
        }
        try Self.check(secret, machine.state)
        self.log = log
        let engine = ReplicationEngine(
            on: system, settings: ReplicationSettings(), seed: .random(in: 0 ... .max),
            logger: logger, append: { try log.append($0) }, onFence: onFence)
        group = AuthGroup(engine: engine, machine: machine)
        membership = Membership(
            in: group.agreed, node: system.node, members: settings.members, stored: stored,
            mayBegin: settings.start == .bootstrap, store: directory.store,
            others: Self.others(on: system), logger: logger)
        if machine.state.life != 0 { engine.belong(to: machine.state.life) }
        _ = ReplicationServer.host(engine, on: system)
        server = AuthServer.host(
            group, secret: secret, passwords: try Passwords(cost: settings.passwordCost),
            clock: settings.clock, members: settings.members.map(\.rawValue), logger: logger,
            on: system)
    }

    private static func others(on system: ClusterActorSystem) -> Membership.Others {
        @Sendable func stub(of member: NodeID) throws -> $AuthService<ClusterActorSystem> {
            try $AuthService.resolve(
                id: ActorID(node: member, name: WellKnownName.auth), using: system)
        }
        return Membership.Others(
            life: { try await stub(of: $0).status().cluster },
            admit: { member, peer in
                try await stub(of: member).admit(system.node.rawValue, as: peer.rawValue)
            })
    }

    /// Throws if the group was begun under another secret.
    private static func check(_ secret: GroupSecret, _ state: AuthState) throws(ServiceError) {
        guard state.life == 0 || secret.check(of: state.life) == state.secretCheck else {
            throw .invalidArgument(
                """
                the secret of the auth nodes is another one than when they began; copy the file from \
                another auth node, or from where it is kept
                """)
        }
    }

    /// Takes part in the group until the task is cancelled or the process is told to stop.
    public func run() async throws {
        let machine = group.machine
        let chores = Chores(tokenIsWanted: settings.renewsBootstrapToken)
        await membership.run(
            machine, applied: { machine.applied }, begin: { machine.begin(with: $0) },
            electionTimeout: settings.electionTimeout,
            look: { await look($0, chores) },
            untilStopped: { body in await cancelWhenGracefulShutdown { await body() } })
        try log.seal()
    }

    /// What is done now and then, and when it was done last.
    private actor Chores {
        private var tokenIsWanted: Bool
        private var tidied = ContinuousClock.now

        init(tokenIsWanted: Bool) { self.tokenIsWanted = tokenIsWanted }

        func takeWish() -> Bool {
            defer { tokenIsWanted = false }
            return tokenIsWanted
        }

        /// Whether a minute has gone by.
        func isTimeToTidy() -> Bool {
            guard ContinuousClock.now - tidied >= .seconds(60) else { return false }
            tidied = .now
            return true
        }
    }

    private func look(_ status: GroupStatus, _ chores: Chores) async {
        let state = group.machine.state
        if state.life != 0 {
            do throws(ServiceError) {
                try Self.check(secret, state)
            } catch {
                onFence(error)
            }
            group.agreed.engine.belong(to: state.life)
        }
        guard status.status.role == .leader else { return }
        if state.life == 0 {
            await begin()
        } else if await chores.takeWish() {
            await replaceBootstrapToken()
        }
        if await chores.isTimeToTidy() { await server.whenLocal { await $0.tidy() } }
    }

    private func begin() async {
        let token = Secret("vbt_\(RandomText.secret())")
        let life = UInt64.random(in: 1 ... .max)
        do {
            // Those that are applied first say whether there is a life already.
            _ = try await group.state()
            guard group.machine.state.life == 0 else { return }
            let effect = try await group.propose(
                .initialize(
                    Beginning(
                        life: life, secretCheck: secret.check(of: life),
                        bootstrapHash: secret.hash(token.value, for: .bootstrapToken),
                        signingKey: try secret.makeSigningKey(at: settings.clock()))))
            if effect == .initialized { settings.announce(token) }
        } catch {
            logger.debug("the auth nodes have not begun", metadata: ["error": "\(error)"])
        }
    }

    private func replaceBootstrapToken() async {
        let token = Secret("vbt_\(RandomText.secret())")
        do {
            try await group.propose(
                .replaceBootstrapToken(hash: secret.hash(token.value, for: .bootstrapToken)))
            settings.announce(token)
        } catch {
            logger.warning("there is no new bootstrap token", metadata: ["error": "\(error)"])
        }
    }
}
