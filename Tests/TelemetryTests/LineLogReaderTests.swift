import Foundation
import Logging
import Telemetry
import Testing

@Suite struct `A reader of a log of lines` {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("vectron-reader-\(UUID().uuidString)").path

    private var path: String { directory + "/audit.jsonl" }

    init() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private func write(_ text: String, to name: String = "audit.jsonl") throws {
        try text.write(toFile: directory + "/" + name, atomically: false, encoding: .utf8)
    }

    private func append(_ text: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func all(_ reader: LineLogReader) throws -> [String] {
        var texts: [String] = []
        while let line = try reader.next() {
            texts.append(String(decoding: line.bytes, as: UTF8.self))
        }
        return texts
    }

    @Test func `begins with the oldest file and passes over gaps`() throws {
        defer { remove() }
        try write("e\nf\n")
        try write("c\nd\n", to: "audit.jsonl.1")
        try write("a\nb\n", to: "audit.jsonl.3")
        let reader = LineLogReader(path: path)
        let first = try #require(try reader.next())
        #expect(first.path.hasSuffix("audit.jsonl.3") && first.number == 1 && first.damage == nil)
        #expect(try all(reader) == ["b", "c", "d", "e", "f"])
        #expect(try reader.next() == nil)
    }

    @Test func `goes on with what is written later, and waits for the end of a line`() throws {
        defer { remove() }
        let reader = LineLogReader(path: path)
        #expect(try reader.next() == nil)
        try write("a\nhal")
        #expect(try all(reader) == ["a"])
        try append("f\nb\n")
        #expect(try all(reader) == ["half", "b"])
    }

    @Test func `loses no line when the log is rotated under it`() async throws {
        defer { remove() }
        let reader = LineLogReader(path: path)
        let log = try LineLog(
            path: path, maxByteCount: 50, fileCount: 8, logger: Logger(label: "test"))
        var texts: [String] = []
        var written = 0
        // From none to several files at a time.
        for count in [3, 1, 12, 0, 7, 30, 2] {
            for _ in 0..<count {
                log.append(Array("n\(1_000 + written)".utf8))
                written += 1
            }
            await log.flush()
            texts += try all(reader)
        }
        #expect(texts == (0..<written).map { "n\(1_000 + $0)" })
    }

    @Test func `names what is no whole line`() throws {
        defer { remove() }
        let long = String(repeating: "x", count: 2 * LineLogReader.maxLineByteCount)
        try write("a\n\(long)\nb\nend")
        let reader = LineLogReader(path: path)
        #expect(try reader.next()?.damage == nil)
        let damaged = try #require(try reader.next())
        #expect(damaged.damage == .tooLong && damaged.number == 2 && damaged.bytes.isEmpty)
        let next = try #require(try reader.next())
        #expect(next.bytes == Array("b".utf8) && next.number == 3)
        #expect(try reader.next() == nil)
        let rest = try #require(reader.rest())
        #expect(rest.damage == .unfinished && rest.bytes == Array("end".utf8) && rest.number == 4)
        #expect(reader.rest() == nil)
    }
}
