internal import Gateway
internal import Protocols
internal import Vectors

extension RESTRoute {
    /// The request that path, query and body make.
    ///
    /// What the table requires is there.
    func request(
        _ path: [String: String], _ body: RESTBody
    ) throws(ServiceError) -> GatewayRequest {
        let collection = path["collection"] ?? ""
        func secret(_ name: String) -> Secret { Secret(body.string(name) ?? "") }
        func text(_ name: String) -> String { body.string(name) ?? "" }
        switch operation {
        case .bootstrap:
            return .bootstrap(
                token: secret("token"), name: text("name"), password: secret("password"),
                tenant: body.string("tenant"))
        case .login: return .login(LoginRequest(name: text("name"), password: secret("password")))
        case .refresh: return .refresh(secret("refresh_token"))
        case .logout: return .logout(secret("refresh_token"))
        case .whoAmI: return .whoAmI
        case .registerUser:
            return .registerUser(
                GatewayRequest.NewUser(
                    name: text("name"), password: secret("password"),
                    tenant: body.string("tenant"), plan: body.string("plan"),
                    isAdmin: body.bool("is_admin") ?? false, scopes: body.scopes("scopes")))
        case .listUsers:
            return .listUsers(after: body.string("after"), limit: body.integer("limit") ?? 100)
        case .deleteUser: return .deleteUser(path["user"] ?? "")
        case .changePassword:
            return .changePassword(
                ChangePasswordRequest(
                    user: body.string("user"),
                    currentPassword: body.string("current_password").map { Secret($0) },
                    newPassword: secret("new_password")))
        case .createKey:
            return .createKey(
                CreateKeyRequest(
                    label: text("label"), scopes: body.scopes("scopes") ?? [],
                    isAdmin: body.bool("is_admin") ?? false,
                    expiresAt: body.integer("expires_at").map { Timestamp(Int64($0)) }))
        case .listKeys: return .listKeys(of: body.string("user"))
        case .revokeKey: return .revokeKey(path["key"] ?? "")
        case .listPlans: return .listPlans
        case .setPlan: return .setPlan(plan(named: path["plan"] ?? "", body))
        case .updatePlan:
            return .updatePlan(tenant: path["tenant"] ?? "", plan: text("plan"))
        case .rotateSigningKey: return .rotateSigningKey
        case .status: return .status
        case .listCollections: return .listCollections
        case .createCollection:
            return .createCollection(
                CollectionConfiguration(
                    name: collection, dimension: body.integer("dimension") ?? 0,
                    metric: try CollectionConfiguration.metric(named: text("metric")),
                    shardCount: body.integer("shard_count") ?? 1,
                    replicaCount: body.integer("replica_count"),
                    memory: body.string("memory").flatMap(VectorMemory.init) ?? .full))
        case .describeCollection: return .describeCollection(collection)
        case .deleteCollection: return .deleteCollection(collection)
        case .measureRecall:
            let check = RecallCheck(
                sampleCount: body.integer("sample_count") ?? 100,
                limit: body.integer("limit") ?? 10, efSearch: body.integer("ef_search"),
                recall: body.number("recall"))
            try check.validate()
            return .measureRecall(RecallRequest(collection: collection, check: check))
        case .upsert:
            return .upsert(UpsertRequest(collection: collection, points: body.points("points")))
        case .get:
            return .get(
                GetRequest(
                    collection: collection, ids: body.pointIDs("ids"),
                    parts: parts(body, withVector: true), consistency: try consistency(body)))
        case .deletePoints:
            return .deletePoints(DeleteRequest(collection: collection, ids: body.pointIDs("ids")))
        case .search: return .search(try search(collection, body))
        case .count:
            return .count(
                CountRequest(collection: collection, consistency: try consistency(body)))
        case .searchBatch, .scroll, .openSession:
            throw ServiceError(.internal, "no route is for \(operation)")
        }
    }

    private func plan(named name: String, _ body: RESTBody) -> Plan {
        Plan(
            name: name, readsPerSecond: body.limit("reads_per_second") ?? 0,
            writesPerSecond: body.limit("writes_per_second") ?? 0,
            burst: body.limit("burst") ?? 0, pointCount: body.limit("point_count") ?? 0,
            collectionCount: body.limit("collection_count") ?? 0,
            byteCount: body.limit("byte_count") ?? 0)
    }

    private func search(
        _ collection: String, _ body: RESTBody
    ) throws(ServiceError) -> SearchRequest {
        let target: SearchRequest.Target
        switch (body.vector("vector"), body.pointID("point")) {
        case (let vector?, nil): target = .vector(vector)
        case (nil, let point?): target = .point(point)
        default:
            throw .invalidField("vector", "give exactly one of vector and point")
        }
        try SearchQuery.validate(
            efSearch: body.integer("ef_search"), recall: body.number("recall"))
        return SearchRequest(
            collection: collection, target: target, limit: body.integer("limit") ?? 10,
            efSearch: body.integer("ef_search"), recall: body.number("recall"),
            mode: body.bool("exact") == true ? .exact : .approximate,
            parts: parts(body, withVector: false), consistency: try consistency(body))
    }

    private func parts(_ body: RESTBody, withVector: Bool) -> PointParts {
        var parts: PointParts = []
        if body.bool("with_payload") ?? true { parts.insert(.payload) }
        if body.bool("with_vector") ?? withVector { parts.insert(.vector) }
        return parts
    }

    private func consistency(_ body: RESTBody) throws(ServiceError) -> ReadConsistency {
        guard let text = body.string("consistency") else { return .linearizable }
        guard let consistency = ReadConsistency(text) else {
            throw .invalidField(
                "consistency", "it must be linearizable, local, or bounded:N and ms or s")
        }
        return consistency
    }
}
