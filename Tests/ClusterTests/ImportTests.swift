import Fixtures
import Foundation
import Testing
import vectron

@Suite struct `Rows that were acknowledged` {
    @Test func `can be gone on from only where there is no gap`() {
        var rows = AcknowledgedRows(from: 10)
        rows.insert(20..<30)
        #expect(rows.resumeRow == 10)
        rows.insert(10..<20)
        #expect(rows.resumeRow == 30)
        rows.insert(40..<41)
        #expect(rows.resumeRow == 30)
        #expect(rows.count == 21)
    }
}

@Suite struct `The progress of an import` {
    @Test func `tells rate and time left`() {
        let line = ImportProgress.line(
            storedCount: 3000, skippedCount: 1000, total: 10_000, fraction: 0.4,
            elapsed: .seconds(2))
        #expect(line == "40%  4,000 of 10,000 rows  1,500 rows/s  4 s left")
    }

    @Test func `estimates by bytes if nobody knows the rows`() {
        let line = ImportProgress.line(
            storedCount: 3000, skippedCount: 0, total: nil, fraction: 0.25, elapsed: .seconds(3))
        #expect(line == "25%  3,000 rows  1,000 rows/s  9 s left")
    }
}

@Suite struct `A .npy file` {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func file(_ header: String, _ body: [UInt8]) throws -> NpyFile {
        let bytes =
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
            + Array(header.utf8) + body
        let path = directory.path + "/a.npy"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try NpyFile(path: path)
    }

    private func header(_ type: String, _ shape: String, order: String = "False") -> String {
        "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(shape)), }\n"
    }

    @Test func `of float16 widens`() throws {
        // 1, -2, 0.5, 65504 as NumPy writes them.
        let file = try file(
            header("<f2", "2, 2"), [0x00, 0x3C, 0x00, 0xC0, 0x00, 0x38, 0xFF, 0x7B])
        #expect(try file.floats(0..<2) == [[1, -2], [0.5, 65504]])
        #expect(try file.floats(1..<2) == [[0.5, 65504]])
    }

    @Test func `of float32 and int32 is read as it is`() throws {
        #expect(
            try file(header("<f4", "1, 2"), [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]).floats(0..<1)
                == [[1, -2]])
        #expect(
            try file(header("<i4", "1, 2"), [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]).integers(row: 0)
                == [1, -1])
    }

    @Test(arguments: [
        ("<f8", "1, 1", "False", "save it as float16 or float32"),
        ("<f4", "4,", "False", "save two dimensions"),
        ("<f4", "1, 1", "True", "save two dimensions in C order"),
        ("<f4", "9, 1", "False", "is cut short"),
        ("<f4", "9999999999999, 999999", "False", "is cut short"),
    ])
    func `that cannot be used says why`(
        type: String, shape: String, order: String, reason: String
    ) throws {
        let error = #expect(throws: (any Error).self) {
            try file(header(type, shape, order: order), [0, 0, 0, 0])
        }
        #expect("\(try #require(error))".contains(reason))
    }
}

@Suite struct `Recall by distance` {
    @Test func `counts ties, and no more than there are`() {
        let cosine = ScoreThreshold(score: 0.5, isLargerNearer: true, count: 3)
        #expect(cosine.hitCount(among: [0.9, 0.5, 0.499999]) == 3)
        #expect(cosine.hitCount(among: [0.9, 0.49]) == 1)
        #expect(cosine.hitCount(among: [0.9, 0.8, 0.7, 0.6]) == 3)
        let euclid = ScoreThreshold(score: 2, isLargerNearer: false, count: 2)
        #expect(euclid.hitCount(among: [1, 2, 2.1]) == 2)
    }
}

@Suite struct `A table` {
    @Test func `lines its columns up and cuts long lines`() {
        let table = Table(
            headings: ["id", "gloss"], rows: [["1", "one\ntwo"], ["1000", "three"]])
        #expect(table.text(width: nil) == "id    gloss\n1     one two\n1000  three")
        #expect(table.text(width: 9) == "id    gl…\n1     on…\n1000  th…")
    }
}
