import Primitives
import Raft
import Storage

extension FuzzTarget {
    /// A log with what the input says in its only file: opening it says what is there, and opening
    /// it once more the same.
    ///
    /// Inputs that begin with an odd byte are the records of a frame whose checksums are mended;
    /// the others are the bytes of the file.
    static let raftLog = FuzzTarget(name: "raft-log") { bytes in
        guard let kind = bytes.first else { return }
        let input = Array(bytes.dropFirst())
        let content = kind & 1 == 0 ? input : try empty() + frame(input)
        guard content.count <= fileByteCount else { return }
        let disk = MemoryLogDisk()
        disk.files[fileName] =
            content + Array(repeating: 0, count: fileByteCount - content.count)
        let first = try open(disk)
        let second: [GroupID: StoredLog]
        do {
            second = try open(disk)
        } catch {
            preconditionFailure("a log that was opened does not open again: \(error)")
        }
        precondition(first == second, "\(first) became \(second)")
    }

    private static let fileName = "0000000000000001.log"
    private static let fileByteCount = 4_096
    private static let logID: UInt64 = 0x1122_3344_5566_7788

    private static func open(_ disk: MemoryLogDisk) throws -> [GroupID: StoredLog] {
        let settings = SegmentedLog<MemoryLogDisk>.Settings(segmentByteCount: fileByteCount)
        return try SegmentedLog.open(on: disk, settings: settings, newLogID: logID).restored
    }

    /// What an empty log begins with: the header of a file and a frame without records.
    static func empty() throws -> [UInt8] {
        let disk = MemoryLogDisk()
        _ = try open(disk)
        return Array((disk.files[fileName] ?? []).prefix(88))
    }

    /// The second frame, as `Protocols/raft-log.md` has it.
    private static func frame(_ records: [UInt8]) -> [UInt8] {
        let padded = records + Array(repeating: 0, count: (8 - records.count % 8) % 8)
        var writer = ByteWriter(reservingCapacity: padded.count + 24)
        writer.write(0x454d_5246 as UInt32)
        writer.write(UInt32(records.count))
        writer.write(2 as UInt64)
        writer.write(checksum(of: padded))
        writer.write(checksum(of: writer.bytes))
        return writer.bytes + padded
    }

    private static func checksum(of bytes: [UInt8]) -> UInt32 {
        var checksum = CRC32C()
        for number in [logID, 1, 88] as [UInt64] {
            withUnsafeBytes(of: number.littleEndian) { checksum.update($0) }
        }
        bytes.withUnsafeBytes { checksum.update($0) }
        return checksum.value
    }
}

/// Files in memory that keep all that is written.
///
/// Thread safety: none; one input, one disk.
final class MemoryLogDisk: LogDisk {
    let path = "memory"
    var files: [String: [UInt8]] = [:]

    func names() -> [String] { files.keys.sorted() }
    func byteCount(of name: String) -> Int { files[name]?.count ?? 0 }
    func read(_ name: String, in range: Range<Int>) -> [UInt8] { Array(files[name]?[range] ?? []) }
    func create(_ name: String, byteCount: Int) {
        files[name] = Array(repeating: 0, count: byteCount)
    }
    func write(_ bytes: [UInt8], to name: String, at offset: Int) {
        files[name]?.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    func sync(_ name: String) {}
    func syncDirectory() {}
    func remove(_ name: String) { files[name] = nil }
}
