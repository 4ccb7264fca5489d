internal import FoundationEssentials
internal import MessagePack
internal import Protocols
internal import Vectors

// The forms of field values; `Protocols/bridge.md` has the table.
extension MessagePackReader {
    /// Turns errors of the format into errors of a field.
    private mutating func read<Value>(
        _ body: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws(BridgeFieldError) -> Value {
        do { return try body(&self) } catch { throw .format(error) }
    }

    mutating func bridgeText() throws(BridgeFieldError) -> String {
        try read { reader throws(MessagePackError) in try reader.readString() }
    }

    mutating func bridgeBool() throws(BridgeFieldError) -> Bool {
        try read { reader throws(MessagePackError) in try reader.readBool() }
    }

    mutating func bridgeInteger() throws(BridgeFieldError) -> Int {
        try read { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func bridgeUnsigned() throws(BridgeFieldError) -> UInt64 {
        try read { reader throws(MessagePackError) in try reader.readInteger() }
    }

    /// An API key, which no error quotes.
    mutating func bridgeKey() throws(BridgeFieldError) -> String {
        let key = try bridgeText()
        guard key.utf8.count <= BridgeRequest.maxKeyByteCount else {
            throw .refused(
                .invalidField(
                    "key", "has more than \(BridgeRequest.maxKeyByteCount) bytes"))
        }
        return key
    }

    /// What `session.open` has answered.
    mutating func bridgeSession() throws(BridgeFieldError) -> CollectionSession {
        let session = try read { reader throws(MessagePackError) in
            CollectionSession(bytes: try reader.readBinary())
        }
        guard let session else {
            throw .refused(.invalidField("session", "is not what session.open has answered"))
        }
        return session
    }

    mutating func bridgeNumber() throws(BridgeFieldError) -> Double {
        try read { reader throws(MessagePackError) in try reader.readDouble() }
    }

    mutating func bridgeTimeout() throws(BridgeFieldError) -> Duration {
        let milliseconds = try bridgeInteger()
        guard milliseconds > 0, milliseconds <= BridgeRequest.maxTimeout.components.seconds * 1_000
        else {
            throw .refused(
                .invalidField(
                    "deadline_ms",
                    """
                    is \(milliseconds); it must be 1 to \
                    \(BridgeRequest.maxTimeout.components.seconds * 1_000)
                    """))
        }
        return .milliseconds(milliseconds)
    }

    mutating func bridgeMetric() throws(BridgeFieldError) -> Metric {
        try bridgeChoice(of: "metric")
    }

    mutating func bridgeMemory() throws(BridgeFieldError) -> VectorMemory {
        try bridgeChoice(of: "memory")
    }

    private mutating func bridgeChoice<Choice: RawRepresentable<String> & CaseIterable>(
        of field: String
    ) throws(BridgeFieldError) -> Choice {
        let name = try bridgeText()
        guard let choice = Choice(rawValue: name) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .refused(
                .invalidField(
                    field, "is \(name.prefix(64).debugDescription); it must be one of \(known)"))
        }
        return choice
    }

    /// `"linearizable"`, `"local"`, or a map with the one key `bounded_ms`.
    mutating func bridgeConsistency() throws(BridgeFieldError) -> ReadConsistency {
        guard try read({ reader throws(MessagePackError) in try reader.peekKind() }) == .map else {
            switch try bridgeText() {
            case "linearizable": return .linearizable
            case "local": return .local
            case let text:
                throw .refused(.unknownConsistency("is \(text.prefix(64).debugDescription)"))
            }
        }
        let count = try read { reader throws(MessagePackError) in try reader.readMapHeader() }
        guard count == 1, readKey("bounded_ms") else {
            throw .refused(.unknownConsistency("is another map"))
        }
        let milliseconds = try bridgeInteger()
        guard let bounded = ReadConsistency(stalenessInMilliseconds: milliseconds) else {
            throw .refused(
                .invalidField(
                    "consistency", "has bounded_ms \(milliseconds); it must be 1 to 3600000"))
        }
        return bounded
    }

    mutating func bridgeVector() throws(BridgeFieldError) -> [Float] {
        try read { reader throws(MessagePackError) in try reader.readFloats() }
    }

    /// A number, a string, or the 16 bytes of a UUID.
    mutating func bridgePointID() throws(BridgeFieldError) -> PointID {
        try read { reader throws(MessagePackError) in
            switch try reader.peekKind() {
            case .string: return PointID(string: try reader.readString())
            case .binary:
                let start = reader.offset
                let bytes = try reader.readBinary()
                guard bytes.count == 16 else {
                    throw .invalidValue(
                        reason: "a point id of \(bytes.count) bytes; a UUID has 16", offset: start)
                }
                return .uuid(UUID(uuid: bytes.loadUnaligned(as: uuid_t.self)))
            default: return .number(try reader.readInteger())
            }
        }
    }

    mutating func bridgePointIDs() throws(BridgeFieldError) -> [PointID] {
        let count = try read { reader throws(MessagePackError) in try reader.readArrayHeader() }
        guard count <= UpsertRequest.maxPointCount else {
            throw .refused(
                ServiceError(
                    .tooLarge,
                    """
                    field "ids" has \(count) elements, more than \(UpsertRequest.maxPointCount); \
                    send several requests
                    """, details: ["field": "ids"]))
        }
        var ids: [PointID] = []
        ids.reserveCapacity(count)
        for _ in 0..<count { ids.append(try bridgePointID()) }
        return ids
    }

    /// One binary of `count` vectors of equal length, or an array of `count` vectors.
    mutating func bridgeVectors(count: Int) throws(BridgeFieldError) -> [[Float]] {
        let kind = try read { reader throws(MessagePackError) in try reader.peekKind() }
        if kind == .array { return try bridgeVectorArray(count: count) }
        let numbers = try bridgeVector()
        guard count > 0, numbers.count % count == 0 else {
            if count == 0, numbers.isEmpty { return [] }
            throw .refused(
                .invalidField(
                    "vectors", "has \(numbers.count) numbers, which \(count) vectors cannot share"))
        }
        let dimension = numbers.count / count
        return (0..<count).map { Array(numbers[($0 * dimension)..<(($0 + 1) * dimension)]) }
    }

    /// The vectors of a batch: an array of them, or one binary of as many as `count` says.
    mutating func bridgeBatchVectors(count: Int?) throws(BridgeFieldError) -> [[Float]] {
        let kind = try read { reader throws(MessagePackError) in try reader.peekKind() }
        if kind == .array {
            var copy = self
            let found = try copy.read { reader throws(MessagePackError) in
                try reader.readArrayHeader()
            }
            guard found <= SearchBatch.maxVectorCount else {
                throw .refused(
                    ServiceError(
                        .tooLarge,
                        """
                        field "vectors" has \(found) elements, more than \
                        \(SearchBatch.maxVectorCount); send several requests
                        """, details: ["field": "vectors"]))
            }
            guard found == count ?? found else {
                throw .refused(
                    .invalidField("count", "is \(count ?? 0) for \(found) vectors"))
            }
            return try bridgeVectorArray(count: found)
        }
        guard let count else {
            throw .refused(
                .invalidField("count", "is missing; one bin does not tell how many vectors it has"))
        }
        return try bridgeVectors(count: count)
    }

    private mutating func bridgeVectorArray(count: Int) throws(BridgeFieldError) -> [[Float]] {
        let found = try read { reader throws(MessagePackError) in try reader.readArrayHeader() }
        guard found == count else { throw .refused(.wrongCount("vectors", found, ids: count)) }
        var vectors: [[Float]] = []
        vectors.reserveCapacity(count)
        for _ in 0..<count { vectors.append(try bridgeVector()) }
        return vectors
    }

    /// An array of a map or nil for each id.
    mutating func bridgePayloads(of ids: [PointID]) throws(BridgeFieldError) -> [Payload] {
        let found = try read { reader throws(MessagePackError) in try reader.readArrayHeader() }
        guard found == ids.count else {
            throw .refused(.wrongCount("payloads", found, ids: ids.count))
        }
        var payloads: [Payload] = []
        payloads.reserveCapacity(found)
        for id in ids { payloads.append(readIfNil() ? [:] : try bridgePayload(of: id)) }
        return payloads
    }

    private mutating func bridgePayload(of id: PointID) throws(BridgeFieldError) -> Payload {
        // Its bytes are counted before they become a hundred times as many in memory.
        var copy = self
        let byteCount = try copy.read { reader throws(MessagePackError) in
            try reader.readEncoded().count
        }
        guard byteCount <= UpsertRequest.maxPayloadByteCount else {
            throw .refused(.payloadTooLarge(of: id, byteCount: byteCount))
        }
        let start = offset
        let value = try read { reader throws(MessagePackError) in try JSONValue(from: &reader) }
        guard case .object(let payload) = value else {
            throw .format(.invalidValue(reason: "a payload is a map or nil", offset: start))
        }
        return payload
    }
}

extension ServiceError {
    fileprivate static func unknownConsistency(_ found: String) -> ServiceError {
        .invalidField(
            "consistency",
            "\(found); it must be \"linearizable\", \"local\" or a map of bounded_ms")
    }

    fileprivate static func wrongCount(_ field: String, _ found: Int, ids: Int) -> ServiceError {
        .invalidField(field, "has \(found) elements for \(ids) ids")
    }
}
