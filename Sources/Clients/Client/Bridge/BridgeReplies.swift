import MessagePack
import Primitives
import Protocols
import Vectors

/// What stands around the result of a reply.
enum BridgeReplyHead {
    /// The number of the request that a reply answers, or nil if it is no reply to one of ours.
    static func number(of bytes: UnsafeRawBufferPointer) -> UInt64? {
        var reader = MessagePackReader(bytes: bytes)
        // Whatever cannot be read answers nobody.
        guard let fieldCount = try? reader.readMapHeader() else { return nil }
        for _ in 0..<fieldCount {
            if reader.readKey("id") { return try? reader.readInteger() }
            guard (try? reader.skipField()) != nil else { return nil }
        }
        return nil
    }

    /// The result of a reply, or the error that it carries.
    static func read<Result>(
        from reader: inout MessagePackReader,
        _ read: (inout MessagePackReader) throws(MessagePackError) -> Result
    ) throws -> Result {
        let start = reader.offset
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("result") { return try read(&reader) }
            if reader.readKey("error") { throw try reader.readServiceError() }
            try reader.skipField()
        }
        throw MessagePackError.invalidValue(
            reason: "a reply has neither a result nor an error", offset: start)
    }
}

extension MessagePackReader {
    /// The value of one field of a map, which must be there.
    mutating func readField<Value>(
        _ name: StaticString,
        _ read: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws(MessagePackError) -> Value {
        let start = offset
        var value: Value?
        for _ in 0..<(try readMapHeader()) {
            if readKey(name) { value = try read(&self) } else { try skipField() }
        }
        return try wanted(value, name, from: start)
    }

    mutating func readArray<Element>(
        _ read: (inout MessagePackReader) throws(MessagePackError) -> Element
    ) throws(MessagePackError) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<(try readArrayHeader()) { elements.append(try read(&self)) }
        return elements
    }

    private func wanted<Value>(
        _ value: Value?, _ name: StaticString, from start: Int
    ) throws(MessagePackError) -> Value {
        guard let value else {
            throw .invalidValue(reason: "there is no \(name)", offset: start)
        }
        return value
    }

