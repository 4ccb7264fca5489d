package import Protocols

/// A request of a client, with collections named as the client names them.
package enum GatewayRequest: Sendable {
    case bootstrap(token: Secret, name: String, password: Secret, tenant: String?)
    case login(LoginRequest)
    case refresh(Secret)
    case logout(Secret)
    case whoAmI
    case registerUser(NewUser)
    case listUsers(after: String?, limit: Int)
    case deleteUser(String)
    case changePassword(ChangePasswordRequest)
    case createKey(CreateKeyRequest)
    case listKeys(of: String?)
    case revokeKey(String)
    case listPlans
    case setPlan(Plan)
    case updatePlan(tenant: String, plan: String)
    case rotateSigningKey
    case listCollections
    case createCollection(CollectionConfiguration)
    case describeCollection(String)
    case deleteCollection(String)
    case measureRecall(RecallRequest)
    case upsert(UpsertRequest)
    case get(GetRequest)
    case deletePoints(DeleteRequest)
    case search(SearchRequest)
    case searchBatch(SearchBatchRequest)
    case scroll(ScrollRequest)
    case count(CountRequest)
    case openSession(String)
    case status

    /// A user whom an administrator makes.
    package struct NewUser: Sendable, Hashable {
        /// The user's name.
        package var name: String
        /// The first password.
        package var password: Secret
        /// The tenant; nil: one of its own.
        package var tenant: String?
        /// The plan of a new tenant.
        package var plan: String?
        /// Whether the user is an administrator.
        package var isAdmin: Bool
        /// What the user may do; nil: manage all collections.
        package var scopes: [Scope]?

        /// Makes a user.
        package init(
            name: String, password: Secret, tenant: String? = nil, plan: String? = nil,
            isAdmin: Bool = false, scopes: [Scope]? = nil
        ) {
            self.name = name
            self.password = password
            self.tenant = tenant
            self.plan = plan
            self.isAdmin = isAdmin
            self.scopes = scopes
        }
    }
}

extension GatewayRequest {
    /// What kind of request it is.
    package var operation: GatewayOperation {
        switch self {
        case .bootstrap: .bootstrap
        case .login: .login
        case .refresh: .refresh
        case .logout: .logout
        case .whoAmI: .whoAmI
        case .registerUser: .registerUser
        case .listUsers: .listUsers
        case .deleteUser: .deleteUser
        case .changePassword: .changePassword
        case .createKey: .createKey
        case .listKeys: .listKeys
        case .revokeKey: .revokeKey
        case .listPlans: .listPlans
        case .setPlan: .setPlan
        case .updatePlan: .updatePlan
        case .rotateSigningKey: .rotateSigningKey
        case .listCollections: .listCollections
        case .createCollection: .createCollection
        case .describeCollection: .describeCollection
        case .deleteCollection: .deleteCollection
        case .measureRecall: .measureRecall
        case .upsert: .upsert
        case .get: .get
        case .deletePoints: .deletePoints
        case .search: .search
        case .searchBatch: .searchBatch
        case .scroll: .scroll
        case .openSession: .openSession
        case .count: .count
        case .status: .status
        }
    }

    /// The collection that it names.
    package var collection: String? {
        switch self {
        case .createCollection(let configuration): configuration.name
        case .describeCollection(let name), .deleteCollection(let name), .openSession(let name):
            name
        case .measureRecall(let request): request.collection
        case .upsert(let request): request.collection
        case .get(let request): request.collection
        case .deletePoints(let request): request.collection
        case .search(let request): request.collection
        case .searchBatch(let request): request.collection
        case .scroll(let request): request.collection
        case .count(let request): request.collection
        case .bootstrap, .login, .refresh, .logout, .whoAmI, .registerUser, .listUsers,
            .deleteUser, .changePassword, .createKey, .listKeys, .revokeKey, .listPlans, .setPlan,
            .updatePlan, .rotateSigningKey, .listCollections, .status:
            nil
        }
    }

    /// Whom or what it changes beside collections, for the audit log; nothing secret.
    package var subject: String? {
        switch self {
        case .bootstrap(_, let name, _, _), .deleteUser(let name), .revokeKey(let name): name
        case .login(let request): request.name
        case .registerUser(let user): user.name
        case .changePassword(let request): request.user
        case .createKey(let request): request.label
        case .setPlan(let plan): plan.name
        case .updatePlan(let tenant, _): tenant
        default: nil
        }
    }
}

/// What a client gets for a ``GatewayRequest``.
package enum GatewayResult: Sendable {
    case done
    case tokens(SessionTokens)
    case identity(Identity)
    case user(UserDescription)
    case users([UserDescription])
    case createdKey(CreatedKey)
    case keys([KeyDescription])
    case plans([Plan])
    case collection(CollectionDescription)
    case collections([CollectionDescription])
    case recall([ShardRecall])
    case count(Int)
    case points([Point], PointParts)
    case scoredPoints([ScoredPoint])
    case scoredPointsOfBatch([[ScoredPoint]])
    case page(ScrollPage, PointParts)
    case session(CollectionSession)
    case status(ClusterStatus)
}
