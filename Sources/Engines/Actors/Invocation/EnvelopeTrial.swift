internal import MessagePack

/// Reads the envelopes of a message for nobody, as `tools/fuzz` does with bytes of chance.
package enum EnvelopeTrial {
    /// What was understood of a message, written anew.
    ///
    /// Requests are read up to their arguments, replies and failures up to their value; those and
    /// what newer peers may send are skipped.
    ///
    /// - Throws: `MessagePackError` where a link would be closed; nothing traps.
    package static func rewritten(_ bytes: [UInt8]) throws -> [UInt8] {
        try bytes.withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            var written: [UInt8] = []
            while !reader.isAtEnd { written += try rewritten(from: &reader) }
            return written
        }
    }

    private static func rewritten(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) -> [UInt8] {
        let start = reader.offset
        let count = try reader.readArrayHeader()
        guard count >= 1 else { throw .invalidValue(reason: "an empty envelope", offset: start) }
        guard let kind = EnvelopeKind(rawValue: try reader.readInteger(UInt8.self)) else {
            for _ in 1..<count { try reader.skipValue() }
            return []
        }
        switch kind {
        case .request:
            var header = try RequestHeader(from: &reader)
            for _ in 0..<header.argumentCount { try reader.skipValue() }
            header.argumentCount = 0
            let buffer = MessageBuffer()
            var writer = MessagePackWriter(buffer: buffer)
            header.encode(to: &writer)
            return buffer.copiedBytes()
        case .reply, .failure:
            for _ in 1..<count { try reader.skipValue() }
            return []
        default:
            return try ControlEnvelope(kind, elementCount: count - 1, from: &reader)
                .message().buffer.copiedBytes()
        }
    }
}
