public import Distributed

/// What an auth node answers: who may do what.
///
/// Auth nodes are a consensus group. All but ``status()`` goes to its leader; another one answers
/// ``ServiceError/Code/notLeader``, with the leader's node name if it knows it.
///
/// Every request that needs a right carries the caller's own ``Credential``. One that is missing, wrong,
/// expired or revoked is ``ServiceError/Code/unauthenticated``, one that is good and may not do this is
/// ``ServiceError/Code/permissionDenied``. Neither says more than that.
@Resolvable
public protocol AuthService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Makes a user, who must not exist: the first administrator by the bootstrap token, everybody
    /// else by an administrator.
    distributed func register(_ request: RegisterRequest) async throws -> UserDescription
    /// Begins a session.
    ///
    /// An unknown user and a wrong password look the same and take the same time. Too many attempts for
    /// one name are ``ServiceError/Code/rateLimited``.
    distributed func login(_ request: LoginRequest) async throws -> SessionTokens
    /// Goes on with a session: a refresh token is good once.
    ///
    /// One that was used before ends the session, because one of its two holders has stolen it.
    distributed func refresh(_ refreshToken: Secret) async throws -> SessionTokens
    /// Ends the session of a refresh token; one that is not good any more has ended already.
    distributed func logout(_ refreshToken: Secret) async throws
    /// Who a credential speaks for, as of now.
    distributed func validate(_ credential: Credential) async throws -> Identity

    /// Makes an API key of the caller; the answer is the only time that it is shown.
    ///
    /// It may do no more than the credential that makes it, and not for longer.
    distributed func createKey(
        _ credential: Credential, _ request: CreateKeyRequest
    ) async throws -> CreatedKey
    /// The keys of a user by id: of the caller if none is named, of others for administrators.
    distributed func listKeys(
        _ credential: Credential, of user: String?
    ) async throws -> [KeyDescription]
    /// Revokes a key of the caller, or any for administrators.
    distributed func revokeKey(_ credential: Credential, _ id: String) async throws

    /// Changes a password and ends all sessions of the user; keys stay.
    distributed func changePassword(
        _ credential: Credential, _ request: ChangePasswordRequest
    ) async throws
    /// Deletes a user with all keys and sessions: oneself, or anybody for administrators.
    ///
    /// The last administrator stays.
    distributed func deleteUser(_ credential: Credential, _ name: String) async throws
    /// The users whose names come after this one, by name; for administrators.
    ///
    /// - Parameter limit: 1 to 1,000.
    distributed func listUsers(
        _ credential: Credential, after name: String?, limit: Int
    ) async throws -> [UserDescription]

    /// Gives a tenant another plan; for administrators.
    distributed func updatePlan(
        _ credential: Credential, ofTenant tenant: String, to plan: String
    ) async throws
    /// All plans by name; for administrators.
    distributed func listPlans(_ credential: Credential) async throws -> [Plan]
    /// Makes a plan, or changes the one of this name; for administrators.
    distributed func setPlan(_ credential: Credential, _ plan: Plan) async throws
    /// Signs by a new key from now on; tokens of the one before stay good until they expire. For
    /// administrators.
    distributed func rotateSigningKey(_ credential: Credential) async throws

    /// Lets an auth node into the group whose disk was lost or is new: as another peer, whose number
    /// was never used. For auth nodes.
    distributed func admit(_ node: String, as peer: UInt64) async throws
    /// What this auth node says of itself, whether it leads or not; nothing of users.
    distributed func status() async throws -> AuthStatus
}

/// A user to be made.
public struct RegisterRequest: Sendable, Hashable, Codable {
    /// Why it may be made.
    public var proof: Proof
    /// One to 64 of `a–z 0–9 _ - . @`, the first a letter or digit.
    public var name: String
    /// At least 12 characters, at most 1,024 bytes.
    public var password: Secret
    /// The tenant; nil: one of its own, named like the user.
    public var tenant: String?
    /// The plan of a tenant that is new; nil: `standard`, the first administrator's is `unlimited`.
    public var plan: String?
    /// Whether the user is an administrator; the first one always is.
    public var isAdmin: Bool
    /// What the user may do within the tenant; nil: manage all collections.
    public var scopes: [Scope]?

    /// Why a user may be made.
    public enum Proof: Sendable, Hashable, Codable {
        /// By the token that was printed at the first start; good once.
        case bootstrapToken(Secret)
        /// By an administrator.
        case admin(Credential)
    }

