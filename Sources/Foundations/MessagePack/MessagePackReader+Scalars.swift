// Nil, booleans and numbers.
extension MessagePackReader {
    /// Reads nil.
    @inlinable
    public mutating func readNil() throws(MessagePackError) {
        guard readIfNil() else { throw mismatch(.nil) }
    }

    /// Reads nil if it is next; reads nothing and returns false otherwise.
    @inlinable
    public mutating func readIfNil() -> Bool {
        guard offset < end, start.load(fromByteOffset: offset, as: UInt8.self) == 0xc0 else {
            return false
        }
        position += 1
        return true
    }

    /// Reads true or false.
    @inlinable
    public mutating func readBool() throws(MessagePackError) -> Bool {
        let byte = try peekByte()
        guard byte == 0xc2 || byte == 0xc3 else { throw mismatch(.bool) }
        position += 1
        return byte == 0xc3
    }

    /// Reads an integer of any form into the type asked for.
    ///
    /// - Throws: `integerOutOfRange` when it does not fit; it is never cut.
    @inlinable
    public mutating func readInteger<Integer: FixedWidthInteger>(
        _ type: Integer.Type = Integer.self
    ) throws(MessagePackError) -> Integer {
        let first = try peekByte()
        if first < 0x80 {
            position += 1
            return Integer(truncatingIfNeeded: first)
        }
        let begin = offset
        let (bits, isSigned) = try readLongInteger()
        // One of the two conversions decides; both are exact.
        if isSigned {
            if let value = Integer(exactly: Int64(bitPattern: bits)) { return value }
        } else {
            if let value = Integer(exactly: bits) { return value }
        }
        position = begin
        throw .integerOutOfRange(
            offset: begin, found: isSigned ? Int128(Int64(bitPattern: bits)) : Int128(bits),
            minimum: Int128(clamping: Integer.min), maximum: Int128(clamping: Integer.max))
    }

    /// Reads an integer that has a header byte, as 64 bits and whether they are signed.
    @usableFromInline
    mutating func readLongInteger() throws(MessagePackError) -> (bits: UInt64, isSigned: Bool) {
        let first = try peekByte()
        let value: (UInt64, Bool)
        let size: Int
        switch first {
        case 0xe0...0xff: (value, size) = ((sign(Int8(bitPattern: first)), true), 0)
        case 0xcc: (value, size) = ((UInt64(try load(UInt8.self, at: offset + 1)), false), 1)
        case 0xcd: (value, size) = ((UInt64(try load(UInt16.self, at: offset + 1)), false), 2)
        case 0xce: (value, size) = ((UInt64(try load(UInt32.self, at: offset + 1)), false), 4)
        case 0xcf: (value, size) = ((try load(UInt64.self, at: offset + 1), false), 8)
        case 0xd0: (value, size) = ((sign(try load(Int8.self, at: offset + 1)), true), 1)
        case 0xd1: (value, size) = ((sign(try load(Int16.self, at: offset + 1)), true), 2)
        case 0xd2: (value, size) = ((sign(try load(Int32.self, at: offset + 1)), true), 4)
        case 0xd3: (value, size) = ((sign(try load(Int64.self, at: offset + 1)), true), 8)
        case 0x00...0x7f: (value, size) = ((UInt64(first), false), 0)
        default: throw mismatch(.integer)
        }
        position += 1 + size
        return value
    }

    /// The 64 bits of a signed integer.
    private func sign<Integer: FixedWidthInteger & SignedInteger>(_ value: Integer) -> UInt64 {
        UInt64(bitPattern: Int64(value))
    }

    /// Reads a number as binary32.
    ///
    /// Other languages write every number as binary64, or as an integer when it is whole: both are
    /// accepted and rounded to the nearest.
    ///
    /// - Throws: `invalidValue` when a finite binary64 is too large for binary32.
    @inlinable
    public mutating func readFloat() throws(MessagePackError) -> Float {
        if try peekByte() == 0xca {
            let bits = try load(UInt32.self, at: offset + 1)
            position += 5
            return Float(bitPattern: bits)
        }
        return try readRoundedFloat()
    }

    @usableFromInline
    mutating func readRoundedFloat() throws(MessagePackError) -> Float {
        guard isNumber(try peekByte()) else { throw mismatch(.float) }
        let begin = offset
        let double = try readDouble()
        let float = Float(double)
        if float.isInfinite && double.isFinite {
            position = begin
            throw .invalidValue(reason: "\(double) is too large for binary32", offset: begin)
        }
        return float
    }

    /// Reads a number as binary64; binary32 and integers are accepted too.
    @inlinable
    public mutating func readDouble() throws(MessagePackError) -> Double {
        if try peekByte() == 0xcb {
            let bits = try load(UInt64.self, at: offset + 1)
            position += 9
            return Double(bitPattern: bits)
        }
        return try readWidenedDouble()
    }

    @usableFromInline
    mutating func readWidenedDouble() throws(MessagePackError) -> Double {
        let first = try peekByte()
        if first == 0xca {
            let bits = try load(UInt32.self, at: offset + 1)
            position += 5
            return Double(Float(bitPattern: bits))
        }
        guard isNumber(first) else { throw mismatch(.double) }
        let (bits, isSigned) = try readLongInteger()
        return isSigned ? Double(Int64(bitPattern: bits)) : Double(bits)
    }

    private func isNumber(_ first: UInt8) -> Bool {
        switch MessagePackKind(firstByte: first) {
        case .integer, .float, .double: true
        default: false
        }
    }
}
