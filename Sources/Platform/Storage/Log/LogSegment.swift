import Primitives
import Raft

/// One file of the log.
struct LogSegment: Hashable {
    /// Its place among the files, from 1.
    var number: UInt64
    /// How many bytes the file has.
    var byteCount: Int
    /// The offset behind its last frame.
    var end: Int

    /// The name of its file: the number in 16 decimal digits.
    var name: String { Self.name(of: number) }

    static func name(of number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 16 - digits.count)) + digits + ".log"
    }

    /// The number of the segment that has this name, or nil if it is another file's.
    static func number(of name: String) -> UInt64? {
        guard name.hasSuffix(".log"), let number = UInt64(name.dropLast(4)), number > 0,
            Self.name(of: number) == name
        else { return nil }
        return number
    }
}

/// What a segment begins with: `Protocols/raft-log.md` has the table.
struct SegmentHeader: Hashable {
    /// How many bytes it takes.
    static let byteCount = 64
    /// The version that this program writes, and the newest that it reads.
    static let formatVersion: UInt32 = 1
    private static let magic = Array("VECTRLOG".utf8)

    /// The format of the file.
    var version = Self.formatVersion
    /// Drawn when the log was made; the same in all its segments.
    var logID: UInt64
    /// The number of this segment.
    var number: UInt64
    /// The number of the first frame in it.
    var firstSequence: UInt64
    /// The oldest segment that belonged to the log when this one was made.
    var oldestSegment: UInt64

    var bytes: [UInt8] {
        var writer = ByteWriter(appendingTo: Self.magic)
        writer.write(version)
        writer.write(0 as UInt32)
        writer.write(logID)
        writer.write(number)
        writer.write(firstSequence)
        writer.write(oldestSegment)
        writer.pad(to: Self.byteCount - 4)
        writer.write(CRC32C.checksum(of: writer.bytes))
        return writer.bytes
    }

    init(logID: UInt64, number: UInt64, firstSequence: UInt64, oldestSegment: UInt64) {
        self.logID = logID
        self.number = number
        self.firstSequence = firstSequence
        self.oldestSegment = oldestSegment
    }

    /// The header at the beginning of these bytes, or nil if there is none that is whole.
    init?(startOf bytes: [UInt8]) {
        let end = Self.byteCount - 4
        guard bytes.count >= Self.byteCount, bytes.starts(with: Self.magic),
            bytes.littleEndian(at: end, as: UInt32.self) == CRC32C.checksum(of: bytes[..<end])
        else { return nil }
        version = bytes.littleEndian(at: 8, as: UInt32.self)
        logID = bytes.littleEndian(at: 16, as: UInt64.self)
        number = bytes.littleEndian(at: 24, as: UInt64.self)
        firstSequence = bytes.littleEndian(at: 32, as: UInt64.self)
        oldestSegment = bytes.littleEndian(at: 40, as: UInt64.self)
    }
}
