/// A single-value container: its node's only value.
struct SingleValueDecoding: SingleValueDecodingContainer {
    let node: DecodingNode

    var codingPath: [any CodingKey] { node.codingPath }

    func decodeNil() -> Bool {
        node.context.reader.position = node.start
        guard node.context.reader.readIfNil() else { return false }
        node.valueEnd = node.context.reader.position
        return true
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try node.readSingle(type)
    }

    /// Reads the value by `body`, which leaves the reader behind it.
    @inline(__always)
    private func read<Value>(
        _ type: Value.Type,
        _ body: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws -> Value {
        node.context.reader.position = node.start
        do {
            let value = try body(&node.context.reader)
            node.valueEnd = node.context.reader.position
            return value
        } catch {
            throw node.failure(error, as: type, key: nil)
        }
    }

    // One method for each type that `Codable` names; the compiler picks them without a search.

    func decode(_ type: Bool.Type) throws -> Bool {
        try read(type) { reader throws(MessagePackError) in try reader.readBool() }
    }

    func decode(_ type: String.Type) throws -> String {
        try read(type) { reader throws(MessagePackError) in try reader.readString() }
    }

    func decode(_ type: Double.Type) throws -> Double {
        try read(type) { reader throws(MessagePackError) in try reader.readDouble() }
    }

    func decode(_ type: Float.Type) throws -> Float {
        try read(type) { reader throws(MessagePackError) in try reader.readFloat() }
    }

    func decode(_ type: Int.Type) throws -> Int {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: Int8.Type) throws -> Int8 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: Int16.Type) throws -> Int16 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: Int32.Type) throws -> Int32 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: Int64.Type) throws -> Int64 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: UInt.Type) throws -> UInt {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: UInt8.Type) throws -> UInt8 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: UInt16.Type) throws -> UInt16 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: UInt32.Type) throws -> UInt32 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decode(_ type: UInt64.Type) throws -> UInt64 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }
}
