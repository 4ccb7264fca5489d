import Fixtures
import Foundation
import LevelDB
import Testing

/// LevelDB 1.23 acknowledges writes after a failed one and loses them: these tests make a write
/// fail by putting a full device in the place of the log.
@Suite struct `A database whose write failed` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("db") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func `writes no more, even when the disk is well again`() throws {
        let database = try Database(at: path)
        try database.put([1], for: [1], .synced)

        let log = try #require(try openLog(of: path))
        let kept = dup(log)
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        dup2(full, log)
        let error = #expect(throws: LevelDBError.self) { try database.put([2], for: [2], .synced) }
        guard case .io = error else {
            Issue.record("not an I/O error: \(String(describing: error))")
            return
        }
        dup2(kept, log)
        close(kept)

        #expect(database.isFenced)
        let later = #expect(throws: LevelDBError.self) { try database.put([3], for: [3], .synced) }
        guard case .fenced(path, _) = later else {
            Issue.record("not fenced: \(String(describing: later))")
            return
        }
        #expect(try database.get([1]) == [1])
    }

    @Test func `has all that it acknowledged when it is opened again`() throws {
        do {
            let database = try Database(at: path)
            for key: UInt8 in 1...20 { try database.put([key], for: [key], .synced) }
            let log = try #require(try openLog(of: path))
            let full = open("/dev/full", O_WRONLY)
            defer { close(full) }
            dup2(full, log)
            #expect(throws: LevelDBError.self) { try database.put([21], for: [21], .synced) }
        }
        let database = try Database(at: path)
        for key: UInt8 in 1...20 { #expect(try database.get([key]) == [key]) }
    }

    /// The descriptor of the log that the open database at `path` writes.
    private func openLog(of path: String) throws -> Int32? {
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return descriptors.compactMap { Int32($0) }.first { descriptor in
            // A descriptor of the listing itself is closed by now.
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(descriptor)")
            return target?.hasPrefix(path) == true && target?.hasSuffix(".log") == true
        }
    }
}
