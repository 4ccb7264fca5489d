/// The checksum of every stored format: CRC-32C (Castagnoli), as in iSCSI, LevelDB and ext4.
///
/// Polynomial 0x1EDC6F41, reflected; initial value and final complement all ones. Finds every
/// single flipped byte and every burst up to 32 bits.
///
/// Eight bytes a step through eight tables ("slicing by 8"), about 2 GB/s.
///
/// *Source*: RFC 3720, appendix B.4; Kounavis and Berry 2005, *A systematic approach to building
/// high performance software-based CRC generators*.
public struct CRC32C: Sendable {
    private var state = UInt32.max

    /// The checksum of no bytes yet.
    public init() {}

    /// The checksum of all bytes so far; more may follow.
    public var value: UInt32 { ~state }

    /// Takes the next bytes.
    ///
    /// - Complexity: O(bytes).
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        state = Self.tables.withUnsafeBufferPointer { tables in
            // Bounds: eight tables of 256; each index is a byte plus the start of its table.
            let table = tables.baseAddress!
            var state = state
            var offset = 0
            while offset &+ 8 <= bytes.count {
                let word = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let mixed = word ^ UInt64(state)
                state = 0
                for byte in 0..<8 {
                    let index = Int(truncatingIfNeeded: mixed &>> UInt64(byte &* 8)) & 0xff
                    state ^= table[(7 &- byte) &* 256 &+ index]
                }
                offset &+= 8
            }
            while offset < bytes.count {
                state = table[Int((state ^ UInt32(bytes[offset])) & 0xff)] ^ state &>> 8
                offset &+= 1
            }
            return state
        }
    }

    /// The checksum of some bytes.
    public static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// The checksum of the bytes of an array.
    public static func checksum(of bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum(of: $0) }
    }

    /// The checksum of a part of an array.
    public static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { checksum(of: $0) }
    }

    /// Table t at 256 · t: the effect of a byte with t further bytes behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var entry = UInt32(byte)
            for _ in 0..<8 { entry = entry & 1 == 1 ? entry >> 1 ^ 0x82f6_3b78 : entry >> 1 }
            tables[byte] = entry
        }
        for index in 256..<8 * 256 {
            let entry = tables[index - 256]
            tables[index] = tables[Int(entry & 0xff)] ^ entry >> 8
        }
        return tables
    }()
}
