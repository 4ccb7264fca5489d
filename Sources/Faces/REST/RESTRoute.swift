package import Gateway
internal import Protocols

/// One route: what the responder matches, the OpenAPI document describes, and the tests of abuse try.
package struct RESTRoute: Sendable {
    /// The methods of HTTP that are used.
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    /// The method.
    package let method: Method
    /// The path, with names in braces for its variable parts: `/v1/collections/{collection}`.
    package let path: String
    /// What it does.
    package let operation: GatewayOperation
    /// What it does, in a sentence.
    let summary: String
    /// The fields of its body; nil: it has none.
    let fields: [RESTField]?
    /// The fields of its query.
    let query: [RESTField]
    /// The largest body, in bytes.
    package let maxBodyByteCount: Int
    /// The status of success.
    let status: Int

    /// The parts of the path.
    let segments: [Segment]

    enum Segment: Sendable, Equatable {
        case fixed(String)
        case variable(String)
    }

    /// Whether it takes a body.
    package var hasBody: Bool { fields != nil }

    /// A body of names and numbers.
    static let smallBody = 64 << 10
    /// A body of one vector of 65,536 components, or of ten thousand ids.
    static let mediumBody = 6 << 20
    /// A body of many points, as large as the bridge's.
    static let largeBody = 32 << 20

    init(
        _ method: Method, _ path: String, _ operation: GatewayOperation, _ summary: String,
        body fields: [RESTField]? = nil, query: [RESTField] = [], max: Int = smallBody,
        status: Int = 200
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.summary = summary
        self.fields = fields
        self.query = query
        maxBodyByteCount = max
        self.status = status
        segments = path.split(separator: "/").map { part in
            part.hasPrefix("{")
                ? .variable(String(part.dropFirst().dropLast())) : .fixed(String(part))
        }
    }

    /// The path with these values in place of its variable parts.
    package func path(with value: (String) -> String) -> String {
        segments.map {
            switch $0 {
            case .fixed(let text): "/" + text
            case .variable(let name): "/" + value(name)
            }
        }.joined()
    }

    /// The values of the variable parts, by name; nil: the path is another one.
    func match(_ parts: [String]) -> [String: String]? {
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .fixed(let text): guard part == text else { return nil }
            case .variable(let name): values[name] = part
            }
        }
        return values
    }
}

extension RESTRoute {
    private static let name = RESTField.Kind.string(maxLength: 64)
    private static let password = RESTField.Kind.string(maxLength: 1_024)
    private static let token = RESTField.Kind.string(maxLength: Credential.maxByteCount)
    private static let ids = RESTField.required(
        "ids", .array(.pointID, maxCount: UpsertRequest.maxPointCount))
    private static let consistency = RESTField.optional("consistency", .string(maxLength: 32))
    private static let walk = [
        RESTField.optional("ef_search", .integer(1...SearchQuery.maxEfSearch)),
        .optional("recall", .number),
    ]
    private static let newest = RESTField.optional(
        "expires_at", .integer(0...253_402_300_799))  // the end of the year 9999

    /// All routes.
    package static let all: [RESTRoute] = sessions + users + collections + points

    private static let sessions = [
        RESTRoute(
            .post, "/v1/bootstrap", .bootstrap,
            "Makes the first administrator, by the token that was printed at the first start.",
            body: [
                .required("token", token), .required("name", name),
                .required("password", password), .optional("tenant", name),
            ], status: 201),
        RESTRoute(
            .post, "/v1/sessions", .login, "Begins a session.",
            body: [.required("name", name), .required("password", password)], status: 201),
        RESTRoute(
            .post, "/v1/sessions/refresh", .refresh, "Goes on with a session.",
            body: [.required("refresh_token", token)]),
        RESTRoute(
            .post, "/v1/sessions/logout", .logout, "Ends a session.",
            body: [.required("refresh_token", token)]),
        RESTRoute(.get, "/v1/identity", .whoAmI, "Whom the credential speaks for."),
    ]

