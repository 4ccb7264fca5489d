/// The cyclic redundancy check of Castagnoli's polynomial: names hash slots, guards stored bytes.
///
/// The polynomial is 0x82F63B78, reflected, begun and ended with all bits inverted.
///
/// *Source*: RFC 3720, appendix B.4.
public struct CRC32C: Sendable, Hashable {
    /// The register, inverted as the algorithm keeps it.
    private var register: UInt32 = ~0

    /// Begins with no bytes.
    public init() {}

    /// The checksum of all bytes so far.
    public var value: UInt32 { ~register }

    /// Takes more bytes.
    ///
    /// - Complexity: O(n), eight bytes a step ("slicing by 8", Kounavis and Berry 2005).
    public mutating func update(with bytes: UnsafeRawBufferPointer) {
        var register = register
        var offset = 0
        let tables = Self.tables
        while offset + 8 <= bytes.count {
            // Eight bytes from `offset` are within by the condition.
            let word =
                UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                ^ UInt64(register)
            register = 0
            for position in 0..<8 {
                let byte = Int(truncatingIfNeeded: word >> (8 * UInt64(position)) & 0xFF)
                register ^= tables[(7 - position) * 256 + byte]
            }
            offset += 8
        }
        while offset < bytes.count {
            let byte = UInt8(truncatingIfNeeded: register) ^ bytes[offset]
            register = register >> 8 ^ tables[Int(byte)]
            offset += 1
        }
        self.register = register
    }

    /// The checksum of some bytes.
    public static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(with: bytes)
        return checksum.value
    }

    /// The checksum of some bytes.
    public static func checksum(of bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { checksum(of: $0) }
    }

    /// Eight tables of 256: table `t` says what a byte does to the register that `t` bytes follow.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var register = UInt32(byte)
            for _ in 0..<8 {
                register = register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1
            }
            tables[byte] = register
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}
