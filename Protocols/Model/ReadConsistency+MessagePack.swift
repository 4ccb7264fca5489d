public import MessagePack

extension ReadConsistency: MessagePackCodable {
    /// The text.
    public func encode(to writer: inout MessagePackWriter) { writer.write(description) }

    /// The text.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        let text = try reader.readString()
        guard let consistency = ReadConsistency(text) else {
            throw .invalidValue(
                reason: "there is no consistency \(text.prefix(64).debugDescription)",
                offset: start)
        }
        self = consistency
    }
}
