import Primitives
import Raft
import Storage
import Testing

@Suite struct `The bytes of a log` {
    /// The example of `Protocols/raft-log.md`: a file without the zeros behind its frames.
    private static let golden = """
        56 45 43 54 52 4c 4f 47 01 00 00 00 00 00 00 00
        88 77 66 55 44 33 22 11 01 00 00 00 00 00 00 00
        01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 13 10 e0 ea
        46 52 4d 45 00 00 00 00 01 00 00 00 00 00 00 00
        79 f4 02 e0 83 9c cd 7e 46 52 4d 45 da 00 00 00
        02 00 00 00 00 00 00 00 73 45 5c 5b c4 2f e5 54
        01 07 00 00 00 00 00 00 00 01 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 02 00 00 00 01 00
        00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00
        00 00 01 00 00 00 03 00 00 00 00 00 00 00 02 07
        00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 01
        01 00 00 00 00 00 00 00 03 07 00 00 00 00 00 00
        00 03 00 00 00 02 00 00 00 00 00 00 00 01 00 00
        00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00
        00 00 00 00 00 00 01 02 00 00 00 ca fe 02 00 00
        00 00 00 00 00 03 00 00 00 00 00 00 00 02 02 00
        00 00 01 00 00 00 00 00 00 00 03 00 00 00 00 00
        00 00 02 00 00 00 01 00 00 00 00 00 00 00 02 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        46 52 4d 45 5f 00 00 00 03 00 00 00 00 00 00 00
        dc 3d 61 18 ee 81 28 6a 04 07 00 00 00 00 00 00
        00 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00
        00 01 01 00 00 00 00 00 00 00 02 00 00 00 00 00
        00 00 02 00 00 00 00 00 00 00 02 00 00 00 01 00
        00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00
        00 00 01 00 00 00 03 00 00 00 00 00 00 00 05 08
        """

    @Test func `never change`() throws {
        let disk = FaultyLogDisk()
        var log = try SegmentedLog.open(
            on: disk, settings: smallSegments, newLogID: 0x1122_3344_5566_7788)
        let base = LogBase(configuration: Configuration(voters: [1, 2], learners: [3]))
        try log.append([
            .reset(7, peer: 1, HardState(), base), .hardState(7, HardState(term: 2, vote: 1)),
            .entries(
                7,
                [
                    Entry(term: 2, index: 1, content: .empty),
                    Entry(term: 2, index: 2, content: .command([0xca, 0xfe])),
                    Entry(
                        term: 2, index: 3,
                        content: .configuration(
                            Configuration(voters: [1, 3], outgoing: [1, 2]))),
                ]),
        ])
        try log.append([
            .compact(7, LogBase(index: 2, term: 2, configuration: base.configuration)), .remove(8),
        ])
        let bytes = disk.files["0000000000000001.log"]?.bytes ?? []
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) / 8 * 8 + 8
        let lines = stride(from: 0, to: end, by: 16).map { start in
            bytes[start..<min(start + 16, end)].map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined(separator: " ")
        }
        #expect(lines.joined(separator: "\n") == Self.golden)
    }
}
