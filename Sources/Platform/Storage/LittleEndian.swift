// Numbers in stored values are little-endian.

extension [UInt8] {
    /// Adds a number's bytes.
    mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// The number whose bytes begin at `offset`.
    ///
    /// - Precondition: They are within the array; callers check the count of a value first.
    func littleEndian<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number {
        precondition(
            offset + MemoryLayout<Number>.size <= count,
            "\(MemoryLayout<Number>.size) bytes at \(offset) of \(count)")
        return withUnsafeBytes {
            // Within the array by the precondition.
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
    }
}

/// The bytes of a vector as they are stored: float32, little-endian, as both of the processors
/// hold them that Swift for Linux is made for.
enum VectorBytes {
    /// - Precondition: The count is a multiple of four.
    static func vector(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        let count = bytes.count / MemoryLayout<Float>.size
        precondition(bytes.count == count * MemoryLayout<Float>.size, "\(bytes.count) bytes")
        return [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)  // as many bytes
            initializedCount = count
        }
    }
}
