/// Reads the byte form of Raft's values, and trusts none of it: bytes come from networks and disks.
///
/// Whatever the bytes are, the worst that happens is a ``ByteError``, and no more memory is asked
/// for than there are bytes.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    /// The offset of the next byte.
    public private(set) var offset: Int
    private let end: Int

    /// A reader of all bytes.
    public init(_ bytes: [UInt8]) { self.init(bytes, in: bytes.indices) }

    /// A reader of some bytes.
    ///
    /// - Precondition: They are within the array.
    public init(_ bytes: [UInt8], in range: Range<Int>) {
        precondition(range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes have not been read yet.
    public var remainingCount: Int { end - offset }

    /// Reads a number, little-endian.
    public mutating func read<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(ByteError) -> Number {
        let byteCount = MemoryLayout<Number>.size
        try require(byteCount)
        // Within the array: `require` has looked, and `end` is within it by `init`.
        let number = bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        offset += byteCount
        return number
    }

    /// Reads a flag: 0 or 1.
    public mutating func readFlag() throws(ByteError) -> Bool {
        let byte = try read(UInt8.self)
        guard byte <= 1 else { throw .invalid(offset: offset - 1, what: "a flag", value: byte) }
        return byte == 1
    }

    /// Reads how many elements follow, of which each takes at least so many bytes.
    public mutating func readCount(ofElementsOf minimumByteCount: Int) throws(ByteError) -> Int {
        let count = Int(try read(UInt32.self))
        // Neither factor is near 2³², so that the product cannot overflow.
        try require(count * minimumByteCount)
        return count
    }

    /// Reads bytes that stand behind their count.
    public mutating func readCounted() throws(ByteError) -> [UInt8] {
        let count = try readCount(ofElementsOf: 1)
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// Reads so many bytes as they are.
    public mutating func readBytes(_ count: Int) throws(ByteError) -> [UInt8] {
        try require(count)
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// Reads a flag, and the number if there is one.
    public mutating func readOptional<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(ByteError) -> Number? {
        try readFlag() ? try read(Number.self) : nil
    }

    /// Reads a term or an index, which are below 2⁶³: so that adding to one never overflows.
    public mutating func readPlace() throws(ByteError) -> UInt64 {
        let place = try read(UInt64.self)
        guard place <= UInt64.max >> 1 else {
            throw .invalid(
                offset: offset - 8, what: "a term or index", value: UInt8(place >> 56))
        }
        return place
    }

    /// Throws unless all bytes have been read.
    public func finish() throws(ByteError) {
        guard remainingCount == 0 else { throw .unread(offset: offset, count: remainingCount) }
    }

    private func require(_ byteCount: Int) throws(ByteError) {
        guard remainingCount >= byteCount else {
            throw .truncated(offset: offset, missingCount: byteCount - remainingCount)
        }
    }
}

/// Why bytes are not what they should be.
public enum ByteError: Error, Sendable, Hashable {
    /// They end too early.
    case truncated(offset: Int, missingCount: Int)
    /// A byte has a value that means nothing there; of a number, its highest byte.
    case invalid(offset: Int, what: String, value: UInt8)
    /// Peers, or entries, do not stand in the order in which they must.
    case disordered(offset: Int, what: String)
    /// Something stands behind the end.
    case unread(offset: Int, count: Int)
    /// They were written by a newer program.
    case newerVersion(supported: UInt8, found: UInt8)
}

extension ByteError: CustomStringConvertible {
    /// What is wrong, and where.
    public var description: String {
        switch self {
        case .truncated(let offset, let count): "\(count) bytes are missing at \(offset)"
        case .invalid(let offset, let what, let value): "\(value) at \(offset) is not \(what)"
        case .disordered(let offset, let what): "\(what) before \(offset) are not in order"
        case .unread(let offset, let count): "\(count) bytes too many at \(offset)"
        case .newerVersion(let supported, let found):
            "version \(found) is newer than \(supported); start a newer program"
        }
    }
}
