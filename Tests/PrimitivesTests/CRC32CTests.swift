import Primitives
import Testing

@Suite struct `CRC-32C` {
    /// The examples of RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            ([UInt8]("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func `has the published values`(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(of: bytes) == expected)
    }

    @Test func `is the same in one piece and in several`() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }
        for split in 0...bytes.count {
            var checksum = CRC32C()
            bytes[..<split].withUnsafeBytes { checksum.update(with: $0) }
            bytes[split...].withUnsafeBytes { checksum.update(with: $0) }
            #expect(checksum.value == CRC32C.checksum(of: bytes))
        }
    }
}
