public import MessagePack

// The forms of the hot path: the same bytes as `Codable` writes, a tenth of its cost.

extension Point: MessagePackCodable {
    /// A map of id, vector and payload.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 3)
        writer.writeKey("id")
        id.encode(to: &writer)
        writer.writeKey("vector")
        writer.write(vector)
        writer.writeKey("payload")
        JSONValue.encode(payload, to: &writer)
    }

    /// A map of id, vector and payload.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var id: PointID?
        var vector: [Float]?
        var payload: Payload = [:]
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("id") {
                id = try PointID(from: &reader)
            } else if reader.readKey("vector") {
                vector = try reader.readFloats()
            } else if reader.readKey("payload") {
                payload = try reader.readPayload()
            } else {
                try reader.skipField()
            }
        }
        self.init(
            id: try reader.require(id, "id", from: start),
            vector: try reader.require(vector, "vector", from: start), payload: payload)
    }
}

extension ScoredPoint: MessagePackCodable {
    /// A map of id, score, and the parts that were asked for.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 2 + (payload == nil ? 0 : 1) + (vector == nil ? 0 : 1))
        writer.writeKey("id")
        id.encode(to: &writer)
        writer.writeKey("score")
        writer.write(score)
        if let payload {
            writer.writeKey("payload")
            JSONValue.encode(payload, to: &writer)
        }
        if let vector {
            writer.writeKey("vector")
            writer.write(vector)
        }
    }

    /// A map of id, score, and the parts that were asked for.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var id: PointID?
        var score: Float?
        var payload: Payload?
        var vector: [Float]?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("id") {
                id = try PointID(from: &reader)
            } else if reader.readKey("score") {
                score = try reader.readFloat()
            } else if reader.readKey("payload") {
                if !reader.readIfNil() { payload = try reader.readPayload() }
            } else if reader.readKey("vector") {
                if !reader.readIfNil() { vector = try reader.readFloats() }
            } else {
                try reader.skipField()
            }
        }
        self.init(
            id: try reader.require(id, "id", from: start),
            score: try reader.require(score, "score", from: start), payload: payload,
            vector: vector)
    }
}

extension MessagePackReader {
    /// A JSON object.
    mutating func readPayload() throws(MessagePackError) -> Payload {
        let start = offset
        guard case .object(let payload) = try JSONValue(from: &self) else {
            throw .invalidValue(reason: "a payload must be a map", offset: start)
        }
        return payload
    }
}
