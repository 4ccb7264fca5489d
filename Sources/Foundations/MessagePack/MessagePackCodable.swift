/// A type that writes itself as MessagePack without going through `Codable`.
///
/// For the messages of a hot path: it costs about a tenth of `Codable`. Write what `Codable` would
/// have written (a map with the property names as keys, in order of declaration, leaving out
/// optionals that are nil), so that both forms read each other.
///
/// ```swift
/// func encode(to writer: inout MessagePackWriter) {
///     writer.writeMapHeader(count: 2)
///     writer.writeKey("id")
///     writer.write(id)
///     writer.writeKey("vector")
///     writer.write(vector)
/// }
/// ```
public protocol MessagePackEncodable {
    /// Writes exactly one value.
    func encode(to writer: inout MessagePackWriter)
}

/// A type that reads itself from MessagePack without going through `Codable`.
///
/// ```swift
/// init(from reader: inout MessagePackReader) throws(MessagePackError) {
///     let start = reader.offset
///     var id: UInt64?
///     var vector: [Float]?
///     for _ in 0..<(try reader.readMapHeader()) {
///         if reader.readKey("id") {
///             id = try reader.readInteger()
///         } else if reader.readKey("vector") {
///             vector = try reader.readFloats()
///         } else {
///             try reader.skipField()
///         }
///     }
///     self.id = try reader.require(id, "id", from: start)
///     self.vector = try reader.require(vector, "vector", from: start)
/// }
/// ```
///
/// A type that contains itself reads its children inside `MessagePackReader.nested`, which bounds
/// the depth.
public protocol MessagePackDecodable {
    /// Reads exactly one value.
    init(from reader: inout MessagePackReader) throws(MessagePackError)
}

/// A type that writes and reads itself as MessagePack without going through `Codable`.
public typealias MessagePackCodable = MessagePackEncodable & MessagePackDecodable
