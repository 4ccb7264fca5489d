import FoundationEssentials
public import MessagePack

extension PointID: MessagePackCodable {
    /// A number, 16 bytes, or a string.
    public func encode(to writer: inout MessagePackWriter) {
        switch self {
        case .number(let number): writer.write(number)
        case .uuid(let uuid): withUnsafeBytes(of: uuid.uuid) { writer.writeBinary($0) }
        case .string(let string): writer.write(string)
        }
    }

    /// A number, 16 bytes, or a string.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        switch try reader.peekKind() {
        case .string: self.init(string: try reader.readString())
        case .binary:
            let bytes = try reader.readBinary()
            guard bytes.count == MemoryLayout<uuid_t>.size else {
                throw .invalidValue(
                    reason: "a point id of \(bytes.count) bytes; a UUID has 16", offset: start)
            }
            self = .uuid(UUID(uuid: bytes.loadUnaligned(as: uuid_t.self)))
        default: self = .number(try reader.readInteger())
        }
    }
}
