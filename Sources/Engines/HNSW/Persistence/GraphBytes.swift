import Primitives

/// Appends little-endian numbers.
struct GraphByteWriter {
    private(set) var bytes: [UInt8] = []

    init(reservingCapacity byteCount: Int = 0) { bytes.reserveCapacity(byteCount) }

    mutating func append(_ more: [UInt8]) { bytes += more }

    /// Appends numbers as they are in memory: little-endian, as both of the processors hold them
    /// that Swift for Linux is made for.
    mutating func append(_ numbers: UnsafeBufferPointer<UInt32>) {
        bytes.append(contentsOf: UnsafeRawBufferPointer(numbers))
    }

    /// Writes over a number.
    ///
    /// - Precondition: Its bytes were appended.
    mutating func replace(_ number: UInt32, at offset: Int) {
        withUnsafeBytes(of: number.littleEndian) { new in
            bytes.replaceSubrange(offset..<offset + new.count, with: new)
        }
    }

    mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// The bytes with their checksum behind them.
    consuming func sealed() -> (bytes: [UInt8], checksum: UInt32) {
        let checksum = CRC32C.checksum(of: bytes)
        append(checksum)
        return (bytes, checksum)
    }
}

/// Reads little-endian numbers and refuses to read past the end.
struct GraphByteReader {
    let part: GraphPart
    private let bytes: [UInt8]
    /// How many of them come before the checksum.
    private let count: Int
    private(set) var offset: Int

    /// Checks the checksum behind the bytes and reads what is before it.
    init(sealed bytes: [UInt8], part: GraphPart) throws(GraphCorruption) {
        self.part = part
        let count = bytes.count - GraphFormat.checksumByteCount
        guard count >= 0 else {
            throw .wrongByteCount(part: part, offset: 0, byteCount: bytes.count)
        }
        self.bytes = bytes
        self.count = count
        offset = 0
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[count + $1]) << UInt32($1 * 8) }
        let computed = CRC32C.checksum(of: bytes[..<count])
        guard stored == computed else {
            throw .checksumMismatch(part: part, expected: stored, found: computed)
        }
    }

    mutating func next<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(GraphCorruption) -> Number {
        let size = MemoryLayout<Number>.size
        guard count - offset >= size else {
            throw .wrongByteCount(part: part, offset: offset, byteCount: count)
        }
        defer { offset += size }
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
    }

    /// Hands so many 32-bit numbers to `body` as bytes, with one comparison of bounds for all.
    mutating func withNumbers<Result>(
        _ numberCount: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(GraphCorruption) -> Result {
        let byteCount = numberCount * MemoryLayout<UInt32>.size
        guard numberCount >= 0, count - offset >= byteCount else {
            throw .wrongByteCount(part: part, offset: offset, byteCount: count)
        }
        defer { offset += byteCount }
        return bytes.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + byteCount]))
        }
    }

    /// Reads a number that must have one value.
    mutating func expect<Number: FixedWidthInteger>(
        _ expected: Number, _ name: String
    ) throws(GraphCorruption) {
        let found = try next(Number.self)
        guard found == expected else { throw invalid(name, found) }
    }

    mutating func expect(magic: [UInt8]) throws(GraphCorruption) {
        for byte in magic { try expect(byte, "magic") }
    }

    /// Reads a 32-bit number within bounds.
    mutating func int(_ name: String, in allowed: ClosedRange<Int>) throws(GraphCorruption) -> Int {
        let found = Int(try next(UInt32.self))
        guard allowed.contains(found) else { throw invalid(name, UInt32(found)) }
        return found
    }

    func invalid(_ name: String, _ value: some FixedWidthInteger) -> GraphCorruption {
        .invalidField(part: part, name: name, value: UInt64(truncatingIfNeeded: value))
    }

    func expectEnd() throws(GraphCorruption) {
        guard offset == count else {
            throw .wrongByteCount(part: part, offset: offset, byteCount: count)
        }
    }
}
