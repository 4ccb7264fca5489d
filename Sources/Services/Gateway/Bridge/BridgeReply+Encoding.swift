internal import FoundationEssentials
package import MessagePack
internal import Protocols

extension BridgeReply {
    /// The bytes of the reply; those of an error if they would be more than ``maxByteCount``.
    package func encoded(maxByteCount: Int = BridgeReply.maxByteCount) -> MessageBuffer {
        let buffer = MessageBuffer(minimumCapacity: 256)
        var writer = MessagePackWriter(buffer: buffer)
        switch self {
        case .failure(let id, let error): Self.encode(id, error, to: &writer)
        case .success(let id, let result):
            Self.encodeHead(id, isSuccess: true, to: &writer)
            writer.writeKey("result")
            do {
                try result.encode(to: &writer, maxByteCount: maxByteCount)
            } catch {
                buffer.removeAll()
                Self.encode(id, .replyTooLarge(limit: maxByteCount), to: &writer)
            }
        }
        return buffer
    }

    private static func encode(
        _ id: BridgeRequestID?, _ error: ServiceError, to writer: inout MessagePackWriter
    ) {
        encodeHead(id, isSuccess: false, to: &writer)
        writer.writeKey("error")
        writer.writeMapHeader(count: 4)
        writer.writeKey("code")
        writer.write(error.code.rawValue)
        writer.writeKey("message")
        writer.write(error.message.prefix(utf8Count: maxMessageByteCount))
        writer.writeKey("retryable")
        writer.write(error.isRetryable)
        writer.writeKey("details")
        writer.writeMapHeader(count: error.details.count)
        for (key, value) in error.details.sorted(by: { $0.key < $1.key }) {
            writer.write(key)
            writer.write(value.prefix(utf8Count: maxMessageByteCount))
        }
    }

    private static func encodeHead(
        _ id: BridgeRequestID?, isSuccess: Bool, to writer: inout MessagePackWriter
    ) {
        writer.writeMapHeader(count: 4)
        writer.writeKey("v")
        writer.write(BridgeRequest.protocolVersion)
        writer.writeKey("id")
        switch id {
        case .number(let number): writer.write(number)
        case .text(let text): writer.write(text)
        case nil: writer.writeNil()
        }
        writer.writeKey("ok")
        writer.write(isSuccess)
    }
}

/// The reply would be larger than a reply may be.
private struct ReplyTooLarge: Error {}

extension BridgeResult {
    fileprivate func encode(
        to writer: inout MessagePackWriter, maxByteCount: Int
    ) throws(ReplyTooLarge) {
        switch self {
        case .pong:
            writer.writeMapHeader(count: 3)
            writer.writeKey("versions")
            writer.writeArrayHeader(count: 1)
            writer.write(BridgeRequest.protocolVersion)
            writer.writeKey("max_request_bytes")
            writer.write(BridgeRequest.maxByteCount)
            writer.writeKey("max_reply_bytes")
            writer.write(BridgeReply.maxByteCount)
        case .done: writer.writeMapHeader(count: 0)
        case .collection(let description): writer.write(description)
        case .collections(let descriptions):
            writer.writeMapHeader(count: 1)
            writer.writeKey("collections")
            try writer.write(descriptions, maxByteCount: maxByteCount) { writer, description in
                writer.write(description)
            }
        case .count(let count):
            writer.writeMapHeader(count: 1)
            writer.writeKey("count")
            writer.write(count)
        case .points(let points, let parts):
            writer.writeMapHeader(count: 1)
            try writer.write(points, parts, maxByteCount: maxByteCount)
        case .page(let page, let parts):
            writer.writeMapHeader(count: 2)
            try writer.write(page.points, parts, maxByteCount: maxByteCount)
            writer.writeKey("next")
            if let next = page.next { writer.write(next) } else { writer.writeNil() }
        case .scoredPoints(let points):
            writer.writeMapHeader(count: 1)
            writer.writeKey("points")
            try writer.write(points, maxByteCount: maxByteCount)
        case .scoredPointsOfBatch(let answers):
            writer.writeMapHeader(count: 1)
            writer.writeKey("results")
            writer.writeArrayHeader(count: answers.count)
            for points in answers { try writer.write(points, maxByteCount: maxByteCount) }
        case .session(let session):
            writer.writeMapHeader(count: 1)
            writer.writeKey("session")
            session.bytes.withUnsafeBytes { writer.writeBinary($0) }
        case .recall(let shards): writer.write(shards)
        case .status(let status): writer.write(status)
        }
    }
}

extension MessagePackWriter {
    /// Writes an array, looking after each element whether the whole is still small enough.
    fileprivate mutating func write<Element>(
        _ elements: [Element], maxByteCount: Int,
        _ writeElement: (inout MessagePackWriter, Element) -> Void
    ) throws(ReplyTooLarge) {
        writeArrayHeader(count: elements.count)
        for element in elements {
            writeElement(&self, element)
            guard buffer.count <= maxByteCount else { throw ReplyTooLarge() }
        }
    }

    fileprivate mutating func write(
        _ points: [Point], _ parts: PointParts, maxByteCount: Int
    ) throws(ReplyTooLarge) {
        writeKey("points")
        try write(points, maxByteCount: maxByteCount) { writer, point in
            writer.write(
                point.id, score: nil, payload: parts.contains(.payload) ? point.payload : nil,
                vector: parts.contains(.vector) ? point.vector : nil)
        }
    }

    fileprivate mutating func write(
        _ points: [ScoredPoint], maxByteCount: Int
    ) throws(ReplyTooLarge) {
        try write(points, maxByteCount: maxByteCount) { writer, point in
            writer.write(
                point.id, score: point.score, payload: point.payload, vector: point.vector)
        }
    }

    fileprivate mutating func write(_ id: PointID) {
        switch id {
        case .number(let number): write(number)
        case .uuid(let uuid): withUnsafeBytes(of: uuid.uuid) { writeBinary($0) }
        case .string(let string): write(string)
        }
    }

    fileprivate mutating func write(
        _ id: PointID, score: Float?, payload: Payload?, vector: [Float]?
    ) {
        writeMapHeader(
            count: 1 + (score == nil ? 0 : 1) + (payload == nil ? 0 : 1) + (vector == nil ? 0 : 1))
        writeKey("id")
        write(id)
        if let score {
            writeKey("score")
            write(score)
        }
        if let payload {
            writeKey("payload")
            write(JSONValue.object(payload))
        }
        if let vector {
            writeKey("vector")
            write(vector)
        }
    }
}

extension ServiceError {
    fileprivate static func replyTooLarge(limit: Int) -> ServiceError {
        ServiceError(
            .tooLarge,
            """
            the reply would have more than \(limit) bytes; \
            ask for fewer points, or for points without vector or payload
            """)
    }
}

extension String {
    /// The longest beginning of whole characters that has at most this many bytes.
    fileprivate func prefix(utf8Count: Int) -> String {
        if utf8.count <= utf8Count { return self }
        // Three bytes remain for the mark that something is missing.
        let end = utf8.index(startIndex, offsetBy: utf8Count - 3)
        return String(self[..<(end.samePosition(in: self) ?? index(before: end))]) + "…"
    }
}
