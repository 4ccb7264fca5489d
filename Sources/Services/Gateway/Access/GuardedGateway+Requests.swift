internal import Actors
internal import Primitives
internal import Protocols

extension GuardedGateway {
    /// How long a request may take whose caller has set no deadline.
    private static var timeout: Duration { .seconds(30) }

    func carryOut(
        _ request: GatewayRequest, with permit: Permit
    ) async throws -> GatewayResult {
        try await withDeadline(Self.timeout) {
            switch request {
            case .bootstrap, .login, .refresh, .logout:
                return try await beginSession(request)
            case .listCollections, .createCollection, .describeCollection, .deleteCollection,
                .measureRecall, .upsert, .get, .deletePoints, .search, .searchBatch, .scroll,
                .count, .openSession, .status:
                guard let identity = permit.identity else { throw ServiceError.unauthenticated }
                return try await carryOut(request, of: identity)
            default:
                guard let identity = permit.identity else { throw ServiceError.unauthenticated }
                return try await administer(request, identity, permit.caller.credential)
            }
        }
    }

    // MARK: Collections and points

    private func carryOut(
        _ request: GatewayRequest, of identity: Identity
    ) async throws -> GatewayResult {
        let names = TenantNamespace(of: identity.tenant)
        switch request {
        case .listCollections:
            return .collections(try await collections(identity, names))
        case .createCollection(var configuration):
            try await checkCollectionCount(identity, names)
            configuration.name = try names.internalName(of: configuration.name)
            return .collection(
                names.mine(try await backend.createCollection(configuration)))
        case .describeCollection(let name):
            return .collection(
                names.mine(
                    try await backend.describeCollection(try names.internalName(of: name))))
        case .deleteCollection(let name):
            try await backend.deleteCollection(try names.internalName(of: name))
            return .done
        case .measureRecall(var request):
            request.collection = try names.internalName(of: request.collection)
            return .recall(try await backend.measureRecall(request))
        case .upsert(var request):
            request.collection = try names.internalName(of: request.collection)
            try await addUsage(of: request, identity, names)
            return .count(try await backend.upsert(request))
        case .get(var request):
            request.collection = try names.internalName(of: request.collection)
            return .points(try await backend.get(request), request.parts)
        case .deletePoints(var request):
            request.collection = try names.internalName(of: request.collection)
            return .count(try await backend.delete(request))
        case .search(var request):
            request.collection = try names.internalName(of: request.collection)
            return .scoredPoints(try await backend.search(request))
        case .searchBatch(var request):
            request.collection = try names.internalName(of: request.collection)
            return .scoredPointsOfBatch(try await backend.searchBatch(request))
        case .scroll(var request):
            request.collection = try names.internalName(of: request.collection)
            return .page(try await backend.scroll(request), request.parts)
        case .openSession(let name):
            return .session(try await backend.openSession(try names.internalName(of: name)))
        case .count(var request):
            request.collection = try names.internalName(of: request.collection)
            return .count(try await backend.count(request))
        case .status:
            return .status(try await backend.status())
        default:
            throw ServiceError(.internal, "\(request.operation) is nothing of collections")
        }
    }

    /// The collections that the identity may see, by name; no other is asked for.
    private func collections(
        _ identity: Identity, _ names: TenantNamespace
    ) async throws -> [CollectionDescription] {
        let visible = try await backend.collectionNames().filter { internalName in
            names.name(of: internalName).map(identity.scopes.allowSeeing) ?? false
        }
        let backend = backend
        let descriptions: [CollectionDescription?] = try await ScatterGather.each(visible) {
            do {
                return try await backend.describeCollection($0)
            } catch let error as ServiceError where error.code == .notFound {
                return nil  // deleted meanwhile
            }
        }
        return descriptions.compactMap { $0.flatMap(names.translated) }
    }

    /// Throws unless the plan allows one collection more.
    ///
    /// Of several that are created at once some more may come into being.
    private func checkCollectionCount(
        _ identity: Identity, _ names: TenantNamespace
    ) async throws {
        guard let limit = identity.plan.collectionCount.value else { return }
        let count = try await backend.collectionNames().count { names.name(of: $0) != nil }
        guard count < limit else {
            throw ServiceError(
                .tooLarge,
                """
                your plan \(identity.plan.name) allows \(limit) collections; \
                delete one or ask for another plan
                """, details: ["plan": identity.plan.name])
        }
    }

