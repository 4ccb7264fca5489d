// Text and map keys.
extension MessagePackReader {
    /// Reads text.
    ///
    /// - Throws: `invalidUTF8` when the bytes are not text; they are never repaired.
    @inlinable
    public mutating func readString() throws(MessagePackError) -> String {
        let begin = offset
        let utf8 = try readStringBytes()
        let string = String(decoding: utf8, as: UTF8.self)
        // Decoding repairs what is not UTF-8, and what was repaired differs from what was there.
        // `String(validating:as:)` says the same but looks up generic metadata, 50 ns a string.
        if isASCII(utf8) || isSame(string, utf8) { return string }
        position = begin
        throw .invalidUTF8(offset: begin, byteCount: utf8.count)
    }

    @inlinable @inline(__always)
    func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var bits: UInt8 = 0
        for byte in bytes { bits |= byte }
        return bits < 0x80
    }

    @usableFromInline @inline(never)
    func isSame(_ string: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var string = string
        return string.withUTF8 { UnsafeRawBufferPointer($0).elementsEqual(bytes) }
    }

    /// Reads text without a copy, as the bytes that the sender says are UTF-8; not validated.
    @inlinable
    public mutating func readStringBytes() throws(MessagePackError) -> UnsafeRawBufferPointer {
        let (header, length) = try stringHeader()
        return try take(header: header, length: length)
    }

    /// Reads a map key if it is exactly `key`; reads nothing and returns false otherwise.
    ///
    /// For the `if … else if …` over the fields of a directly decoded type.
    @inlinable
    public mutating func readKey(_ key: StaticString) -> Bool {
        precondition(key.hasPointerRepresentation, "a key is text, not one Unicode scalar")
        return readKey(
            UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    /// Reads a map key if it is exactly `key`; reads nothing and returns false otherwise.
    @inlinable @inline(__always)
    mutating func readKey(_ key: UnsafeRawBufferPointer) -> Bool {
        guard offset < end else { return false }
        let first = start.load(fromByteOffset: offset, as: UInt8.self)
        if first & 0xe0 != 0xa0 { return readLongKey(key) }
        let count = key.count
        guard Int(first & 0x1f) == count, remaining > count else { return false }
        if count > 0 {
            guard equal(start + offset + 1, key.baseAddress.unsafelyUnwrapped, count) else {
                return false
            }
        }
        position += 1 + count
        return true
    }

    /// A key that has a header of more than one byte, by need or by the sender's choice.
    @usableFromInline
    mutating func readLongKey(_ key: UnsafeRawBufferPointer) -> Bool {
        let begin = offset
        // What is not a string is not this key: the caller then reads or skips it and learns why.
        guard let bytes = try? readStringBytes(), bytes.elementsEqual(key) else {
            position = begin
            return false
        }
        return true
    }

    @inlinable @inline(__always)
    func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        for index in 0..<count
        where left.load(fromByteOffset: index, as: UInt8.self)
            != right.load(fromByteOffset: index, as: UInt8.self)
        {
            return false
        }
        return true
    }

    /// Passes over a key and its value.
    @inlinable
    public mutating func skipField() throws(MessagePackError) {
        try skipValue()
        try skipValue()
    }

    /// The value of a field that must be there.
    ///
    /// - Parameters:
    ///   - value: What was read, nil if the map had no such key.
    ///   - name: The key, for the error.
    ///   - offset: Where the map begins, for the error.
    @inlinable
    public func require<Value>(
        _ value: Value?, _ name: StaticString, from offset: Int
    ) throws(MessagePackError) -> Value {
        guard let value else { throw .missingField(name: name.description, offset: offset) }
        return value
    }

    /// The sizes of the next value's header and content, which must be a string.
    @inlinable
    mutating func stringHeader() throws(MessagePackError) -> (header: Int, length: Int) {
        let first = try peekByte()
        if first & 0xe0 == 0xa0 { return (1, Int(first & 0x1f)) }
        switch first {
        case 0xd9: return (2, Int(try load(UInt8.self, at: offset + 1)))
        case 0xda: return (3, Int(try load(UInt16.self, at: offset + 1)))
        case 0xdb: return (5, Int(try load(UInt32.self, at: offset + 1)))
        default: throw mismatch(.string)
        }
    }

    /// Passes over a header and returns the `length` bytes behind it.
    ///
    /// Bounds: a length has at most 32 bits, so the sum does not overflow; the slice is inside of
    /// the bytes because the sum is compared with what remains.
    @inlinable
    mutating func take(
        header: Int, length: Int
    ) throws(MessagePackError) -> UnsafeRawBufferPointer {
        if header + length > remaining { throw truncated(needed: header + length) }
        let slice = UnsafeRawBufferPointer(start: start + offset + header, count: length)
        position += header + length
        return slice
    }
}
