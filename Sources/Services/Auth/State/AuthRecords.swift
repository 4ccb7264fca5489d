package import FoundationEssentials
package import Protocols

/// A user as the group keeps one.
package struct UserRecord: Sendable, Hashable, Codable, Identifiable {
    /// The number, never given again.
    package var id: UserID
    /// The name, of which there is one at a time.
    package var name: String
    /// Whose collections the user sees.
    package var tenant: TenantID
    /// Whether the user is an administrator.
    package var isAdmin: Bool
    /// What the user may do within the tenant.
    package var scopes: [Scope]
    /// The password as argon2id has made it, with salt and parameters.
    package var passwordHash: String
    /// Since when.
    package var createdAt: Timestamp
    /// How many keys the user has.
    package var keyCount: Int
}

/// A tenant as the group keeps one: as long as it has users.
package struct TenantRecord: Sendable, Hashable, Codable, Identifiable {
    /// The number, never given again.
    package var id: TenantID
    /// The name, of which there is one at a time.
    package var name: String
    /// The name of its plan.
    package var plan: String
}

/// An API key as the group keeps one.
package struct KeyRecord: Sendable, Hashable, Codable, Identifiable {
    /// What names it: the second part of the key.
    package var id: String
    /// Whose it is.
    package var user: UserID
    /// What the user calls it.
    package var label: String
    /// The key's text hashed under the pepper.
    package var hash: Data
    /// What it may do, of what the user may do.
    package var scopes: [Scope]
    /// Whether it may administer, if the user may.
    package var isAdmin: Bool
    /// Since when.
    package var createdAt: Timestamp
    /// From when it is refused.
    package var expiresAt: Timestamp?
    /// In which hour it was last used, by its beginning.
    package var lastUsedAt: Timestamp?
}

/// A session as the group keeps one.
package struct SessionRecord: Sendable, Hashable, Codable, Identifiable {
    /// What names it in tokens.
    package var id: String
    /// Whose it is.
    package var user: UserID
    /// The refresh token that is good, hashed under the pepper.
    package var refreshHash: Data
    /// Since when.
    package var createdAt: Timestamp
    /// From when it cannot be continued.
    package var expiresAt: Timestamp
}

/// A key that signs access tokens.
package struct SigningKey: Sendable, Hashable, Codable {
    /// What names it in tokens.
    package var id: String
    /// The Ed25519 public key.
    package var publicKey: Data
    /// The private key, sealed under the secret of the group.
    package var sealedPrivateKey: Data
    /// Since when it signs.
    package var createdAt: Timestamp

    /// Makes a record.
    package init(id: String, publicKey: Data, sealedPrivateKey: Data, createdAt: Timestamp) {
        self.id = id
        self.publicKey = publicKey
        self.sealedPrivateKey = sealedPrivateKey
        self.createdAt = createdAt
    }
}

/// What the group keeps at most, so that nobody can fill it.
package enum AuthLimits {
    /// Users of all tenants.
    package static let userCount = 10_000
    /// Plans.
    package static let planCount = 64
    /// Keys of one user.
    package static let keysPerUser = 64
    /// Keys of all users.
    package static let keyCount = 50_000
    /// Sessions of one user; one more ends the oldest.
    package static let sessionsPerUser = 32
    /// Sessions of all users.
    package static let sessionCount = 100_000
    /// Rights of one user or key.
    package static let scopeCount = 16
    /// Names in all rights of one user or key, in bytes.
    package static let scopeByteCount = 4_096
    /// A name of a user or tenant, in bytes.
    package static let nameByteCount = 64
    /// What a user calls a key, in bytes.
    package static let labelByteCount = 128
    /// Keys that sign or have signed tokens which may still be good.
    package static let signingKeyCount = 4
    /// How long an access token is good.
    package static let accessLifetime = Duration.seconds(15 * 60)
    /// How far clocks may be apart.
    package static let clockSkew = Duration.seconds(30)
    /// How long a session lasts that is not continued.
    package static let idleLifetime = Duration.seconds(7 * 86_400)
    /// How long a session lasts however often it is continued.
    package static let sessionLifetime = Duration.seconds(30 * 86_400)
}
