public import MessagePack

extension JSONValue: MessagePackEncodable {
    /// The value as MessagePack, objects with their keys in order.
    public func encode(to writer: inout MessagePackWriter) {
        switch self {
        case .null: writer.writeNil()
        case .bool(let bool): writer.write(bool)
        case .integer(let integer): writer.write(integer)
        case .number(let number): writer.write(number)
        case .string(let string): writer.write(string)
        case .array(let array):
            writer.writeArrayHeader(count: array.count)
            for value in array { value.encode(to: &writer) }
        case .object(let object):
            Self.encode(object, to: &writer)
        }
    }

    /// An object as MessagePack: equal objects have equal bytes.
    static func encode(_ object: [String: JSONValue], to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: object.count)
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            writer.write(key)
            value.encode(to: &writer)
        }
    }
}

extension JSONValue: MessagePackDecodable {
    /// Any value but bytes and extensions, which JSON does not know.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        switch try reader.peekKind() {
        case .nil:
            try reader.readNil()
            self = .null
        case .bool: self = .bool(try reader.readBool())
        case .integer: self = try Self.integer(from: &reader)
        case .float, .double: self = .number(try reader.readDouble())
        case .string: self = .string(try reader.readString())
        case .array: self = .array(try [JSONValue](from: &reader))
        case .map: self = .object(try Self.object(from: &reader))
        case .binary, .extension, .reserved:
            throw .invalidValue(reason: "a payload holds JSON values only", offset: start)
        }
    }

    /// An integer, or beyond 63 bits the nearest number.
    private static func integer(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) -> JSONValue {
        var copy = reader
        do {
            return .integer(try reader.readInteger(Int64.self))
        } catch .integerOutOfRange {
            let large: UInt64 = try copy.readInteger(UInt64.self)
            reader = copy
            return .number(Double(large))
        }
    }

    /// An object; of a key that occurs twice the last value counts.
    static func object(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) -> [String: JSONValue] {
        try reader.nested { reader throws(MessagePackError) in
            let count = try reader.readMapHeader()
            var object: [String: JSONValue] = [:]
            for _ in 0..<count {
                let key = try reader.readString()
                object[key] = try JSONValue(from: &reader)
            }
            return object
        }
    }
}
