public import Actors
public import Distributed
import FoundationEssentials
import Logging
import Primitives
public import Protocols
import Raft
import Replication

/// Answers ``AuthService``: checks what is shown, hashes, signs, and proposes.
///
/// Thin: who may do what is ``AuthState``'s, agreement is the group's. Only the leader of the group
/// answers; the others name it before anything is hashed.
public distributed actor AuthServer: AuthService {
    /// Hosted by the cluster's actor system.
    public typealias ActorSystem = ClusterActorSystem

    let group: AuthGroup
    let secret: GroupSecret
    let tokens: AccessTokens
    let passwords: Passwords
    let clock: @Sendable () -> Timestamp
    let members: [String]
    let logger: Logger
    var throttle = LoginThrottle()
    /// Which keys were used in the hour that has begun then, and were not noted yet.
    private var used: (hour: Timestamp, keys: Set<String>) = (Timestamp(0), [])

    init(
        group: AuthGroup, secret: GroupSecret, passwords: Passwords,
        clock: @escaping @Sendable () -> Timestamp, members: [String], logger: Logger,
        actorSystem: ClusterActorSystem
    ) {
        self.group = group
        self.secret = secret
        tokens = AccessTokens(secret)
        self.passwords = passwords
        self.clock = clock
        self.members = members
        self.logger = logger
        self.actorSystem = actorSystem
    }

    // MARK: - Who asks

    /// Who a credential speaks for, as of now.
    public distributed func validate(_ credential: Credential) async throws -> Identity {
        let state = try await group.state()
        return try state.identity(of: try await caller(credential, in: state))
    }

    /// Who shows a credential; whether that was revoked is not looked at.
    func caller(_ credential: Credential, in state: AuthState) async throws -> Caller {
        switch credential {
        case .accessToken(let text):
            guard let caller = await tokens.caller(showing: text, in: state, at: clock()) else {
                throw ServiceError.unauthenticated
            }
            return caller
        case .apiKey(let text):
            guard let key = APIKeyText(text), let record = state.keys[key.id],
                secret.isHash(record.hash, of: key.secret.value, for: .apiKey)
            else { throw ServiceError.unauthenticated }
            note(record, at: clock())
            return Caller(.key(key.id), at: clock())
        }
    }

    /// Who shows a credential, if it holds.
    func identity(_ credential: Credential) async throws -> (Identity, AuthState) {
        let state = try await group.state()
        return (try state.identity(of: try await caller(credential, in: state)), state)
    }

    /// Does something for whoever shows a credential; the state machine looks whether it may be done.
    ///
    /// What is refused already is not written to the log: it would grow by it, and might have a secret in
    /// it, such as a whole key in the place of its id.
    func act(_ credential: Credential, _ action: Action) async throws -> AuthEffect {
        var state = try await group.state()
        let command = AuthCommand.act(try await caller(credential, in: state), action)
        _ = try state.apply(command).get()
        return try await group.propose(command)
    }

    // MARK: - When keys were used

    private func note(_ key: KeyRecord, at time: Timestamp) {
        let hour = Timestamp(time.rawValue - time.rawValue % 3_600)
        guard key.lastUsedAt.map({ $0 < hour }) ?? true else { return }
        // What was not noted in its hour counts for the next one: coarse is enough.
        used.hour = max(used.hour, hour)
        used.keys.insert(key.id)
    }

    /// Notes the use of keys that was seen, and forgets what has expired; called once a minute.
    func tidy() async {
        let (hour, keys) = (used.hour, used.keys.sorted())
        used.keys = []
        do {
            if !keys.isEmpty { try await group.propose(.noteUse(keys, hour: hour)) }
            let time = clock()
            if group.machine.state.needsSweep(at: time) {
                try await group.propose(.sweep(at: time))
            }
        } catch {
            // The next leader sees the next use, and sweeps.
            logger.debug("the auth state was not tidied", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - Nodes

    /// This auth node, as it sees the group.
    public distributed func status() async throws -> AuthStatus {
        let status = await group.agreed.status()
        let state = group.machine.state
        return AuthStatus(
            node: id.node.rawValue, role: ReplicaRole(status), term: status?.status.term ?? 0,
            leader: status?.leaderNode, members: members, cluster: state.life,
            hasAdmin: state.hasAdmin, commitIndex: status?.commitIndex ?? 0,
            appliedIndex: group.machine.applied.index, stateHash: group.machine.stateHash)
    }

    /// Lets an auth node into the group whose disk was lost: as another peer.
    public distributed func admit(_ node: String, as peer: UInt64) async throws {
        let status = await group.agreed.status()
        guard status?.status.role == .leader else {
            throw group.agreed.notLeader(status?.leaderNode)
        }
        guard members.contains(node) else {
            throw ServiceError.invalidArgument(
                """
                \(node) is no auth node by the cluster file of \(id.node); \
                give all nodes the same file
                """)
        }
        await group.agreed.engine.admit(node, as: PeerID(peer), to: AuthGroup.id)
    }
}

extension AuthServer {
    /// Answers calls from now on.
    static func host(
        _ group: AuthGroup, secret: GroupSecret, passwords: Passwords,
        clock: @escaping @Sendable () -> Timestamp, members: [String], logger: Logger,
        on system: ClusterActorSystem
    ) -> AuthServer {
        system.allow($AuthService<ClusterActorSystem>.self, on: AuthServer.self)
        system.allow(errors: ServiceError.self)
        return system.host(WellKnownName.auth) { system in
            AuthServer(
                group: group, secret: secret, passwords: passwords, clock: clock,
                members: members, logger: logger, actorSystem: system)
        }
    }

    static func unexpected(_ effect: AuthEffect) -> ServiceError {
        ServiceError(.internal, "a command had another effect than its own")
    }
}
