import Actors
import MessagePack
import Protocols
import Vectors
import ZeroMQ

/// A gateway that is asked by its bridge, as `Protocols/bridge.md` specifies.
final class BridgeConnection: GatewayConnection {
    private let link: BridgeLink
    private let key: Secret?

    init(_ link: BridgeLink, key: Secret?) {
        self.link = link
        self.key = key
    }

    // A client that nobody closed must not leave a thread behind.
    deinit { link.close() }

    func close() { link.close() }

    private func ask<Result: Sendable>(
        _ op: StaticString, _ fields: [BridgeField],
        _ read: (inout MessagePackReader) throws(MessagePackError) -> Result
    ) async throws -> Result {
        let frame = try await link.reply(to: "\(op)") { number in
            let bytes = BridgeField.request(op, number, key, fields)
            guard bytes.count <= BridgeField.maxRequestByteCount else {
                throw ServiceError(
                    .tooLarge,
                    """
                    \(op) has \(bytes.count) bytes, more than \
                    \(BridgeField.maxRequestByteCount); send several smaller requests
                    """)
            }
            return bytes
        }
        do {
            return try withExtendedLifetime(frame) {
                var reader = MessagePackReader(bytes: frame.bytes)
                return try BridgeReplyHead.read(from: &reader, read)
            }
        } catch let error as MessagePackError {
            throw ActorSystemError.malformedReply(target: "\(op)", reason: "\(error)")
        }
    }

    // MARK: Collections

    func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        var fields: [BridgeField] = [
            .init("collection", configuration.name), .init("dimension", configuration.dimension),
            .init("metric", configuration.metric.rawValue),
            .init("shard_count", configuration.shardCount),
            .init("memory", configuration.memory.rawValue),
        ]
        if let count = configuration.replicaCount { fields.append(.init("replica_count", count)) }
        return try await ask("collection.create", fields) {
            reader throws(MessagePackError) in try reader.readCollection()
        }
    }

    func deleteCollection(_ name: String) async throws {
        try await ask("collection.delete", [.init("collection", name)]) {
            reader throws(MessagePackError) in try reader.skipValue()
        }
    }

    func listCollections() async throws -> [CollectionDescription] {
        try await ask("collection.list", []) { reader throws(MessagePackError) in
            try reader.readField("collections") { reader throws(MessagePackError) in
                try reader.readArray { reader throws(MessagePackError) in
                    try reader.readCollection()
                }
            }
        }
    }

    func describeCollection(_ name: String) async throws -> CollectionDescription {
        try await ask("collection.describe", [.init("collection", name)]) {
            reader throws(MessagePackError) in try reader.readCollection()
        }
    }

    func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall] {
        var fields: [BridgeField] = [
            .init("collection", request.collection),
            .init("samples", request.check.sampleCount), .init("limit", request.check.limit),
        ]
        fields.addEffort(request.check.efSearch, request.check.recall)
        return try await ask("recall.measure", fields) { reader throws(MessagePackError) in
            try reader.readField("shards") { reader throws(MessagePackError) in
                try reader.readArray { reader throws(MessagePackError) in
                    try reader.readShardRecall()
                }
            }
        }
    }

    func status() async throws -> ClusterStatus {
        throw ServiceError.invalidArgument(
            """
            the status of a cluster is for its nodes: connect with the actors of a gateway \
            (VectronClient.connect(to:cluster:)), or ask REST
            """)
    }

    // MARK: Points

    func openSession(_ collection: String) async throws -> CollectionSession {
        try await ask("session.open", [.init("collection", collection)]) {
            reader throws(MessagePackError) in try reader.readSession()
        }
    }

    func upsert(_ request: UpsertRequest) async throws -> Int {
        let points = request.points
        var fields: [BridgeField] = [
            .init("collection", request.collection), .init(ids: points.map(\.id)),
            .init("vectors") { writer in
                writer.writeArrayHeader(count: points.count)
                for point in points { writer.write(point.vector) }
            },
            .init("payloads") { writer in
                writer.writeArrayHeader(count: points.count)
                for point in points { writer.write(JSONValue.object(point.payload)) }
            },
        ]
        fields.add(request.name)
        return try await ask("upsert", fields) { reader throws(MessagePackError) in
            try reader.readCount()
        }
    }

    func delete(_ request: DeleteRequest) async throws -> Int {
        var fields: [BridgeField] = [
            .init("collection", request.collection), .init(ids: request.ids),
        ]
        fields.add(request.name)
        return try await ask("delete", fields) { reader throws(MessagePackError) in
            try reader.readCount()
        }
    }

    func get(_ request: GetRequest) async throws -> [Point] {
        var fields: [BridgeField] = [
            .init("collection", request.collection), .init(ids: request.ids),
        ]
        fields.add(request.parts, request.consistency)
        return try await ask("get", fields) { reader throws(MessagePackError) in
            try reader.readField("points") { reader throws(MessagePackError) in
                try reader.readArray { reader throws(MessagePackError) in try reader.readPoint() }
            }
        }
    }

    func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        var fields: [BridgeField] = [
            .init("collection", request.collection), .init("limit", request.limit),
        ]
        if let id = request.after { fields.append(.init("after") { $0.write(id) }) }
        fields.add(request.parts, request.consistency)
        return try await ask("scroll", fields) { reader throws(MessagePackError) in
            try reader.readPage()
        }
    }

    func count(_ request: CountRequest) async throws -> Int {
        try await ask(
            "count",
            [.init("collection", request.collection), .init(request.consistency)]
        ) { reader throws(MessagePackError) in try reader.readCount() }
    }

    // MARK: Searching

    func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        var fields: [BridgeField] = [
            .init("collection", request.collection), .init("limit", request.limit),
            .init("exact") { $0.write(request.mode == .exact) },
        ]
        switch request.target {
        case .vector(let vector): fields.append(.init("vector") { $0.write(vector) })
        case .point(let id): fields.append(.init("point") { $0.write(id) })
        }
        fields.addEffort(request.efSearch, request.recall)
        fields.add(request.parts, request.consistency)
        return try await ask("search", fields) { reader throws(MessagePackError) in
            try reader.readField("points") { reader throws(MessagePackError) in
                try [ScoredPoint](from: &reader)
            }
        }
    }

    func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]] {
        let batch = request.batch
        var fields: [BridgeField] = [
            .init("collection", request.collection), .init("limit", batch.limit),
            .init("exact") { $0.write(batch.mode == .exact) },
            .init("vectors") { writer in
                writer.writeArrayHeader(count: batch.vectors.count)
                for vector in batch.vectors { writer.write(vector) }
            },
        ]
        fields.addEffort(batch.efSearch, batch.recall)
        fields.add(batch.parts, request.consistency)
        return try await ask("search.batch", fields) { reader throws(MessagePackError) in
            try reader.readField("results") { reader throws(MessagePackError) in
                try reader.readArray { reader throws(MessagePackError) in
                    try [ScoredPoint](from: &reader)
                }
            }
        }
    }
}
