package import FoundationEssentials
package import Protocols

/// A change of who may do what: what the auth nodes agree on, store and replay.
///
/// It holds no secret: passwords, keys and tokens are hashed before. Times, random ids and hashes are
/// the proposer's; whether the caller may do it is decided when it is applied.
package enum AuthCommand: Sendable, Hashable, Codable {
    /// Begins the group's life, once; nothing else is taken before.
    case initialize(Beginning)
    /// Another bootstrap token, while there is no administrator.
    case replaceBootstrapToken(hash: Data)
    /// The first administrator, by the bootstrap token.
    case addFirstAdmin(NewUser, tokenHash: Data, at: Timestamp)
    /// What a caller does.
    case act(Caller, Action)
    /// A user has shown the password of this hash, and gets a session.
    ///
    /// `rehashed` takes the hash's place: the same password by newer parameters.
    case beginSession(NewSession, ifPasswordHash: String, rehashed: String?)
    /// A session goes on by another refresh token, if the one that was shown is good.
    case refreshSession(String, ifHash: Data, hash: Data, at: Timestamp)
    /// A session ends.
    case endSession(String)
    /// Keys were used in this hour.
    case noteUse([String], hour: Timestamp)
    /// What has expired is forgotten.
    case sweep(at: Timestamp)
}

/// How a group begins.
package struct Beginning: Sendable, Hashable, Codable {
    /// The number of its life, not 0.
    package var life: UInt64
    /// What only the secret of the group can have made of that number.
    package var secretCheck: Data
    /// The bootstrap token, hashed.
    package var bootstrapHash: Data
    /// What signs tokens first.
    package var signingKey: SigningKey

    /// Makes a beginning.
    package init(life: UInt64, secretCheck: Data, bootstrapHash: Data, signingKey: SigningKey) {
        self.life = life
        self.secretCheck = secretCheck
        self.bootstrapHash = bootstrapHash
        self.signingKey = signingKey
    }
}

/// Who asks: what a credential says that was verified.
package struct Caller: Sendable, Hashable, Codable {
    /// What was shown.
    package var proof: Proof
    /// When.
    package var at: Timestamp

    /// What was shown.
    package enum Proof: Sendable, Hashable, Codable {
        /// An access token: its session, and what it was signed for.
        case session(String, user: UserID, scopes: [Scope], isAdmin: Bool, until: Timestamp)
        /// An API key of this id.
        case key(String)
    }

    /// Makes a caller.
    package init(_ proof: Proof, at: Timestamp) {
        self.proof = proof
        self.at = at
    }
}

/// What a caller may want to change.
package enum Action: Sendable, Hashable, Codable {
    /// Makes a user.
    case addUser(NewUser)
    /// Deletes a user.
    case deleteUser(String)
    /// Makes a key of the caller.
    case addKey(NewKey)
    /// Revokes a key.
    case revokeKey(String)
    /// Changes a password; the caller's own only if it was this one.
    case changePassword(String?, hash: String, ifHash: String?)
    /// Makes or changes a plan.
    case setPlan(Plan)
    /// Gives a tenant another plan.
    case updatePlan(tenant: String, plan: String)
    /// Signs by another key from now on.
    case rotate(SigningKey)
}

/// A user to be made.
package struct NewUser: Sendable, Hashable, Codable {
    /// The name.
    package var name: String
    /// The tenant; nil: one of its own.
    package var tenant: String?
    /// The plan of a new tenant.
    package var plan: String?
    /// Whether it is an administrator.
    package var isAdmin: Bool
    /// What it may do within the tenant.
    package var scopes: [Scope]
    /// The password, by argon2id.
    package var passwordHash: String

    /// Makes a description of one.
    package init(
        name: String, tenant: String? = nil, plan: String? = nil, isAdmin: Bool = false,
        scopes: [Scope] = [Scope(.manage)], passwordHash: String
    ) {
        self.name = name
        self.tenant = tenant
        self.plan = plan
        self.isAdmin = isAdmin
        self.scopes = scopes
        self.passwordHash = passwordHash
    }
}

/// A key to be made.
package struct NewKey: Sendable, Hashable, Codable {
    /// The id.
    package var id: String
    /// The key's text, hashed under the pepper.
    package var hash: Data
    /// What the user calls it.
    package var label: String
    /// What it may do.
    package var scopes: [Scope]
    /// Whether it may administer.
    package var isAdmin: Bool
    /// From when it is refused.
    package var expiresAt: Timestamp?

    /// Makes a description of one.
    package init(
        id: String, hash: Data, label: String, scopes: [Scope], isAdmin: Bool = false,
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.hash = hash
        self.label = label
        self.scopes = scopes
        self.isAdmin = isAdmin
        self.expiresAt = expiresAt
    }
}

/// A session to be begun.
package struct NewSession: Sendable, Hashable, Codable {
    /// The id.
    package var id: String
    /// Whose.
    package var user: UserID
    /// The first refresh token, hashed.
    package var refreshHash: Data
    /// When.
    package var at: Timestamp

    /// Makes a description of one.
    package init(id: String, user: UserID, refreshHash: Data, at: Timestamp) {
        self.id = id
        self.user = user
        self.refreshHash = refreshHash
        self.at = at
    }
}

/// What a command has changed.
package enum AuthEffect: Sendable, Hashable {
    /// Nothing: it was so already.
    case unchanged
    /// The group has begun.
    case initialized
    /// There is another bootstrap token.
    case bootstrapTokenReplaced
    /// A user exists.
    case userAdded(UserDescription)
    /// A user is gone.
    case userDeleted(UserID)
    /// A key exists.
    case keyAdded(KeyDescription)
    /// A key is gone.
    case keyRevoked(String)
    /// A password is another one, and the user's sessions are gone.
    case passwordChanged(UserID)
    /// A plan, or a tenant's plan, is another one.
    case planChanged
    /// Another key signs.
    case rotated
    /// A session goes on: tokens may be made of it.
    case sessionContinued(SessionRecord, UserRecord)
    /// A refresh token came that was used before: its session is gone.
    case sessionRevoked(String, UserID)
    /// A session has ended.
    case sessionEnded(String)
    /// The use of keys is noted.
    case useNoted
    /// So many things have expired.
    case swept(Int)
}
