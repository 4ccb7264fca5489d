import Fixtures
import Foundation
import Logging
import Primitives
import Raft
import Storage
import Testing

/// The simplest beginning of a group.
func beginning(of group: GroupID, peer: PeerID = 1) -> LogRecord {
    .reset(group, peer: peer, HardState(), LogBase(configuration: Configuration(voters: [peer])))
}

/// Commands of one term from an index on.
func commands(_ group: GroupID, from index: LogIndex, _ texts: String...) -> LogRecord {
    .entries(
        group,
        texts.enumerated().map { step, text in
            Entry(term: 1, index: index + UInt64(step), content: .command(Array(text.utf8)))
        })
}

@Suite struct `A log` {
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `gives back what was written, of all groups`(seed: UInt64) throws {
        let disk = FaultyLogDisk()
        var workload = LogWorkload(seed: seed)
        for _ in 0..<10 {
            var log = try openLog(on: disk)
            #expect(log.restored == workload.model.groups)
            #expect(log.report.damage == nil && log.report.tornByteCount == 0)
            for _ in 0..<60 { try log.append(workload.next()) }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `is whole at any time, whatever old files are gone`(seed: UInt64) throws {
        let disk = FaultyLogDisk()
        var workload = LogWorkload(seed: seed)
        var log = try openLog(on: disk)
        for step in 0..<900 {
            try log.append(workload.next())
            if step % 6 == 0 {
                let other = try openLog(on: disk.copy())
                #expect(other.restored == workload.model.groups, "step \(step)")
                #expect(other.report.damage == nil, "step \(step)")
            }
        }
    }

    @Test func `keeps the file of entries that a compaction has left, and no longer`() throws {
        let disk = FaultyLogDisk()
        var log = try openLog(on: disk)
        var model = LogModel()
        func append(_ records: LogRecord...) throws {
            try log.append(records)
            model.apply(records)
        }
        func base(_ index: LogIndex) -> LogBase {
            LogBase(index: index, term: 1, configuration: Configuration(voters: [1]))
        }
        /// Fills files with what nobody needs, until there is this one.
        func fill(until name: String) throws {
            while disk.files[name] == nil { try append(beginning(of: 2)) }
        }
        func check() throws {
            let other = try openLog(on: disk.copy())
            #expect(other.restored == model.groups && other.report.damage == nil)
        }
        try append(beginning(of: 1))
        try append(commands(1, from: 1, "a", "b", "c", "d"))
        try fill(until: "0000000000000002.log")
        try append(.compact(1, base(2)))  // "c" and "d" are in the first file, the head is not.
        try fill(until: "0000000000000003.log")
        #expect(disk.files["0000000000000001.log"] != nil)
        try check()
        try append(commands(1, from: 5, "e", "f"))
        try append(.compact(1, base(5)))
        try fill(until: "0000000000000004.log")
        #expect(disk.files["0000000000000001.log"] == nil)
        try check()
    }

    @Test func `sees no gap where a later compaction has closed it`() throws {
        let disk = FaultyLogDisk()
        var log = try openLog(on: disk)
        func base(_ index: LogIndex) -> LogBase {
            LogBase(index: index, term: 1, configuration: Configuration(voters: [1]))
        }
        func fill(until name: String) throws {
            while disk.files[name] == nil { try log.append([beginning(of: 2)]) }
        }
        try log.append([beginning(of: 1)])
        try log.append([commands(1, from: 1, "a", "b", "c", "d")])
        try fill(until: "0000000000000002.log")
        // In the second file a head, then entries that do not follow it without the first file.
        try log.append([.compact(1, base(2))])
        try log.append([commands(1, from: 5, "e", "f")])
        try log.append([.compact(1, base(4))])
        try fill(until: "0000000000000003.log")
        #expect(disk.files["0000000000000001.log"] == nil)
        let other = try openLog(on: disk)
        #expect(other.report.damage == nil)
        #expect(other.restored[1]?.base.index == 4 && other.restored[1]?.lastIndex == 6)
    }

    @Test func `replaces a suffix`() throws {
        let disk = FaultyLogDisk()
        do {
            var log = try openLog(on: disk)
            try log.append([beginning(of: 1), commands(1, from: 1, "a", "b", "c")])
            try log.append([commands(1, from: 2, "B")])
        }
        let entries = try openLog(on: disk).restored[1]?.entries.map(\.content)
        #expect(entries == [.command(Array("a".utf8)), .command(Array("B".utf8))])
    }

    @Test func `takes one write and one sync for an append, whatever it is about`() throws {
        let disk = FaultyLogDisk()
        var log = try openLog(on: disk)
        let before = disk.operationCount
        try log.append((1...20).map { beginning(of: GroupID($0)) })
        #expect(disk.operationCount == before + 2)
        try log.append([])
        #expect(disk.operationCount == before + 2)
    }

    @Test func `stays small while groups write and compact`() throws {
        let disk = FaultyLogDisk()
        var workload = LogWorkload(seed: 3)
        var log = try openLog(on: disk)
        var most = 0
        for _ in 0..<3000 {
            try log.append(workload.next())
            most = max(most, log.byteCount)
        }
        #expect(most <= 10 * 4096)
        #expect(disk.files.count == log.byteCount / 4096)
        #expect(try openLog(on: disk).restored == workload.model.groups)
    }

    @Test func `writes idle groups anew rather than keep old files for them`() throws {
        let disk = FaultyLogDisk()
        var log = try openLog(on: disk)
        var model = LogModel()
        func append(_ records: [LogRecord]) throws {
            try log.append(records)
            model.apply(records)
        }
        // Idle ones with all that a group may have, and one that writes on for ever.
        try append([beginning(of: 1), commands(1, from: 1, "idle", "lazy")])
        try append([.hardState(1, HardState(term: 4, vote: 9))])
        try append([beginning(of: 2, peer: 5)])
        try append([beginning(of: 3), commands(3, from: 1, "one")])
        for index in 2...1000 as ClosedRange<UInt64> {
            let base = LogBase(
                index: index - 1, term: 1, configuration: Configuration(voters: [1]))
            try append([commands(3, from: index, "some text of a busy group"), .compact(3, base)])
            #expect(log.byteCount <= 6 * 4096)
        }
        #expect(try disk.names().first != "0000000000000001.log")
        #expect(try openLog(on: disk).restored == model.groups)
    }

    @Test func `gives an append that is larger than a file one of its own`() throws {
        let disk = FaultyLogDisk()
        let large = String(repeating: "x", count: 10_000)
        do {
            var log = try openLog(on: disk)
            try log.append([beginning(of: 1), commands(1, from: 1, large)])
            try log.append([commands(1, from: 2, "small")])
        }
        #expect(try openLog(on: disk).restored[1]?.entries.count == 2)
    }

    @Test func `leaves files alone that are not its own`() throws {
        let disk = FaultyLogDisk()
        do {
            var log = try openLog(on: disk)
            try log.append([beginning(of: 1)])
        }
        let foreign = ["0000000000000001.log.new", "1.log", "0000000000000000.log", "notes"]
        for name in foreign { disk.edit(name) { $0 = [1, 2, 3] } }
        let log = try openLog(on: disk)
        #expect(log.report.ignoredNames == foreign.sorted())
        #expect(log.restored.count == 1)
        #expect(try disk.names().count == 5)
    }

    @Test func `of a newer format is refused`() throws {
        let disk = try diskWithTwoSegments()
        setHeader(of: "0000000000000002.log", on: disk, at: 8, to: 2)
        #expect(
            throws: StorageError.newerFormat(
                path: "disk/0000000000000002.log", supported: 1, found: 2)
        ) { _ = try openLog(on: disk) }
    }

    @Test func `with a segment of another log is refused`() throws {
        let disk = try diskWithTwoSegments()
        setHeader(of: "0000000000000002.log", on: disk, at: 16, to: 78)
        let error = #expect(throws: StorageError.self) { _ = try openLog(on: disk) }
        #expect("\(String(describing: error))".contains("belongs to the log 78"))
    }

    @Test func `with a segment under another's name is refused`() throws {
        let disk = try diskWithTwoSegments()
        disk.edit("0000000000000003.log") { $0 = disk.files["0000000000000002.log"]?.bytes ?? [] }
        let error = #expect(throws: StorageError.self) { _ = try openLog(on: disk) }
        #expect("\(String(describing: error))".contains("was written as segment 2"))
    }

    private func diskWithTwoSegments() throws -> FaultyLogDisk {
        let disk = FaultyLogDisk()
        var log = try openLog(on: disk)
        try log.append([beginning(of: 1)])
        for index in 1...90 as ClosedRange<UInt64> {
            try log.append([commands(1, from: index, "text")])
        }
        #expect(disk.files.count == 2)
        return disk
    }

    /// Writes a number into a header, with the right checksum.
    private func setHeader(
        of name: String, on disk: FaultyLogDisk, at offset: Int, to number: UInt8
    ) {
        disk.edit(name) { bytes in
            bytes[offset] = number
            let checksum = CRC32C.checksum(of: bytes[..<60])
            for byte in 0..<4 {
                bytes[60 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(byte)))
            }
        }
    }
}

