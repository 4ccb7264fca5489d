import Actors
import Distributed
import Primitives
import Protocols

/// An auth service that knows some keys by heart.
distributed actor FakeAuth: AuthService {
    typealias ActorSystem = ClusterActorSystem

    static let adminKey = "vec_admin"
    static let readKey = "vec_read"
    /// May do all with the collection `other` and nothing with others.
    static let scopedKey = "vec_scoped"
    static let otherTenantKey = "vec_other-tenant"
    static let limitedKey = "vec_limited"
    static let expiredKey = "vec_expired"
    static let password = "correct horse battery staple"

    private var revoked: Set<String> = []

    init(actorSystem: ActorSystem) { self.actorSystem = actorSystem }

    private static let limitedPlan = Plan(
        name: "tiny", readsPerSecond: 1, writesPerSecond: 1, burst: 3, pointCount: 2,
        collectionCount: 1, byteCount: .unlimited)

    private static func identity(
        _ name: String, _ tenant: UInt64, _ scopes: [Scope], isAdmin: Bool = false,
        _ plan: Plan = .unlimited
    ) -> Identity {
        Identity(
            user: UserID(rawValue: 7), name: name, tenant: TenantID(rawValue: tenant),
            tenantName: "t\(tenant)", isAdmin: isAdmin, plan: plan, scopes: scopes,
            source: .apiKey(name), validUntil: name == "expired" ? Timestamp(1) : nil)
    }

    private static let identities: [String: Identity] = [
        adminKey: identity("admin", 1, [Scope(.manage)], isAdmin: true),
        readKey: identity("read", 7, [Scope(.read)]),
        "vec_owner": identity("owner", 7, [Scope(.manage)]),
        scopedKey: identity("scoped", 7, [Scope(.manage, on: .named(["other"]))]),
        otherTenantKey: identity("other-tenant", 8, [Scope(.manage)]),
        limitedKey: identity("limited", 9, [Scope(.manage)], limitedPlan),
        expiredKey: identity("expired", 7, [Scope(.manage)], isAdmin: true),
    ]

    distributed func validate(_ credential: Credential) async throws -> Identity {
        guard case .apiKey(let key) = credential, !revoked.contains(key),
            let identity = Self.identities[key]
        else { throw ServiceError.unauthenticated }
        return identity
    }

    distributed func register(_ request: RegisterRequest) async throws -> UserDescription {
        UserDescription(
            id: UserID(rawValue: 9), name: request.name, tenant: TenantID(rawValue: 9),
            tenantName: "t9", plan: "standard", isAdmin: request.isAdmin,
            scopes: request.scopes ?? [], createdAt: Timestamp(0), keyCount: 0)
    }

    distributed func login(_ request: LoginRequest) async throws -> SessionTokens {
        guard request.password.value == Self.password else { throw ServiceError.wrongPassword }
        return SessionTokens(
            accessToken: Secret("a.b.c"), accessExpiresAt: Timestamp(1),
            refreshToken: Secret("refresh-secret"), refreshExpiresAt: Timestamp(2))
    }

    distributed func refresh(_ refreshToken: Secret) async throws -> SessionTokens {
        throw ServiceError.unauthenticated
    }

    distributed func logout(_ refreshToken: Secret) async throws {}

    distributed func createKey(
        _ credential: Credential, _ request: CreateKeyRequest
    ) async throws -> CreatedKey {
        CreatedKey(
            key: Secret("vec_new-secret"),
            description: KeyDescription(
                id: "new", user: "owner", label: request.label, scopes: request.scopes,
                isAdmin: request.isAdmin, createdAt: Timestamp(0), expiresAt: request.expiresAt,
                lastUsedAt: nil))
    }

    distributed func listKeys(
        _ credential: Credential, of user: String?
    ) async throws -> [KeyDescription] { [] }

    distributed func revokeKey(_ credential: Credential, _ id: String) async throws {
        revoked.insert("vec_\(id)")
    }

    distributed func changePassword(
        _ credential: Credential, _ request: ChangePasswordRequest
    ) async throws {}

    distributed func deleteUser(_ credential: Credential, _ name: String) async throws {
        throw ServiceError.notFound("there is no user \(name)")
    }

    distributed func listUsers(
        _ credential: Credential, after name: String?, limit: Int
    ) async throws -> [UserDescription] { [] }

    distributed func updatePlan(
        _ credential: Credential, ofTenant tenant: String, to plan: String
    ) async throws {
        throw ServiceError.notFound("there is no tenant \(tenant)")
    }

    distributed func listPlans(_ credential: Credential) async throws -> [Plan] { Plan.builtIn }
    distributed func setPlan(_ credential: Credential, _ plan: Plan) async throws {
        throw ServiceError.invalidArgument("no plan is named \(plan.name)")
    }
    distributed func rotateSigningKey(_ credential: Credential) async throws {}
    distributed func admit(_ node: String, as peer: UInt64) async throws {}
    distributed func status() async throws -> AuthStatus {
        AuthStatus(
            node: "auth", role: .leader, term: 1, leader: "auth", members: ["auth"], cluster: 1,
            hasAdmin: true, commitIndex: 1, appliedIndex: 1)
    }
}
