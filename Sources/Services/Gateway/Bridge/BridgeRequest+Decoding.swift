internal import MessagePack
internal import Protocols
internal import Vectors

extension BridgeRequest {
    /// Reads a request from the bytes of one message.
    ///
    /// It never traps and takes no more memory than a constant times the bytes; see
    /// `MessagePackReader`.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(BridgeRejection) {
        var envelope = try BridgeEnvelope(decoding: bytes)
        let operation: BridgeOperation
        do {
            operation = try envelope.open()
        } catch {
            throw BridgeRejection(id: envelope.id, error: error)
        }
        self.init(
            id: envelope.id, timeout: envelope.timeout, key: envelope.key, operation: operation)
    }
}

extension BridgeEnvelope {
    /// Reads the envelope of a request from the bytes of one message, which must outlive it.
    init(decoding bytes: UnsafeRawBufferPointer) throws(BridgeRejection) {
        var fields = BridgeFields()
        do {
            try self.init(decoding: bytes, into: &fields)
        } catch {
            throw BridgeRejection(id: fields.id, error: error)
        }
    }

    private init(
        decoding bytes: UnsafeRawBufferPointer, into fields: inout BridgeFields
    ) throws(ServiceError) {
        do {
            try fields.scan(bytes)
        } catch {
            // A later version may be made otherwise: its number explains more than the oddity.
            try Self.check(version: fields.version ?? BridgeRequest.protocolVersion)
            throw error
        }
        guard let version = fields.version else { throw .invalidField("v", "is missing") }
        try Self.check(version: version)
        guard let id = fields.id else { throw .invalidField("id", "is missing") }
        guard let name = fields.operationName else { throw .invalidField("op", "is missing") }
        let timeout = try fields.optional("deadline_ms") { reader throws(BridgeFieldError) in
            try reader.bridgeTimeout()
        }
        let key = try fields.optional("key") { reader throws(BridgeFieldError) in
            try reader.bridgeKey()
        }
        guard let method = BridgeMethod(rawValue: name) else {
            throw .invalidField("op", "is \(name.prefix(64).debugDescription), no operation")
        }
        self.init(
            id: id, timeout: timeout, key: key, method: method,
            collection: method.namesCollection ? try fields.collection() : nil, rest: fields)
    }

    /// Reads what the envelope holds.
    mutating func open() throws(ServiceError) -> BridgeOperation {
        let operation = try BridgeOperation(method, collection ?? "", &rest)
        try rest.finish(method.rawValue)
        return operation
    }

    private static func check(version: UInt64) throws(ServiceError) {
        guard version == BridgeRequest.protocolVersion else {
            throw ServiceError(
                .invalidArgument,
                """
                the request has protocol version \(version), this server speaks \
                \(BridgeRequest.protocolVersion); use a client of this server's release
                """,
                details: ["field": "v", "versions": "\(BridgeRequest.protocolVersion)"])
        }
    }
}

extension BridgeOperation {
    fileprivate init(
        _ method: BridgeMethod, _ collection: String, _ fields: inout BridgeFields
    ) throws(ServiceError) {
        switch method {
        case .ping: self = .ping
        case .createCollection: self = .createCollection(try fields.configuration(collection))
        case .listCollections: self = .listCollections
        case .describeCollection: self = .describeCollection(collection)
        case .deleteCollection: self = .deleteCollection(collection)
        case .openSession: self = .openSession(collection)
        case .upsert: self = .upsert(try fields.upsertRequest(collection))
        case .get: self = .get(try fields.getRequest(collection))
        case .delete:
            self = .delete(
                DeleteRequest(
                    collection: collection, ids: try fields.ids(), name: try fields.writeName()))
        case .search: self = .search(try fields.searchRequest(collection))
        case .searchBatch: self = .searchBatch(try fields.searchBatchRequest(collection))
        case .scroll: self = .scroll(try fields.scrollRequest(collection))
        case .measureRecall: self = .measureRecall(try fields.recallRequest(collection))
        case .count:
            self = .count(
                CountRequest(collection: collection, consistency: try fields.consistency()))
        case .status: self = .status
        }
    }
}

extension BridgeFields {
    fileprivate mutating func collection() throws(ServiceError) -> String {
        try required("collection") { reader throws(BridgeFieldError) in try reader.bridgeText() }
    }

    fileprivate mutating func ids() throws(ServiceError) -> [PointID] {
        try required("ids") { reader throws(BridgeFieldError) in try reader.bridgePointIDs() }
    }

    fileprivate mutating func flag(
        _ name: String, default value: Bool
    ) throws(ServiceError) -> Bool {
        try optional(name) { reader throws(BridgeFieldError) in try reader.bridgeBool() } ?? value
    }

    fileprivate mutating func integer(_ name: String) throws(ServiceError) -> Int? {
        try optional(name) { reader throws(BridgeFieldError) in try reader.bridgeInteger() }
    }

    fileprivate mutating func configuration(_ collection: String) throws(ServiceError)
        -> CollectionConfiguration
    {
        guard let dimension = try integer("dimension") else {
            throw .invalidField("dimension", "is missing")
        }
        let metric = try required("metric") { reader throws(BridgeFieldError) in
            try reader.bridgeMetric()
        }
        return CollectionConfiguration(
            name: collection, dimension: dimension, metric: metric,
            shardCount: try integer("shard_count") ?? 1,
            replicaCount: try integer("replica_count"),
            memory: try optional("memory") { reader throws(BridgeFieldError) in
                try reader.bridgeMemory()
            } ?? .full)
    }

