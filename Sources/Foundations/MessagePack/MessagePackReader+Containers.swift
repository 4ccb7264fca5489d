// Arrays, maps, and passing over values.
extension MessagePackReader {
    /// Reads the header of an array and returns how many values follow.
    ///
    /// - Throws: `countExceedsInput` when fewer bytes remain than elements were announced, so the
    ///   result may be used to reserve that many bytes.
    @inlinable
    public mutating func readArrayHeader() throws(MessagePackError) -> Int {
        let first = try peekByte()
        let (header, count): (Int, Int)
        if first & 0xf0 == 0x90 {
            (header, count) = (1, Int(first & 0x0f))
        } else if first == 0xdc {
            (header, count) = (3, Int(try load(UInt16.self, at: offset + 1)))
        } else if first == 0xdd {
            (header, count) = (5, Int(try load(UInt32.self, at: offset + 1)))
        } else {
            throw mismatch(.array)
        }
        return try passHeader(header, count: count, minimumByteCount: count)
    }

    /// Reads the header of a map and returns how many pairs of key and value follow.
    ///
    /// - Throws: `countExceedsInput` when fewer than two bytes for each pair remain.
    @inlinable
    public mutating func readMapHeader() throws(MessagePackError) -> Int {
        let first = try peekByte()
        let (header, count): (Int, Int)
        if first & 0xf0 == 0x80 {
            (header, count) = (1, Int(first & 0x0f))
        } else if first == 0xde {
            (header, count) = (3, Int(try load(UInt16.self, at: offset + 1)))
        } else if first == 0xdf {
            (header, count) = (5, Int(try load(UInt32.self, at: offset + 1)))
        } else {
            throw mismatch(.map)
        }
        return try passHeader(header, count: count, minimumByteCount: 2 * count)
    }

    @inlinable
    mutating func passHeader(
        _ header: Int, count: Int, minimumByteCount: Int
    ) throws(MessagePackError) -> Int {
        if header + minimumByteCount > remaining {
            throw .countExceedsInput(
                offset: offset, count: count, minimumByteCount: minimumByteCount,
                remaining: remaining - header)
        }
        position += header
        return count
    }

    /// Passes over one value of any kind, with all that is in it.
    ///
    /// Complexity: O(bytes of the value); recursion is bounded by `MessagePackLimits.depth`.
    @inlinable
    public mutating func skipValue() throws(MessagePackError) {
        let first = try peekByte()
        if first < 0x80 || first >= 0xe0 {
            position += 1
        } else if first & 0xe0 == 0xa0 {
            _ = try take(header: 1, length: Int(first & 0x1f))
        } else {
            try skipLongValue()
        }
    }

    @usableFromInline
    mutating func skipLongValue() throws(MessagePackError) {
        switch try peekByte() {
        case 0xc0, 0xc2, 0xc3: position += 1
        case 0xc4...0xc6:
            let (header, length) = try binaryHeader()
            _ = try take(header: header, length: length)
        case 0xc7...0xc9, 0xd4...0xd8:
            let (header, length) = try extensionHeader()
            _ = try take(header: header, length: length)
        case 0xcc, 0xd0: _ = try take(header: 2, length: 0)
        case 0xcd, 0xd1: _ = try take(header: 3, length: 0)
        case 0xca, 0xce, 0xd2: _ = try take(header: 5, length: 0)
        case 0xcb, 0xcf, 0xd3: _ = try take(header: 9, length: 0)
        case 0xd9...0xdb:
            let (header, length) = try stringHeader()
            _ = try take(header: header, length: length)
        case 0x90...0x9f, 0xdc, 0xdd:
            try skipElements { reader throws(MessagePackError) in try reader.readArrayHeader() }
        case 0x80...0x8f, 0xde, 0xdf:
            try skipElements { reader throws(MessagePackError) in
                2 * (try reader.readMapHeader())
            }
        case 0xc1: throw .reservedByte(offset: offset)
        default: try skipValue()
        }
    }

    private mutating func skipElements(
        _ header: (inout MessagePackReader) throws(MessagePackError) -> Int
    ) throws(MessagePackError) {
        try nested { reader throws(MessagePackError) in
            for _ in 0..<(try header(&reader)) { try reader.skipValue() }
        }
    }

    /// Passes over one value and returns its bytes without a copy.
    @inlinable
    public mutating func readEncoded() throws(MessagePackError) -> UnsafeRawBufferPointer {
        let begin = offset
        try skipValue()
        return UnsafeRawBufferPointer(start: start + begin, count: offset - begin)
    }
}
