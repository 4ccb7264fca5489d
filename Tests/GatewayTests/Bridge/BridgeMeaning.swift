import FoundationEssentials
import Gateway
import MessagePack
import Primitives
import Protocols
import Vectors

// Requests and replies as the JSON of the golden file's `meaning`.
extension BridgeRequest {
    var meaning: JSONValue {
        var fields = operation.meaning
        switch id {
        case .number(let number): fields["id"] = .unsigned(number)
        case .text(let text): fields["id"] = .string(text)
        }
        if let key { fields["key"] = .string(key) }
        fields["deadline_ms"] = timeout.map { .integer(Int64($0 / .milliseconds(1))) } ?? .null
        return .object(fields)
    }
}

extension BridgeOperation {
    fileprivate var meaning: [String: JSONValue] {
        switch self {
        case .ping: ["op": "ping"]
        case .listCollections: ["op": "collection.list"]
        case .status: ["op": "status"]
        case .describeCollection(let name):
            ["op": "collection.describe", "collection": .string(name)]
        case .deleteCollection(let name):
            ["op": "collection.delete", "collection": .string(name)]
        case .openSession(let name): ["op": "session.open", "collection": .string(name)]
        case .searchBatch(let request): Self.meaning(of: request)
        case .scroll(let request):
            [
                "op": "scroll", "collection": .string(request.collection),
                "after": request.after.map(JSONValue.id) ?? .null,
                "limit": .integer(Int64(request.limit)),
                "with_payload": .bool(request.parts.contains(.payload)),
                "with_vector": .bool(request.parts.contains(.vector)),
                "consistency": .string(request.consistency.description),
            ]
        case .measureRecall(let request):
            [
                "op": "recall.measure", "collection": .string(request.collection),
                "samples": .integer(Int64(request.check.sampleCount)),
                "limit": .integer(Int64(request.check.limit)),
                "ef_search": request.check.efSearch.map { .integer(Int64($0)) } ?? .null,
                "recall": request.check.recall.map { .number($0) } ?? .null,
            ]
        case .count(let request):
            [
                "op": "count", "collection": .string(request.collection),
                "consistency": .string(request.consistency.description),
            ]
        case .createCollection(let configuration):
            [
                "op": "collection.create", "collection": .string(configuration.name),
                "dimension": .integer(Int64(configuration.dimension)),
                "metric": .string(configuration.metric.rawValue),
                "shard_count": .integer(Int64(configuration.shardCount)),
                "replica_count": configuration.replicaCount.map { .integer(Int64($0)) } ?? .null,
                "memory": .string(configuration.memory.rawValue),
            ]
        case .upsert(let request):
            [
                "op": "upsert", "collection": .string(request.collection),
                "points": .array(
                    request.points.map { point in
                        .object([
                            "id": .id(point.id), "vector": .vector(point.vector),
                            "payload": .object(point.payload),
                        ])
                    }),
            ].merging(Self.meaning(of: request.name)) { old, _ in old }
        case .get(let request):
            [
                "op": "get", "collection": .string(request.collection),
                "ids": .array(request.ids.map(JSONValue.id)),
                "with_payload": .bool(request.parts.contains(.payload)),
                "with_vector": .bool(request.parts.contains(.vector)),
                "consistency": .string(request.consistency.description),
            ]
        case .delete(let request):
            [
                "op": "delete", "collection": .string(request.collection),
                "ids": .array(request.ids.map(JSONValue.id)),
            ].merging(Self.meaning(of: request.name)) { old, _ in old }
        case .search(let request): Self.meaning(of: request)
        }
    }

    /// The fields of a write's name, if it has one.
    private static func meaning(of name: WriteName?) -> [String: JSONValue] {
        guard let name else { return [:] }
        return [
            "sequence": .unsigned(name.sequence), "acknowledged": .unsigned(name.acknowledged),
            "session": .object([
                "collection": .unsigned(name.session.collection.rawValue),
                "shards": .array(
                    name.session.shards.map {
                        .array([.unsigned($0.shard.rawValue), .unsigned($0.session)])
                    }),
            ]),
        ]
    }