    fileprivate mutating func consistency() throws(ServiceError) -> ReadConsistency {
        try optional("consistency") { reader throws(BridgeFieldError) in
            try reader.bridgeConsistency()
        } ?? .linearizable
    }

    fileprivate mutating func parts(vectorByDefault: Bool) throws(ServiceError) -> PointParts {
        var parts: PointParts = []
        if try flag("with_payload", default: true) { parts.insert(.payload) }
        if try flag("with_vector", default: vectorByDefault) { parts.insert(.vector) }
        return parts
    }

    fileprivate mutating func upsertRequest(_ collection: String) throws(ServiceError)
        -> UpsertRequest
    {
        let ids = try ids()
        let vectors = try required("vectors") { reader throws(BridgeFieldError) in
            try reader.bridgeVectors(count: ids.count)
        }
        let payloads = try optional("payloads") { reader throws(BridgeFieldError) in
            try reader.bridgePayloads(of: ids)
        }
        return UpsertRequest(
            collection: collection,
            points: ids.indices.map { index in
                Point(id: ids[index], vector: vectors[index], payload: payloads?[index] ?? [:])
            }, name: try writeName())
    }

    fileprivate mutating func getRequest(_ collection: String) throws(ServiceError) -> GetRequest {
        GetRequest(
            collection: collection, ids: try ids(), parts: try parts(vectorByDefault: true),
            consistency: try consistency())
    }

    fileprivate mutating func searchRequest(_ collection: String) throws(ServiceError)
        -> SearchRequest
    {
        SearchRequest(
            collection: collection, target: try target(), limit: try integer("limit") ?? 10,
            efSearch: try integer("ef_search"), recall: try number("recall"), mode: try mode(),
            parts: try parts(vectorByDefault: false), consistency: try consistency())
    }

    fileprivate mutating func searchBatchRequest(_ collection: String) throws(ServiceError)
        -> SearchBatchRequest
    {
        SearchBatchRequest(
            collection: collection,
            batch: SearchBatch(
                vectors: try batchVectors(), limit: try integer("limit") ?? 10,
                efSearch: try integer("ef_search"), recall: try number("recall"),
                mode: try mode(), parts: try parts(vectorByDefault: false)),
            consistency: try consistency())
    }

    /// As many vectors as `count` says, or as an array has.
    private mutating func batchVectors() throws(ServiceError) -> [[Float]] {
        let count = try integer("count")
        if let count, !(0...SearchBatch.maxVectorCount).contains(count) {
            throw .invalidField(
                "count", "is \(count); it must be 0 to \(SearchBatch.maxVectorCount)")
        }
        return try required("vectors") { reader throws(BridgeFieldError) in
            try reader.bridgeBatchVectors(count: count)
        }
    }

    fileprivate mutating func scrollRequest(_ collection: String) throws(ServiceError)
        -> ScrollRequest
    {
        ScrollRequest(
            collection: collection,
            after: try optional("after") { reader throws(BridgeFieldError) in
                try reader.bridgePointID()
            },
            limit: try integer("limit") ?? 100, parts: try parts(vectorByDefault: false),
            consistency: try consistency())
    }

    fileprivate mutating func recallRequest(_ collection: String) throws(ServiceError)
        -> RecallRequest
    {
        RecallRequest(
            collection: collection,
            check: RecallCheck(
                sampleCount: try integer("samples") ?? 100, limit: try integer("limit") ?? 10,
                efSearch: try integer("ef_search"), recall: try number("recall")))
    }

    /// The name of a write: all of its fields, or none.
    fileprivate mutating func writeName() throws(ServiceError) -> WriteName? {
        let session = try optional("session") { reader throws(BridgeFieldError) in
            try reader.bridgeSession()
        }
        let sequence = try unsigned("sequence")
        let acknowledged = try unsigned("acknowledged")
        guard let session else {
            guard sequence == nil, acknowledged == nil else {
                throw .invalidField("session", "is missing; a sequence is of a session")
            }
            return nil
        }
        guard let sequence else { throw .invalidField("sequence", "is missing") }
        return WriteName(session: session, sequence: sequence, acknowledged: acknowledged ?? 0)
    }

    private mutating func unsigned(_ name: String) throws(ServiceError) -> UInt64? {
        try optional(name) { reader throws(BridgeFieldError) in try reader.bridgeUnsigned() }
    }

    private mutating func number(_ name: String) throws(ServiceError) -> Double? {
        try optional(name) { reader throws(BridgeFieldError) in try reader.bridgeNumber() }
    }

    private mutating func mode() throws(ServiceError) -> SearchQuery.Mode {
        try flag("exact", default: false) ? .exact : .approximate
    }

    private mutating func target() throws(ServiceError) -> SearchRequest.Target {
        let vector = try optional("vector") { reader throws(BridgeFieldError) in
            try reader.bridgeVector()
        }
        let point = try optional("point") { reader throws(BridgeFieldError) in
            try reader.bridgePointID()
        }
        switch (vector, point) {
        case (let vector?, nil): return .vector(vector)
        case (nil, let point?): return .point(point)
        case (nil, nil): throw .invalidField("vector", "is missing; give it or \"point\"")
        case (_?, _?): throw .invalidField("point", "excludes \"vector\"; give one of them")
        }
    }
}
