extension JSONReader {
    /// Reads a string.
    ///
    /// - Parameter maxByteCount: How many bytes of UTF-8 it may have.
    public mutating func readString(maxByteCount: Int = .max) throws(JSONError) -> String {
        try expect(.string, "a string")
        let begin = offset + 1
        var end = begin
        while end < count, start[end] != UInt8(ascii: "\""), start[end] != UInt8(ascii: "\\"),
            start[end] >= 0x20
        {
            end += 1
        }
        guard end < count else { throw syntax("the string has no end") }
        let string: String?
        if start[end] == UInt8(ascii: "\"") {
            let bytes = UnsafeBufferPointer(start: start + begin, count: end - begin)
            string = String(validating: bytes, as: UTF8.self)
            offset = end + 1
        } else {
            string = String(validating: try readEscaped(from: begin, to: end), as: UTF8.self)
        }
        guard let string else {
            throw JSONError(.syntax, "the string is not UTF-8", offset: begin)
        }
        guard string.utf8.count <= maxByteCount else {
            throw JSONError(
                .limit, "it has \(string.utf8.count) bytes, more than \(maxByteCount)",
                offset: begin)
        }
        return string
    }

    /// The bytes of a string that has escapes, the first of which, or a control character, is at
    /// `first`.
    private mutating func readEscaped(
        from begin: Int, to first: Int
    ) throws(JSONError) -> [UInt8] {
        var bytes = Array(UnsafeBufferPointer(start: start + begin, count: first - begin))
        offset = first
        while offset < count {
            let byte = start[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return bytes
            case UInt8(ascii: "\\"):
                offset += 1
                try readEscape(into: &bytes)
            case 0..<0x20:
                throw syntax("a control character in a string must be escaped")
            default:
                bytes.append(byte)
                offset += 1
            }
        }
        throw syntax("the string has no end")
    }

    private mutating func readEscape(into bytes: inout [UInt8]) throws(JSONError) {
        guard offset < count else { throw syntax("the string has no end") }
        let byte = start[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try readScalar()
            bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
        default: throw syntax("there is no such escape")
        }
    }

    /// The character whose `\u` was just read, with the second half of a pair.
    private mutating func readScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try readHex()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, count - offset >= 2, start[offset] == UInt8(ascii: "\\"),
            start[offset + 1] == UInt8(ascii: "u")
        else { throw syntax("half of a surrogate pair is missing") }
        offset += 2
        let second = try readHex()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw syntax("half of a surrogate pair is missing") }
        return scalar
    }

    private mutating func readHex() throws(JSONError) -> UInt32 {
        guard count - offset >= 4 else { throw syntax("\\u takes four hexadecimal digits") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = start[offset]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw syntax("\\u takes four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }
}
