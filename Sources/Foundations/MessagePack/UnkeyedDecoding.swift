/// An unkeyed container: a cursor over the elements of its node's array.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
    let node: DecodingNode
    /// Where the next element begins.
    var offset: Int
    private(set) var currentIndex = 0

    init(node: DecodingNode, offset: Int) {
        self.node = node
        self.offset = offset
    }

    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int? { node.count }
    var isAtEnd: Bool { currentIndex >= node.count }

    mutating func decodeNil() throws -> Bool {
        try checkNotAtEnd(Any?.self)
        node.context.reader.position = offset
        guard node.context.reader.readIfNil() else { return false }
        pass(to: node.context.reader.position)
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try checkNotAtEnd(type)
        let (value, end) = try node.readValue(type, at: offset, key: key)
        pass(to: end)
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let (child, end) = try child()
        let container = try child.container(keyedBy: type)
        pass(to: end)
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let (child, end) = try child()
        let container = try child.unkeyedContainer()
        pass(to: end)
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let (child, end) = try child()
        pass(to: end)
        return child
    }

    /// Reads an element by `body`, which leaves the reader behind it.
    @inline(__always)
    mutating func read<Value>(
        _ type: Value.Type,
        _ body: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws -> Value {
        try checkNotAtEnd(type)
        node.context.reader.position = offset
        let value: Value
        do {
            value = try body(&node.context.reader)
        } catch {
            throw node.failure(error, as: type, key: key)
        }
        pass(to: node.context.reader.position)
        return value
    }

    private var key: any CodingKey { PathKey(index: currentIndex) }

    private mutating func pass(to end: Int) {
        // The node remembers the furthest element, so that it finds its own end.
        if currentIndex == node.scannedCount { node.pass(to: end) }
        offset = end
        currentIndex += 1
    }

    private func child() throws -> (DecodingNode, Int) {
        try checkNotAtEnd(Any.self)
        do {
            let end = try node.skip(at: offset)
            return (node.child(at: offset, key: key), end)
        } catch {
            throw node.failure(error, as: Any.self, key: key)
        }
    }

    private func checkNotAtEnd(_ type: Any.Type) throws {
        guard isAtEnd else { return }
        throw DecodingError.valueNotFound(
            type,
            DecodingError.Context(
                codingPath: codingPath + [key],
                debugDescription: "the array has \(node.count) elements and no more; send as many "
                    + "as the type reads"))
    }
}

// One method for each type that `Codable` names; the compiler picks them without a search.
extension UnkeyedDecoding {
    mutating func decode(_ type: Bool.Type) throws -> Bool {
        try read(type) { reader throws(MessagePackError) in try reader.readBool() }
    }

    mutating func decode(_ type: String.Type) throws -> String {
        try read(type) { reader throws(MessagePackError) in try reader.readString() }
    }

    mutating func decode(_ type: Double.Type) throws -> Double {
        try read(type) { reader throws(MessagePackError) in try reader.readDouble() }
    }

    mutating func decode(_ type: Float.Type) throws -> Float {
        try read(type) { reader throws(MessagePackError) in try reader.readFloat() }
    }

    mutating func decode(_ type: Int.Type) throws -> Int {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: Int8.Type) throws -> Int8 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: Int16.Type) throws -> Int16 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: Int32.Type) throws -> Int32 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: Int64.Type) throws -> Int64 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: UInt.Type) throws -> UInt {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: UInt16.Type) throws -> UInt16 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: UInt32.Type) throws -> UInt32 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    mutating func decode(_ type: UInt64.Type) throws -> UInt64 {
        try read(type) { reader throws(MessagePackError) in try reader.readInteger() }
    }
}
