internal import Gateway
internal import JSON
internal import MessagePack
internal import Primitives
internal import Protocols

extension GatewayResult {
    /// The body of the answer.
    ///
    /// - Parameter isAdmin: Whether numbers that are counted over all tenants, and the names of nodes, may
    ///   be shown.
    func json(isAdmin: Bool) throws(ServiceError) -> [UInt8] {
        var writer = JSONWriter()
        switch self {
        case .points(let points, let parts):
            try writer.writePoints(points) { writer, point in
                writer.write(
                    point.id, score: nil, payload: parts.contains(.payload) ? point.payload : nil,
                    vector: parts.contains(.vector) ? point.vector : nil)
            }
        case .scoredPoints(let points):
            try writer.writePoints(points) { writer, point in
                writer.write(
                    point.id, score: point.score, payload: point.payload, vector: point.vector)
            }
        default:
            writer.write(try value(isAdmin: isAdmin))
        }
        return writer.bytes
    }

    private func value(isAdmin: Bool) throws(ServiceError) -> JSONValue {
        switch self {
        case .done: .object([:])
        case .tokens(let tokens):
            .object([
                "access_token": .string(tokens.accessToken.value),
                "access_expires_at": .integer(tokens.accessExpiresAt.rawValue),
                "refresh_token": .string(tokens.refreshToken.value),
                "refresh_expires_at": .integer(tokens.refreshExpiresAt.rawValue),
                "token_type": .string("Bearer"),
            ])
        case .identity(let identity): identity.json
        case .user(let user): user.json
        case .users(let users): .object(["users": .array(users.map(\.json))])
        case .createdKey(let created):
            .object([
                "key": .string(created.key.value), "description": created.description.json,
            ])
        case .keys(let keys): .object(["keys": .array(keys.map(\.json))])
        case .plans(let plans): .object(["plans": .array(plans.map(\.json))])
        case .collection(let description):
            try Self.bridged(.collection(description)).hidingCluster(unless: isAdmin)
        case .collections(let descriptions):
            .object([
                "collections": .array(
                    try descriptions.map { description throws(ServiceError) in
                        try Self.bridged(.collection(description)).hidingCluster(unless: isAdmin)
                    })
            ])
        case .count(let count): .object(["count": .integer(Int64(count))])
        case .recall(let shards): .object(["shards": .array(shards.map { $0.json(isAdmin) })])
        case .status(let status): try Self.bridged(.status(status))
        case .points, .scoredPoints:
            throw ServiceError(.internal, "points are written without a tree")
        case .scoredPointsOfBatch, .page, .session:
            throw ServiceError(.internal, "no route answers this")
        }
    }

    /// In the same form as the bridge: what the two say of the cluster does not differ.
    private static func bridged(_ result: BridgeResult) throws(ServiceError) -> JSONValue {
        do {
            let bytes = BridgeReply.success(.number(0), result).encoded().copiedBytes()
            let reply = try Payload(encoded: bytes)
            guard let value = reply["result"] else { throw ServiceError(.internal, "no result") }
            return value
        } catch {
            throw ServiceError(.internal, "a reply cannot be read: \(error)")
        }
    }
}

extension JSONValue {
    /// Without what is counted over all tenants, and the names of nodes.
    fileprivate func hidingCluster(unless isAdmin: Bool) -> JSONValue {
        guard !isAdmin, case .object(var fields) = self else { return self }
        fields["id"] = nil
        fields["shards"] = nil
        return .object(fields)
    }
}

extension JSONWriter {
    /// The largest answer, in bytes, up to one point more.
    private static let maxByteCount = 64 << 20

    fileprivate mutating func writePoints<Element>(
        _ points: [Element], _ write: (inout JSONWriter, Element) -> Void
    ) throws(ServiceError) {
        self.write(raw: "{\"points\":[")
        for (index, point) in points.enumerated() {
            if index > 0 { self.write(raw: ",") }
            write(&self, point)
            guard bytes.count <= Self.maxByteCount else {
                throw ServiceError(
                    .tooLarge,
                    """
                    the answer would have more than \(Self.maxByteCount) bytes; \
                    ask for fewer points, or for points without vector or payload
                    """)
            }
        }
        self.write(raw: "]}")
    }

