public import FoundationEssentials

/// Reads `Codable` values from MessagePack.
///
/// Reads what `MessagePackEncoder` writes, and what other languages write for the same types: keys
/// in any order, unknown keys (ignored), numbers of any form that fit, and vectors as arrays of
/// numbers. Of a key that occurs twice one value is used, which one is not specified.
///
/// Hostile bytes make it throw; they never trap and never make it allocate more than a constant
/// times what is there.
///
/// Thread safety: an immutable value while it decodes.
public struct MessagePackDecoder: Sendable {
    /// Given to each type's `init(from:)`.
    public var userInfo: [CodingUserInfoKey: any Sendable]

    /// Creates a decoder; costs nothing.
    public init(userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
        self.userInfo = userInfo
    }

    /// Decodes the next value and leaves the reader behind it.
    ///
    /// The decoder that the value's `init(from:)` sees works only until this returns.
    ///
    /// - Throws: `DecodingError`, with the `MessagePackError` beneath it when the bytes are at
    ///   fault, or what the value's own `init(from:)` throws. The reader is then not moved.
    public func decode<Value: Decodable>(
        _ type: Value.Type, from reader: inout MessagePackReader
    ) throws -> Value {
        let context = DecodingContext(reader: reader, userInfo: userInfo)
        // Whoever kept the decoder must not read bytes that may be gone.
        defer { context.close() }
        let node = DecodingNode(context: context)
        let value = try node.readWhole(type)
        reader = context.reader
        return value
    }

    /// Decodes the only value of `bytes`.
    ///
    /// - Throws: as `decode(_:from:)`, and when bytes are left.
    public func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: UnsafeRawBufferPointer, attachments: [Attachment] = []
    ) throws -> Value {
        var reader = MessagePackReader(bytes: bytes, attachments: attachments)
        let value = try decode(type, from: &reader)
        do {
            try reader.finish()
        } catch {
            throw error.decodingError(for: type, at: [])
        }
        return value
    }

    /// Decodes the only value of `bytes`.
    public func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], attachments: [Attachment] = []
    ) throws -> Value {
        try bytes.withUnsafeBytes { try decode(type, from: $0, attachments: attachments) }
    }

    /// Decodes the only value of `data`.
    public func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data, attachments: [Attachment] = []
    ) throws -> Value {
        try data.withUnsafeBytes { try decode(type, from: $0, attachments: attachments) }
    }

    /// Decodes the only value of `buffer`.
    public func decode<Value: Decodable>(
        _ type: Value.Type, from buffer: MessageBuffer, attachments: [Attachment] = []
    ) throws -> Value {
        try buffer.withUnsafeBytes { try decode(type, from: $0, attachments: attachments) }
    }
}
