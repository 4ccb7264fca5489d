import Foundation
import Logging
import Telemetry
import Testing

@Suite struct `A log of lines` {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("vectron-lines-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
    }

    @Test func `is rotated by size and keeps so many files`() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try LineLog(
            path: directory + "/audit.jsonl", maxByteCount: 8, fileCount: 2,
            logger: Logger(label: "test"))
        for number in 0..<8 { log.append(Array("n\(number)\n".utf8.dropLast())) }
        await log.flush()
        #expect(try text("audit.jsonl") == "n6\nn7\n")
        #expect(try text("audit.jsonl.1") == "n4\nn5\n")
        #expect(try text("audit.jsonl.2") == "n2\nn3\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(names.count == 3)
        #expect(log.droppedCount == 0)
    }

    @Test func `goes on where it ended, and is for its owner only`() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for line in ["a", "b"] {
            let log = try LineLog(path: directory + "/audit.jsonl", logger: Logger(label: "test"))
            log.append(Array(line.utf8))
            await log.flush()
        }
        #expect(try text("audit.jsonl") == "a\nb\n")
        let attributes = try FileManager.default.attributesOfItem(
            atPath: directory + "/audit.jsonl")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `says what it cannot open`() {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(throws: LineLogError.self) {
            try LineLog(path: directory + "/no/audit.jsonl", logger: Logger(label: "test"))
        }
    }
}