    private static func meaning(of request: SearchBatchRequest) -> [String: JSONValue] {
        let batch = request.batch
        return [
            "op": "search.batch", "collection": .string(request.collection),
            "vectors": .array(batch.vectors.map(JSONValue.vector)),
            "limit": .integer(Int64(batch.limit)),
            "ef_search": batch.efSearch.map { .integer(Int64($0)) } ?? .null,
            "recall": batch.recall.map { .number($0) } ?? .null,
            "exact": .bool(batch.mode == .exact),
            "with_payload": .bool(batch.parts.contains(.payload)),
            "with_vector": .bool(batch.parts.contains(.vector)),
            "consistency": .string(request.consistency.description),
        ]
    }

    private static func meaning(of request: SearchRequest) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "op": "search", "collection": .string(request.collection),
            "vector": .null, "point": .null, "limit": .integer(Int64(request.limit)),
            "ef_search": request.efSearch.map { .integer(Int64($0)) } ?? .null,
            "recall": request.recall.map { .number($0) } ?? .null,
            "exact": .bool(request.mode == .exact),
            "with_payload": .bool(request.parts.contains(.payload)),
            "with_vector": .bool(request.parts.contains(.vector)),
            "consistency": .string(request.consistency.description),
        ]
        switch request.target {
        case .vector(let vector): fields["vector"] = .vector(vector)
        case .point(let id): fields["point"] = .id(id)
        }
        return fields
    }
}

extension JSONValue {
    static func unsigned(_ number: UInt64) -> JSONValue {
        Int64(exactly: number).map(JSONValue.integer) ?? .number(Double(number))
    }

    static func id(_ id: PointID) -> JSONValue {
        switch id {
        case .number(let number): .unsigned(number)
        case .uuid(let uuid): .object(["uuid": .string(uuid.uuidString.lowercased())])
        case .string(let string): .string(string)
        }
    }

    static func vector(_ numbers: [Float]) -> JSONValue {
        .array(numbers.map { .number(Double($0)) })
    }

    /// The same with whole numbers as integers: JSON does not tell them apart.
    var normalised: JSONValue {
        switch self {
        case .number(let number): Int64(exactly: number).map(JSONValue.integer) ?? self
        case .array(let array): .array(array.map(\.normalised))
        case .object(let object): .object(object.mapValues(\.normalised))
        default: self
        }
    }

    /// A reply's bytes as the JSON that the golden file shows: binaries are ids or vectors by the
    /// name of their field.
    init(reply value: MessagePackValue, field: String = "") {
        switch value {
        case .nil: self = .null
        case .bool(let bool): self = .bool(bool)
        case .integer(let integer): self = .integer(integer)
        case .unsigned(let number): self = .unsigned(number)
        case .float(let number): self = .number(Double(number))
        case .double(let number): self = .number(number)
        case .string(let string): self = .string(string)
        case .binary(let bytes) where field == "session":
            self = .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        case .binary(let bytes) where field == "id" || field == "next":
            self = PointID(canonicalBytes: [1] + bytes).map(JSONValue.id) ?? .null
        case .binary(let bytes):
            self = .vector(
                stride(from: 0, to: bytes.count, by: 4).map { index in
                    Float(
                        bitPattern: bytes[index..<(index + 4)].reversed().reduce(0) {
                            $0 << 8 | UInt32($1)
                        })
                })
        case .array(let values): self = .array(values.map { JSONValue(reply: $0, field: field) })
        case .map(let pairs):
            var object: [String: JSONValue] = [:]
            for pair in pairs {
                guard case .string(let key) = pair.key, key != "v" else { continue }
                object[key] = JSONValue(reply: pair.value, field: key)
            }
            self = .object(object)
        case .extension: self = .null
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .string(value) }
}
