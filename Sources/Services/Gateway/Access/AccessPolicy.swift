package import Protocols

/// What each operation takes: one table, in which an operation that is new does not go missing, since
/// it would not compile.
package struct AccessPolicy: Sendable, Hashable {
    /// Who may do it.
    package enum Requirement: Sendable, Hashable {
        /// Whoever asks: it is how one gets a credential, or carries a proof of its own.
        case nobody
        /// Whoever has a good credential; the auth service decides about the rest.
        case caller
        /// Whoever may do so much with the collection that it names.
        case collection(Access)
        /// Administrators.
        case admin
    }

    /// Which share of a plan's limits it uses.
    package enum Budget: Sendable, Hashable {
        /// None of a plan's: the limits by address hold.
        case address
        case reads
        case writes
    }

    /// Who may do it.
    package var requirement: Requirement
    /// Which budget it uses.
    package var budget: Budget
    /// Whether it is written to the audit log.
    package var isAudited: Bool
    /// Whether it waits for its turn among those that load the workers, and how long it takes tells
    /// how long others will.
    package var load: Load

    /// What it costs the cluster.
    package enum Load: Sendable, Hashable {
        /// A call to the auth service or a look at the map.
        case light
        /// A question to some shards, each as long as the next.
        case typical
        /// As long as the request is large.
        case heavy
    }

    private init(
        _ requirement: Requirement, _ budget: Budget, _ load: Load = .light,
        isAudited: Bool = false
    ) {
        self.requirement = requirement
        self.budget = budget
        self.load = load
        self.isAudited = isAudited
    }

    /// What this operation takes.
    package init(for operation: GatewayOperation) {
        switch operation {
        case .bootstrap, .login, .refresh, .logout:
            self.init(.nobody, .address, isAudited: true)
        case .whoAmI, .listKeys: self.init(.caller, .reads)
        case .changePassword, .createKey, .revokeKey, .deleteUser:
            self.init(.caller, .writes, isAudited: true)
        case .listUsers, .listPlans: self.init(.admin, .reads)
        case .registerUser, .setPlan, .updatePlan, .rotateSigningKey:
            self.init(.admin, .writes, isAudited: true)
        case .status: self.init(.admin, .reads)
        case .listCollections: self.init(.caller, .reads)
        case .createCollection, .deleteCollection:
            self.init(.collection(.manage), .writes, .heavy, isAudited: true)
        case .describeCollection: self.init(.collection(.read), .reads)
        case .measureRecall: self.init(.collection(.manage), .reads, .heavy)
        case .search, .get, .count: self.init(.collection(.read), .reads, .typical)
        case .searchBatch, .scroll: self.init(.collection(.read), .reads, .heavy)
        case .openSession: self.init(.collection(.write), .writes)
        case .upsert, .deletePoints: self.init(.collection(.write), .writes, .heavy)
        }
    }
}

extension AccessPolicy {
    /// Throws unless the identity may do this.
    ///
    /// A collection that the identity may not even see is told from one that does not exist by
    /// nothing: both are ``ServiceError/Code/notFound``, in the same words.
    ///
    /// - Parameter collection: As the caller names it; needed where a collection is.
    package func check(
        _ identity: Identity, _ operation: GatewayOperation, on collection: String?
    ) throws(ServiceError) {
        switch requirement {
        case .nobody, .caller: return
        case .admin:
            guard identity.isAdmin else {
                throw .permissionDenied(
                    "\(operation.rawValue) is for administrators; use a credential of one")
            }
        case .collection(let access):
            guard let collection else {
                throw ServiceError(.internal, "\(operation.rawValue) names no collection")
            }
            if identity.scopes.allow(access, on: collection) { return }
            guard operation == .createCollection || identity.scopes.allowSeeing(collection) else {
                throw .unknownCollection(collection)
            }
            throw .permissionDenied(
                """
                \(operation.rawValue) takes the right to \(access.rawValue) collection \
                \(collection); use a credential that has it
                """)
        }
    }
}