@Suite struct `A log in files` {
    @Test func `gives back what was written, from life to life`() throws {
        let directory = try TemporaryDirectory()
        let data = try DataDirectory(
            at: directory.appending("data"), for: NodeIdentity(cluster: "blue", node: "a"))
        let settings = SegmentedLog<FileLogDisk>.Settings(segmentByteCount: 4096)
        var workload = LogWorkload(seed: 8)
        for _ in 0..<4 {
            var log = try data.openLog(settings: settings, logger: Logger(label: "test"))
            #expect(log.restored == workload.model.groups)
            for _ in 0..<100 { try log.append(workload.next()) }
            try log.seal()
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: data.logPath)
        #expect(names.count > 1 && names.allSatisfy { $0.hasSuffix(".log") })
    }

    @Test func `takes a file that was made beforehand`() throws {
        let directory = try TemporaryDirectory()
        let settings = SegmentedLog<FileLogDisk>.Settings(segmentByteCount: 1 << 20)
        var model = LogModel()
        do {
            var log = try SegmentedLog.open(
                on: try FileLogDisk(at: directory.appending("log")), settings: settings,
                newLogID: 5)
            try log.append([beginning(of: 1)])
            model.apply([beginning(of: 1)])
            let text = String(repeating: "x", count: 20_000)
            for index in 1...300 as ClosedRange<UInt64> {
                try log.append([commands(1, from: index, text)])
                model.apply([commands(1, from: index, text)])
            }
        }
        let log = try SegmentedLog.open(
            on: try FileLogDisk(at: directory.appending("log")), settings: settings, newLogID: 5)
        #expect(log.restored == model.groups)
        #expect(log.report.segmentCount > 5 && log.report.ignoredNames.isEmpty)
    }

    @Test func `says what is odd about it`() throws {
        let directory = try TemporaryDirectory()
        let data = try DataDirectory(
            at: directory.appending("data"), for: NodeIdentity(cluster: "blue", node: "a"))
        let settings = SegmentedLog<FileLogDisk>.Settings(segmentByteCount: 4096)
        do { _ = try data.openLog(settings: settings, logger: Logger(label: "test")) }
        try "x".write(toFile: data.logPath + "/x.tmp", atomically: true, encoding: .utf8)
        let recorder = LogRecorder()
        _ = try data.openLog(settings: settings, logger: recorder.logger)
        #expect(recorder.messages == ["A file in the log's directory is not the log's: x.tmp"])
    }

    @Test func `that cannot be made says why`() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("", to: "log")
        #expect(throws: StorageError.self) { _ = try FileLogDisk(at: file) }
    }
}
