import Fixtures
import LevelDB
import Protocols
import Storage
import Testing

@Suite struct `The key table` {
    @Test func `is what it is said to be, byte by byte`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.appending("7")
        do { try ShardStore(at: path, for: .example).write(.examplePoints) }
        var table: [String] = []
        try Database(at: path).forEach { key, value in
            table.append("\(hexadecimal(key)): \(hexadecimal(value))")
        }
        // The description (0101) is JSON, and compared as text.
        #expect(table.removeFirst().hasPrefix("0101: 7b22636f6c6c656374696f6e223a33"))
        #expect(
            table == [
                "0102: 0500000000000000" + "03000000" + "0200000000000000"
                    + "0000000000000000" + "000000000000000000000000",
                "02000000000000000001: 02000000",
                "020262: 01000000",
                "0300000001: 0900000000000000" + "0262",
                "0300000002: 0900000000000000" + "000000000000000001",
                "0400000001: 81",
                "0400000002: 82",
                "0700000000: 0000803f00000040",
                "0700000001: 0000404000008040",
                "0700000002: 0000a0400000c040",
            ])
    }

    @Test func `keeps rows in order`() {
        let rows: [UInt32] = [0, 1, 255, 256, 65_535, 65_536, .max]
        let keys = rows.map { Keyspace.vector(ofRow: $0) }
        for (before, after) in zip(keys, keys.dropFirst()) {
            #expect(before.lexicographicallyPrecedes(after))
        }
    }

    private func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
