/// A MessagePack value of any kind, for messages whose shape is not known in advance.
///
/// Two encodings of one number are equal only if they have the same case: `.integer(1)` is read
/// from every encoding of a 1 that fits `Int64`; `.unsigned` holds only what is larger.
public indirect enum MessagePackValue: Hashable, Sendable {
    /// No value.
    case `nil`
    /// True or false.
    case bool(Bool)
    /// An integer that fits 64 signed bits.
    case integer(Int64)
    /// An integer of 2^63 or more.
    case unsigned(UInt64)
    /// A binary32 number.
    case float(Float)
    /// A binary64 number.
    case double(Double)
    /// Text.
    case string(String)
    /// Bytes.
    case binary([UInt8])
    /// Values in order.
    case array([MessagePackValue])
    /// Pairs in order; keys may be of any kind and may repeat.
    case map([Pair])
    /// Bytes with an application's type number.
    case `extension`(type: Int8, bytes: [UInt8])

    /// One entry of a map.
    public struct Pair: Hashable, Sendable {
        /// What it is found by.
        public var key: MessagePackValue
        /// What it holds.
        public var value: MessagePackValue

        /// Creates an entry.
        public init(_ key: MessagePackValue, _ value: MessagePackValue) {
            self.key = key
            self.value = value
        }
    }

    /// The value of the first entry with this key, if this is a map that has one.
    public subscript(key: String) -> MessagePackValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == .string(key) }?.value
    }
}

extension MessagePackValue: MessagePackEncodable {
    /// Writes the value in its smallest form.
    public func encode(to writer: inout MessagePackWriter) {
        switch self {
        case .nil: writer.writeNil()
        case .bool(let value): writer.write(value)
        case .integer(let value): writer.write(value)
        case .unsigned(let value): writer.write(value)
        case .float(let value): writer.write(value)
        case .double(let value): writer.write(value)
        case .string(let value): writer.write(value)
        case .binary(let value): writer.write(value)
        case .array(let elements):
            writer.writeArrayHeader(count: elements.count)
            for element in elements { element.encode(to: &writer) }
        case .map(let pairs):
            writer.writeMapHeader(count: pairs.count)
            for pair in pairs {
                pair.key.encode(to: &writer)
                pair.value.encode(to: &writer)
            }
        case .extension(let type, let bytes):
            bytes.withUnsafeBytes { writer.writeExtension(type: type, bytes: $0) }
        }
    }
}

extension MessagePackValue: MessagePackDecodable {
    /// Reads a value of any kind; a reference to an attachment is read as its bytes when the reader
    /// has attachments, and as an extension otherwise.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        switch try reader.peekKind() {
        case .nil:
            try reader.readNil()
            self = .nil
        case .bool: self = .bool(try reader.readBool())
        case .integer:
            let (bits, isSigned) = try reader.readLongInteger()
            let fits = isSigned || bits <= UInt64(Int64.max)
            self = fits ? .integer(Int64(bitPattern: bits)) : .unsigned(bits)
        case .float: self = .float(try reader.readFloat())
        case .double: self = .double(try reader.readDouble())
        case .string: self = .string(try reader.readString())
        case .binary: self = .binary(try reader.readBytes())
        case .array: self = .array(try [MessagePackValue](from: &reader))
        case .map: self = .map(try Self.pairs(from: &reader))
        case .extension: self = try Self.extension(from: &reader)
        case .reserved: throw .reservedByte(offset: reader.offset)
        }
    }

    private static func pairs(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) -> [Pair] {
        try reader.nested { reader throws(MessagePackError) in
            let count = try reader.readMapHeader()
            var pairs: [Pair] = []
            pairs.reserveCapacity(min(count, MessagePackLimits.reservedElements))
            for _ in 0..<count {
                let key = try MessagePackValue(from: &reader)
                pairs.append(Pair(key, try MessagePackValue(from: &reader)))
            }
            return pairs
        }
    }

    private static func `extension`(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) -> MessagePackValue {
        if !reader.attachments.isEmpty, let attachment = try reader.readAttachment() {
            return .binary([UInt8](attachment.bytes))
        }
        let (type, bytes) = try reader.readExtension()
        return .extension(type: type, bytes: [UInt8](bytes))
    }
}
