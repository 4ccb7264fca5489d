import Primitives
import Testing

@Suite struct `A CRC-32C` {
    // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
    private static let published: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        ([UInt8](0..<32), 0x46dd_794e),
        ([UInt8]((0..<32).reversed()), 0x113f_db5c),
        (Array("123456789".utf8), 0xe306_9283),
        ([], 0),
    ]

    @Test(arguments: published)
    func `is what the standard says`(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(of: bytes) == expected)
    }

    @Test func `does not depend on how the bytes come in pieces`() {
        var generator = SeededGenerator(seed: 5)
        let bytes = (0..<100).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let whole = CRC32C.checksum(of: bytes)
        for cut in 0...100 {
            var checksum = CRC32C()
            bytes[..<cut].withUnsafeBytes { checksum.update($0) }
            bytes[cut...].withUnsafeBytes { checksum.update($0) }
            #expect(checksum.value == whole)
        }
    }

    @Test func `agrees with the definition, bit by bit`() {
        var generator = SeededGenerator(seed: 6)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var state = UInt32.max
            for byte in bytes {
                state ^= UInt32(byte)
                for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82f6_3b78 : state >> 1 }
            }
            #expect(CRC32C.checksum(of: bytes) == ~state)
            #expect(CRC32C.checksum(of: bytes[...]) == ~state)
        }
    }

    @Test func `changes with every flipped bit`() {
        var bytes = Array("the quick brown fox".utf8)
        let whole = CRC32C.checksum(of: bytes)
        for bit in 0..<bytes.count * 8 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(CRC32C.checksum(of: bytes) != whole)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }
}