    mutating func readCount() throws(MessagePackError) -> Int {
        try readField("count") { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func readSession() throws(MessagePackError) -> CollectionSession {
        let start = offset
        let bytes = try readField("session") { reader throws(MessagePackError) in
            try reader.readBytes()
        }
        guard let session = CollectionSession(bytes: bytes) else {
            throw .invalidValue(
                reason: "a session of \(bytes.count) bytes is none", offset: start)
        }
        return session
    }

    mutating func readServiceError() throws(MessagePackError) -> ServiceError {
        var code = ServiceError.Code.internal
        var message = ""
        var isRetryable = false
        var details: [String: String] = [:]
        for _ in 0..<(try readMapHeader()) {
            if readKey("code") {
                // A newer server's code is one that this client does not know.
                code = ServiceError.Code(rawValue: try readString()) ?? .internal
            } else if readKey("message") {
                message = try readString()
            } else if readKey("retryable") {
                isRetryable = try readBool()
            } else if readKey("details") {
                if !readIfNil() {
                    for _ in 0..<(try readMapHeader()) {
                        let key = try readString()
                        details[key] = try readString()
                    }
                }
            } else {
                try skipField()
            }
        }
        return ServiceError(code, message, isRetryable: isRetryable, details: details)
    }
}

// MARK: - Points

extension MessagePackReader {
    mutating func readPoint() throws(MessagePackError) -> Point {
        let start = offset
        var id: PointID?
        var vector: [Float] = []
        var payload: Payload = [:]
        for _ in 0..<(try readMapHeader()) {
            if readKey("id") {
                id = try PointID(from: &self)
            } else if readKey("vector") {
                if !readIfNil() { vector = try readFloats() }
            } else if readKey("payload") {
                if !readIfNil(), case .object(let object) = try JSONValue(from: &self) {
                    payload = object
                }
            } else {
                try skipField()
            }
        }
        return Point(id: try wanted(id, "id", from: start), vector: vector, payload: payload)
    }

    mutating func readPage() throws(MessagePackError) -> ScrollPage {
        let start = offset
        var points: [Point]?
        var next: PointID?
        for _ in 0..<(try readMapHeader()) {
            if readKey("points") {
                points = try readArray { reader throws(MessagePackError) in
                    try reader.readPoint()
                }
            } else if readKey("next") {
                if !readIfNil() { next = try PointID(from: &self) }
            } else {
                try skipField()
            }
        }
        return ScrollPage(points: try wanted(points, "points", from: start), next: next)
    }
}

// MARK: - Collections

extension MessagePackReader {
    mutating func readCollection() throws(MessagePackError) -> CollectionDescription {
        let start = offset
        var configuration = CollectionConfiguration(name: "", dimension: 0, metric: .cosine)
        var id: UInt64 = 0
        var pointCount: Int?
        var shards: [ShardRecord] = []
        for _ in 0..<(try readMapHeader()) {
            if readKey("name") {
                configuration.name = try readString()
            } else if readKey("id") {
                id = try readInteger()
            } else if readKey("dimension") {
                configuration.dimension = try readInteger()
            } else if readKey("metric") {
                configuration.metric = try readNamed("metric")
            } else if readKey("shard_count") {
                configuration.shardCount = try readInteger()
            } else if readKey("replica_count") {
                configuration.replicaCount = readIfNil() ? nil : try readInteger()
            } else if readKey("memory") {
                configuration.memory = try readNamed("memory")
            } else if readKey("point_count") {
                pointCount = readIfNil() ? nil : try readInteger()
            } else if readKey("shards") {
                shards = try readArray { reader throws(MessagePackError) in
                    try reader.readShard()
                }
            } else {
                try skipField()
            }
        }
        guard !configuration.name.isEmpty else {
            throw .invalidValue(reason: "a collection has no name", offset: start)
        }
        return CollectionDescription(
            configuration: configuration, id: CollectionID(id), pointCount: pointCount,
            shards: shards)
    }

    private mutating func readNamed<Value: RawRepresentable<String>>(
        _ what: StaticString
    ) throws(MessagePackError) -> Value {
        let start = offset
        let name = try readString()
        guard let value = Value(rawValue: name) else {
            throw .invalidValue(
                reason: "this client knows no \(what) \(name.prefix(64))", offset: start)
        }
        return value
    }

    private mutating func readShard() throws(MessagePackError) -> ShardRecord {
        let start = offset
        var (id, version): (UInt64, UInt64) = (0, 0)
        var (first, last): (UInt16, UInt16) = (0, 0)
        var workers: [String] = []
        var numbers: [UInt64] = []
        for _ in 0..<(try readMapHeader()) {
            if readKey("id") {
                id = try readInteger()
            } else if readKey("version") {
                version = try readInteger()
            } else if readKey("first_slot") {
                first = try readInteger()
            } else if readKey("last_slot") {
                last = try readInteger()
            } else if readKey("replicas") {
                workers = try readArray { reader throws(MessagePackError) in
                    try reader.readString()
                }
            } else if readKey("replica_ids") {
                numbers = try readArray { reader throws(MessagePackError) in
                    try reader.readInteger()
                }
            } else {
                try skipField()
            }
        }
        guard first <= last, last < HashSlot.count, workers.count == numbers.count else {
            throw .invalidValue(reason: "a shard that cannot be", offset: start)
        }
        return ShardRecord(
            id: ShardID(id), version: version, slots: SlotRange(first: first, last: last),
            replicas: zip(numbers, workers).map { ReplicaRecord(id: ReplicaID($0), worker: $1) })
    }

    mutating func readShardRecall() throws(MessagePackError) -> ShardRecall {
        let start = offset
        var shard: UInt64 = 0
        var worker = ""
        var (pointCount, efSearch) = (0, 0)
        var (points, mixtures): (RecallFigures?, RecallFigures?) = (nil, nil)
        for _ in 0..<(try readMapHeader()) {
            if readKey("id") {
                shard = try readInteger()
            } else if readKey("worker") {
                worker = try readString()
            } else if readKey("point_count") {
                pointCount = try readInteger()
            } else if readKey("ef_search") {
                efSearch = try readInteger()
            } else if readKey("points") {
                points = try readFigures()
            } else if readKey("mixtures") {
                mixtures = try readFigures()
            } else {
                try skipField()
            }
        }
        return ShardRecall(
            shard: ShardID(shard), worker: worker, pointCount: pointCount, efSearch: efSearch,
            points: try wanted(points, "points", from: start),
            mixtures: try wanted(mixtures, "mixtures", from: start))
    }

    private mutating func readFigures() throws(MessagePackError) -> RecallFigures {
        var figures = RecallFigures(
            recall: 0, queryCount: 0, completeCount: 0, median: .zero, percentile99: .zero)
        for _ in 0..<(try readMapHeader()) {
            if readKey("recall") {
                figures.recall = try readDouble()
            } else if readKey("query_count") {
                figures.queryCount = try readInteger()
            } else if readKey("complete_count") {
                figures.completeCount = try readInteger()
            } else if readKey("median_us") {
                figures.median = .microseconds(try readDouble())
            } else if readKey("p99_us") {
                figures.percentile99 = .microseconds(try readDouble())
            } else {
                try skipField()
            }
        }
        return figures
    }
}