    fileprivate mutating func write(
        _ id: PointID, score: Float?, payload: Payload?, vector: [Float]?
    ) {
        write(raw: "{\"id\":")
        if case .number(let number) = id { write(number) } else { write(id.description) }
        if let score {
            write(raw: ",\"score\":")
            write(score)
        }
        if let payload {
            write(raw: ",\"payload\":")
            write(.object(payload))
        }
        if let vector {
            write(raw: ",\"vector\":")
            write(vector)
        }
        write(raw: "}")
    }

    /// Writes a tree, the fields of objects in order.
    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(raw: "null")
        case .bool(let bool): write(bool)
        case .integer(let integer): write(integer)
        case .number(let number): write(number)
        case .string(let string): write(string)
        case .array(let values):
            write(raw: "[")
            for (index, value) in values.enumerated() {
                if index > 0 { write(raw: ",") }
                write(value)
            }
            write(raw: "]")
        case .object(let fields):
            write(raw: "{")
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { write(raw: ",") }
                write(field.key)
                write(raw: ":")
                write(field.value)
            }
            write(raw: "}")
        }
    }
}

extension Identity {
    fileprivate var json: JSONValue {
        .object([
            "user": .string(name), "tenant": .string(tenantName), "is_admin": .bool(isAdmin),
            "plan": plan.json, "scopes": .array(scopes.map(\.json)),
            "credential": .string(source.text),
            "valid_until": validUntil.map { .integer($0.rawValue) } ?? .null,
        ])
    }
}

extension UserDescription {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name), "tenant": .string(tenantName), "plan": .string(plan),
            "is_admin": .bool(isAdmin), "scopes": .array(scopes.map(\.json)),
            "created_at": .integer(createdAt.rawValue), "key_count": .integer(Int64(keyCount)),
        ])
    }
}

extension KeyDescription {
    fileprivate var json: JSONValue {
        .object([
            "id": .string(id), "user": .string(user), "label": .string(label),
            "scopes": .array(scopes.map(\.json)), "is_admin": .bool(isAdmin),
            "created_at": .integer(createdAt.rawValue),
            "expires_at": expiresAt.map { .integer($0.rawValue) } ?? .null,
            "last_used_at": lastUsedAt.map { .integer($0.rawValue) } ?? .null,
        ])
    }
}

extension Plan {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name), "reads_per_second": readsPerSecond.json,
            "writes_per_second": writesPerSecond.json, "burst": burst.json,
            "point_count": pointCount.json, "collection_count": collectionCount.json,
            "byte_count": byteCount.json,
        ])
    }
}

extension PlanLimit {
    fileprivate var json: JSONValue { value.map { .integer(Int64($0)) } ?? .string("unlimited") }
}

extension Scope {
    fileprivate var json: JSONValue {
        let names =
            switch collections {
            case .all: ["*"]
            case .named(let names): names
            }
        return .object([
            "access": .string(access.rawValue), "collections": .array(names.map { .string($0) }),
        ])
    }
}

extension ShardRecall {
    fileprivate func json(_ isAdmin: Bool) -> JSONValue {
        var fields: [String: JSONValue] = [
            "point_count": .integer(Int64(pointCount)), "ef_search": .integer(Int64(efSearch)),
            "points": points.json, "mixtures": mixtures.json,
        ]
        if isAdmin {
            fields["shard"] = .integer(Int64(clamping: shard.rawValue))
            fields["worker"] = .string(worker)
        }
        return .object(fields)
    }
}

extension RecallFigures {
    fileprivate var json: JSONValue {
        .object([
            "recall": .number(recall), "query_count": .integer(Int64(queryCount)),
            "complete_count": .integer(Int64(completeCount)),
            "median_seconds": .number(median / .seconds(1)),
            "p99_seconds": .number(percentile99 / .seconds(1)),
        ])
    }
}
