/// Writes the byte form of Raft's values: numbers little-endian, lists behind their count.
public struct ByteWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []

    /// A writer that has memory for so many bytes before it has to ask for more.
    public init(reservingCapacity byteCount: Int = 64) { bytes.reserveCapacity(byteCount) }

    /// A writer that goes on behind bytes that are there already.
    public init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    /// Writes a number, little-endian.
    public mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes 1 or 0.
    public mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    /// Writes how many elements follow, as 4 bytes.
    ///
    /// - Precondition: Less than 2³².
    public mutating func write(count: Int) {
        guard let count = UInt32(exactly: count) else {
            preconditionFailure("\(count) elements are more than a count can say")
        }
        write(count)
    }

    /// Writes bytes behind their count.
    ///
    /// - Precondition: Fewer than 2³².
    public mutating func write(counted newBytes: [UInt8]) {
        write(count: newBytes.count)
        bytes.append(contentsOf: newBytes)
    }

    /// Adds bytes as they are.
    public mutating func append(_ newBytes: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: newBytes)
    }

    /// Writes a flag, and the number if there is one.
    public mutating func write<Number: FixedWidthInteger>(optional number: Number?) {
        write(number != nil)
        if let number { write(number) }
    }

    /// Writes zeros until the count of bytes since `start` is a multiple of `unit`.
    public mutating func pad(to unit: Int, since start: Int = 0) {
        while (bytes.count - start) % unit != 0 { bytes.append(0) }
    }

    /// Replaces four bytes that were written before by a number, little-endian.
    ///
    /// - Precondition: They were written.
    public mutating func overwrite(at offset: Int, with number: UInt32) {
        precondition(offset >= 0 && offset + 4 <= bytes.count, "4 at \(offset) of \(bytes.count)")
        for byte in 0..<4 {
            bytes[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(byte)))
        }
    }
}
