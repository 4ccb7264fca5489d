/// Writes `Codable` values as MessagePack.
///
/// | Swift | MessagePack |
/// |---|---|
/// | a keyed container, a dictionary with string or integer keys | map with string keys |
/// | an unkeyed container | array |
/// | `[Float]` | binary: little-endian binary32 numbers |
/// | `[UInt8]`, `Data` | binary |
/// | integers, `Bool`, `Float`, `Double`, `String`, nil | the smallest form of their own |
/// | `MessagePackEncodable` types | what they write themselves |
///
/// Optional properties that are nil are left out, as synthesised `Codable` does.
///
/// Thread safety: an immutable value while it encodes.
public struct MessagePackEncoder: Sendable {
    /// Given to each type's `encode(to:)`.
    public var userInfo: [CodingUserInfoKey: any Sendable]

    /// Creates an encoder; costs nothing.
    public init(userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
        self.userInfo = userInfo
    }

    /// Encodes `value` into a buffer of its own.
    ///
    /// - Throws: `EncodingError`, or what the value's own `encode(to:)` throws.
    public func encode<Value: Encodable>(_ value: Value) throws -> MessageBuffer {
        let buffer = MessageBuffer(minimumCapacity: 256)
        let writer = MessagePackWriter(buffer: buffer)
        try encode(value, into: writer)
        return buffer
    }

    /// Encodes `value` at the end of the writer's buffer.
    ///
    /// After an error the writer holds what it held before, attachments included.
    ///
    /// - Throws: `EncodingError`, or what the value's own `encode(to:)` throws.
    public func encode<Value: Encodable>(
        _ value: Value, into writer: inout MessagePackWriter
    ) throws {
        try encode(value, into: writer)
    }

    private func encode<Value: Encodable>(_ value: Value, into writer: MessagePackWriter) throws {
        let start = writer.buffer.count
        let attachmentCount = writer.list?.attachments.count ?? 0
        do {
            let node = EncodingNode(writer: writer, userInfo: userInfo)
            try node.writeWhole(value)
        } catch {
            writer.buffer.truncate(to: start)
            writer.list?.attachments.removeSubrange(attachmentCount...)
            throw error
        }
    }
}