    private func addUsage(
        of request: UpsertRequest, _ identity: Identity, _ names: TenantNamespace
    ) async throws {
        let backend = backend
        try await usages.add(
            points: request.points.count,
            bytes: request.points.reduce(0) { $0 + $1.vector.count * MemoryLayout<Float>.size },
            to: identity
        ) {
            let now = ContinuousClock.now
            let mine = try await backend.collectionNames().filter { names.name(of: $0) != nil }
            let descriptions: [CollectionDescription?] = try await ScatterGather.each(mine) {
                do {
                    return try await backend.describeCollection($0)
                } catch let error as ServiceError where error.code == .notFound {
                    return nil  // deleted meanwhile
                }
            }
            return descriptions.reduce(into: TenantUsage(at: now)) { usage, description in
                let count = description?.pointCount ?? 0
                usage.pointCount += count
                usage.byteCount +=
                    count * (description?.configuration.dimension ?? 0) * MemoryLayout<Float>.size
            }
        }
    }

    // MARK: Users

    private func authCaller() throws(ServiceError) -> AuthCaller {
        guard let auth else {
            throw ServiceError(
                .invalidArgument,
                """
                this cluster has no users; add nodes of the role auth to its file and start them
                """)
        }
        return auth
    }

    private func beginSession(_ request: GatewayRequest) async throws -> GatewayResult {
        let auth = try authCaller()
        switch request {
        case .bootstrap(let token, let name, let password, let tenant):
            let request = RegisterRequest(
                proof: .bootstrapToken(token), name: name, password: password, tenant: tenant,
                isAdmin: true)
            return .user(try await auth.call(.write) { try await $0.register(request) })
        case .login(let request):
            return .tokens(try await auth.call(.write) { try await $0.login(request) })
        case .refresh(let token):
            return .tokens(try await auth.call(.write) { try await $0.refresh(token) })
        case .logout(let token):
            try await auth.call(.write) { try await $0.logout(token) }
            return .done
        default:
            throw ServiceError(.internal, "\(request.operation) begins no session")
        }
    }

    /// What the auth service decides about, by the caller's own credential.
    private func administer(
        _ request: GatewayRequest, _ identity: Identity, _ credential: Credential?
    ) async throws -> GatewayResult {
        if case .whoAmI = request { return .identity(identity) }
        let auth = try authCaller()
        guard let credential else { throw ServiceError.unauthenticated }
        defer { if !AccessPolicy(for: request.operation).isRead { forget(credential) } }
        switch request {
        case .registerUser(let user):
            let request = RegisterRequest(
                proof: .admin(credential), name: user.name, password: user.password,
                tenant: user.tenant, plan: user.plan, isAdmin: user.isAdmin, scopes: user.scopes)
            return .user(try await auth.call(.write) { try await $0.register(request) })
        case .listUsers(let name, let limit):
            return .users(
                try await auth.call(.leaderRead) {
                    try await $0.listUsers(credential, after: name, limit: limit)
                })
        case .deleteUser(let name):
            try await auth.call(.write) { try await $0.deleteUser(credential, name) }
            return .done
        case .changePassword(let request):
            try await auth.call(.write) { try await $0.changePassword(credential, request) }
            return .done
        case .createKey(let request):
            return .createdKey(
                try await auth.call(.write) { try await $0.createKey(credential, request) })
        case .listKeys(let user):
            return .keys(
                try await auth.call(.leaderRead) { try await $0.listKeys(credential, of: user) })
        case .revokeKey(let id):
            try await auth.call(.write) { try await $0.revokeKey(credential, id) }
            return .done
        case .listPlans:
            return .plans(try await auth.call(.leaderRead) { try await $0.listPlans(credential) })
        case .setPlan(let plan):
            try await auth.call(.write) { try await $0.setPlan(credential, plan) }
            return .done
        case .updatePlan(let tenant, let plan):
            try await auth.call(.write) {
                try await $0.updatePlan(credential, ofTenant: tenant, to: plan)
            }
            return .done
        case .rotateSigningKey:
            try await auth.call(.write) { try await $0.rotateSigningKey(credential) }
            return .done
        default:
            throw ServiceError(.internal, "\(request.operation) is nothing of users")
        }
    }
}

extension AccessPolicy {
    /// Whether it changes nothing.
    fileprivate var isRead: Bool { budget == .reads }
}

extension TenantNamespace {
    /// The description of a collection that was asked for by the tenant's own name.
    fileprivate func mine(_ description: CollectionDescription) -> CollectionDescription {
        guard let mine = translated(description) else {
            preconditionFailure("a tenant got collection \(description.configuration.name)")
        }
        return mine
    }
}
