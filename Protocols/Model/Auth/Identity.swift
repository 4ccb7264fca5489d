public import Primitives

/// The numbers that name a user's life: never reused, so that a user created again under an old name
/// is another one.
public enum UserTag {}
/// See ``UserTag``.
public typealias UserID = Identifier<UserTag>

/// The numbers that name a tenant's life: never reused, so that nobody inherits the collections of
/// one that is gone.
public enum TenantTag {}
/// See ``TenantTag``.
public typealias TenantID = Identifier<TenantTag>

/// Who a credential speaks for, and what it may do.
public struct Identity: Sendable, Hashable, Codable {
    /// The user.
    public var user: UserID
    /// The user's name.
    public var name: String
    /// The tenant, whose collections the user sees: name them by this number, not by its name.
    public var tenant: TenantID
    /// The tenant's name.
    public var tenantName: String
    /// Whether users, tenants, plans and the cluster may be administered.
    public var isAdmin: Bool
    /// What the tenant may use.
    public var plan: Plan
    /// What may be done, to which collections of the tenant; empty: nothing.
    public var scopes: [Scope]
    /// What was shown: for logs, and for limits by key.
    public var source: Source
    /// Until when this holds, if nothing is revoked before.
    ///
    /// Whoever remembers an identity forgets it after 5 s, or at this time if that is sooner.
    public var validUntil: Timestamp?

    /// What was shown.
    public enum Source: Sendable, Hashable, Codable {
        /// A session of this number.
        case session(String)
        /// An API key of this id, which is no secret.
        case apiKey(String)
    }

    /// How long a verified identity may be remembered, at most.
    public static let maxCacheAge = Duration.seconds(5)

    /// Makes an identity.
    public init(
        user: UserID, name: String, tenant: TenantID, tenantName: String, isAdmin: Bool,
        plan: Plan, scopes: [Scope], source: Source, validUntil: Timestamp?
    ) {
        self.user = user
        self.name = name
        self.tenant = tenant
        self.tenantName = tenantName
        self.isAdmin = isAdmin
        self.plan = plan
        self.scopes = scopes
        self.source = source
        self.validUntil = validUntil
    }
}

/// A user, as administrators see one.
public struct UserDescription: Sendable, Hashable, Codable {
    /// The user's number.
    public var id: UserID
    /// The user's name.
    public var name: String
    /// The tenant's number.
    public var tenant: TenantID
    /// The tenant's name.
    public var tenantName: String
    /// The name of the tenant's plan.
    public var plan: String
    /// Whether the user is an administrator.
    public var isAdmin: Bool
    /// What the user may do within the tenant.
    public var scopes: [Scope]
    /// Since when there is this user.
    public var createdAt: Timestamp
    /// How many keys the user has, expired ones as well.
    public var keyCount: Int

    /// Makes a description.
    public init(
        id: UserID, name: String, tenant: TenantID, tenantName: String, plan: String,
        isAdmin: Bool, scopes: [Scope], createdAt: Timestamp, keyCount: Int
    ) {
        self.id = id
        self.name = name
        self.tenant = tenant
        self.tenantName = tenantName
        self.plan = plan
        self.isAdmin = isAdmin
        self.scopes = scopes
        self.createdAt = createdAt
        self.keyCount = keyCount
    }
}

/// An API key without its secret.
public struct KeyDescription: Sendable, Hashable, Codable {
    /// The 12 characters that name it: the second part of the key.
    public var id: String
    /// The name of the user whose key it is.
    public var user: String
    /// What the user calls it.
    public var label: String
    /// What it may do, of what the user may do.
    public var scopes: [Scope]
    /// Whether it may administer, if the user may.
    public var isAdmin: Bool
    /// Since when there is this key.
    public var createdAt: Timestamp
    /// From when it is refused; nil: never.
    public var expiresAt: Timestamp?
    /// In which hour it was last used, by its beginning; nil: not yet, or not long enough ago.
    public var lastUsedAt: Timestamp?

    /// Makes a description.
    public init(
        id: String, user: String, label: String, scopes: [Scope], isAdmin: Bool,
        createdAt: Timestamp, expiresAt: Timestamp?, lastUsedAt: Timestamp?
    ) {
        self.id = id
        self.user = user
        self.label = label
        self.scopes = scopes
        self.isAdmin = isAdmin
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}