    /// Makes a request.
    public init(
        proof: Proof, name: String, password: Secret, tenant: String? = nil, plan: String? = nil,
        isAdmin: Bool = false, scopes: [Scope]? = nil
    ) {
        self.proof = proof
        self.name = name
        self.password = password
        self.tenant = tenant
        self.plan = plan
        self.isAdmin = isAdmin
        self.scopes = scopes
    }
}

/// A name and what proves it.
public struct LoginRequest: Sendable, Hashable, Codable {
    /// The user's name.
    public var name: String
    /// The user's password.
    public var password: Secret

    /// Makes a request.
    public init(name: String, password: Secret) {
        self.name = name
        self.password = password
    }
}

/// The tokens of a session.
public struct SessionTokens: Sendable, Hashable, Codable {
    /// The access token: a JWT, to be shown with each request.
    public var accessToken: Secret
    /// From when the access token is refused; 15 min after it was made.
    public var accessExpiresAt: Timestamp
    /// What continues the session, once.
    public var refreshToken: Secret
    /// From when the refresh token is refused.
    public var refreshExpiresAt: Timestamp

    /// Makes tokens.
    public init(
        accessToken: Secret, accessExpiresAt: Timestamp, refreshToken: Secret,
        refreshExpiresAt: Timestamp
    ) {
        self.accessToken = accessToken
        self.accessExpiresAt = accessExpiresAt
        self.refreshToken = refreshToken
        self.refreshExpiresAt = refreshExpiresAt
    }
}

/// A key to be made.
public struct CreateKeyRequest: Sendable, Hashable, Codable {
    /// What the user calls it, at most 128 bytes.
    public var label: String
    /// What it may do, at most 16 rights; empty: nothing.
    public var scopes: [Scope]
    /// Whether it may administer; for administrators.
    public var isAdmin: Bool
    /// From when it is refused; nil: never.
    public var expiresAt: Timestamp?

    /// Makes a request.
    public init(
        label: String, scopes: [Scope], isAdmin: Bool = false, expiresAt: Timestamp? = nil
    ) {
        self.label = label
        self.scopes = scopes
        self.isAdmin = isAdmin
        self.expiresAt = expiresAt
    }
}

/// A key that was made.
public struct CreatedKey: Sendable, Hashable, Codable {
    /// The key itself; nobody can show it again.
    public var key: Secret
    /// What is known of it from now on.
    public var description: KeyDescription

    /// Makes an answer.
    public init(key: Secret, description: KeyDescription) {
        self.key = key
        self.description = description
    }
}

/// A password to be changed.
public struct ChangePasswordRequest: Sendable, Hashable, Codable {
    /// Whose; nil: the caller's.
    public var user: String?
    /// The password until now; an administrator who changes another's needs none.
    public var currentPassword: Secret?
    /// At least 12 characters, at most 1,024 bytes.
    public var newPassword: Secret

    /// Makes a request.
    public init(user: String? = nil, currentPassword: Secret?, newPassword: Secret) {
        self.user = user
        self.currentPassword = currentPassword
        self.newPassword = newPassword
    }
}

/// What an auth node says of itself.
public struct AuthStatus: Sendable, Hashable, Codable {
    /// Its node name.
    public var node: String
    /// What it does in the group of auth nodes.
    public var role: ReplicaRole
    /// The newest term that it knows.
    public var term: UInt64
    /// The node name of the leader that it follows, or its own; nil while there is none.
    public var leader: String?
    /// The node names of the auth nodes by the cluster file.
    public var members: [String]
    /// The number of the group's life; 0 until it has begun.
    public var cluster: UInt64
    /// Whether there is an administrator: until then nothing but loopback is to be listened on.
    public var hasAdmin: Bool
    /// The index of the last command that it knows to be committed.
    public var commitIndex: UInt64
    /// The index of the last command that it has applied.
    public var appliedIndex: UInt64
    /// A hash of what it holds after that command, in hexadecimal digits.
    public var stateHash: String?

    /// Makes a status.
    public init(
        node: String, role: ReplicaRole, term: UInt64, leader: String?, members: [String],
        cluster: UInt64, hasAdmin: Bool, commitIndex: UInt64, appliedIndex: UInt64,
        stateHash: String? = nil
    ) {
        self.node = node
        self.role = role
        self.term = term
        self.leader = leader
        self.members = members
        self.cluster = cluster
        self.hasAdmin = hasAdmin
        self.commitIndex = commitIndex
        self.appliedIndex = appliedIndex
        self.stateHash = stateHash
    }
}