    private static let users = [
        RESTRoute(
            .get, "/v1/users", .listUsers, "The users by name.",
            query: [.optional("after", name), .optional("limit", .integer(1...1_000))]),
        RESTRoute(
            .post, "/v1/users", .registerUser, "Makes a user.",
            body: [
                .required("name", name), .required("password", password),
                .optional("tenant", name), .optional("plan", name),
                .optional("is_admin", .bool), .optional("scopes", .scopes),
            ], status: 201),
        RESTRoute(.delete, "/v1/users/{user}", .deleteUser, "Deletes a user."),
        RESTRoute(
            .post, "/v1/password", .changePassword, "Changes a password.",
            body: [
                .optional("user", name), .optional("current_password", password),
                .required("new_password", password),
            ]),
        RESTRoute(
            .get, "/v1/keys", .listKeys, "The API keys of a user.",
            query: [.optional("user", name)]),
        RESTRoute(
            .post, "/v1/keys", .createKey, "Makes an API key, which is shown this once.",
            body: [
                .required("label", .string(maxLength: 128)), .required("scopes", .scopes),
                .optional("is_admin", .bool), newest,
            ], status: 201),
        RESTRoute(.delete, "/v1/keys/{key}", .revokeKey, "Revokes an API key."),
        RESTRoute(.get, "/v1/plans", .listPlans, "The plans by name."),
        RESTRoute(
            .put, "/v1/plans/{plan}", .setPlan, "Makes or changes a plan.",
            body: [
                .required("reads_per_second", .limit), .required("writes_per_second", .limit),
                .required("burst", .limit), .required("point_count", .limit),
                .required("collection_count", .limit), .required("byte_count", .limit),
            ]),
        RESTRoute(
            .put, "/v1/tenants/{tenant}/plan", .updatePlan, "Gives a tenant another plan.",
            body: [.required("plan", name)]),
        RESTRoute(
            .post, "/v1/signing-keys", .rotateSigningKey, "Signs tokens by a new key from now on."),
        RESTRoute(.get, "/v1/cluster", .status, "The cluster as this gateway sees it."),
    ]

    private static let collections = [
        RESTRoute(.get, "/v1/collections", .listCollections, "The collections by name."),
        RESTRoute(
            .put, "/v1/collections/{collection}", .createCollection, "Creates a collection.",
            body: [
                .required("dimension", .integer(1...65_536)),
                .required("metric", .choice(["cosine", "dot", "euclid", "manhattan"])),
                .optional(
                    "shard_count", .integer(1...CollectionConfiguration.maxShardCount)),
                .optional(
                    "replica_count", .integer(1...CollectionConfiguration.maxReplicaCount)),
                .optional("memory", .choice(VectorMemory.allCases.map(\.rawValue))),
            ], status: 201),
        RESTRoute(
            .get, "/v1/collections/{collection}", .describeCollection, "One collection."),
        RESTRoute(
            .delete, "/v1/collections/{collection}", .deleteCollection,
            "Deletes a collection and all that is in it."),
        RESTRoute(
            .post, "/v1/collections/{collection}/recall", .measureRecall,
            "Measures how well searches find the true neighbours.",
            body: [
                .optional("sample_count", .integer(1...RecallCheck.maxSampleCount)),
                .optional("limit", .integer(1...RecallCheck.maxLimit)),
            ] + walk),
    ]

    private static let points = [
        RESTRoute(
            .put, "/v1/collections/{collection}/points", .upsert,
            "Inserts or replaces points; all of one shard or none.",
            body: [
                .required(
                    "points",
                    .array(
                        .object([
                            .required("id", .pointID), .required("vector", .vector),
                            .optional("payload", .payload),
                        ]), maxCount: UpsertRequest.maxPointCount))
            ], max: largeBody),
        RESTRoute(
            .post, "/v1/collections/{collection}/points/get", .get, "Points by id.",
            body: [
                ids, .optional("with_payload", .bool), .optional("with_vector", .bool),
                consistency,
            ], max: mediumBody),
        RESTRoute(
            .post, "/v1/collections/{collection}/points/delete", .deletePoints,
            "Deletes points by id.", body: [ids], max: mediumBody),
        RESTRoute(
            .post, "/v1/collections/{collection}/search", .search,
            "The points nearest to a vector or to a point.",
            body: [
                .optional("vector", .vector), .optional("point", .pointID),
                .optional("limit", .integer(1...SearchQuery.maxLimit)),
            ] + walk + [
                .optional("exact", .bool), .optional("with_payload", .bool),
                .optional("with_vector", .bool), consistency,
            ], max: mediumBody),
        RESTRoute(
            .get, "/v1/collections/{collection}/count", .count, "How many points there are.",
            query: [consistency]),
    ]
}
