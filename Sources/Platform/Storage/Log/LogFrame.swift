import Primitives
import Raft

/// Where a frame is: the records of one append, which are there all or not at all.
///
/// `Protocols/raft-log.md` has the table. Both checksums begin with the log's id, the segment's number
/// and the frame's offset, so that a frame counts only where it was written: neither bytes of an
/// earlier file nor a block that the disk has put elsewhere pass.
struct LogFrame: Hashable {
    /// Which frame of the log it is, from 1 without gaps.
    var sequence: UInt64
    /// Where it begins among the bytes that were read.
    var offset: Int
    /// Where its records are among them.
    var records: Range<Int>

    /// Where it ends and the next begins.
    var end: Int { Self.aligned(records.upperBound) }

    /// How many bytes stand before the records.
    static let headerByteCount = 24
    /// Frames begin at multiples of this.
    static let alignment = 8
    /// The four bytes `FRME` that a frame begins with.
    static let magic: UInt32 = 0x454d_5246

    /// The next place at which a frame may begin.
    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }

    /// The frame at a place of a file, or nil if what is there is not whole or was not written for it.
    ///
    /// - Parameter start: Where the bytes begin in the file.
    init?(at offset: Int, of bytes: [UInt8], from start: Int = 0, in site: LogSite) {
        let records = offset + Self.headerByteCount
        guard records <= bytes.count,
            bytes.littleEndian(at: offset, as: UInt32.self) == Self.magic
        else { return nil }
        let place = start + offset
        let checksum = bytes.littleEndian(at: offset + 20, as: UInt32.self)
        guard site.checksum(of: bytes, in: offset..<offset + 20, at: place) == checksum else {
            return nil
        }
        let count = Int(bytes.littleEndian(at: offset + 4, as: UInt32.self))
        let end = Self.aligned(records + count)
        let recordsChecksum = bytes.littleEndian(at: offset + 16, as: UInt32.self)
        guard end <= bytes.count,
            site.checksum(of: bytes, in: records..<end, at: place) == recordsChecksum
        else { return nil }
        sequence = bytes.littleEndian(at: offset + 8, as: UInt64.self)
        self.offset = offset
        self.records = records..<records + count
    }

    /// The first frame from a place on, with at least this number.
    static func first(
        from offset: Int, of bytes: [UInt8], in site: LogSite, since sequence: UInt64
    ) -> LogFrame? {
        var offset = aligned(offset)
        while let place = firstMagic(from: offset, of: bytes) {
            if let frame = LogFrame(at: place, of: bytes, in: site), frame.sequence >= sequence {
                return frame
            }
            offset = place + alignment
        }
        return nil
    }

    /// The first place from an aligned offset on at which the header of a frame may stand.
    private static func firstMagic(from offset: Int, of bytes: [UInt8]) -> Int? {
        // Bounds: a header, which is longer than a word, lies between `offset` and the end.
        bytes.withUnsafeBytes { bytes in
            var offset = offset
            while offset + headerByteCount <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                if word != 0, UInt32(littleEndian: word) == magic { return offset }
                offset &+= alignment
            }
            return nil
        }
    }

    /// The last byte from an offset on that is not zero.
    static func lastNonZero(from offset: Int, of bytes: [UInt8]) -> Int? {
        // Bounds: eight bytes lie between `offset` and `end`, and `end` is at most the count.
        bytes.withUnsafeBytes { bytes in
            var end = bytes.count
            while end - offset >= 8,
                bytes.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self) == 0
            { end &-= 8 }
            while end > offset {
                if bytes[end - 1] != 0 { return end - 1 }
                end -= 1
            }
            return nil
        }
    }

    /// A writer that has left room for the header of a frame.
    static func writer(reservingCapacity byteCount: Int) -> ByteWriter {
        var writer = ByteWriter(reservingCapacity: byteCount)
        for _ in 0..<headerByteCount / 8 { writer.write(0 as UInt64) }
        return writer
    }

    /// The bytes of a frame whose records were written behind the room for its header.
    static func finish(
        _ writer: consuming ByteWriter, sequence: UInt64, at offset: Int, in site: LogSite
    ) -> [UInt8] {
        let count = writer.bytes.count - headerByteCount
        writer.pad(to: alignment)
        writer.overwrite(at: 0, with: magic)
        writer.overwrite(at: 4, with: UInt32(count))
        writer.overwrite(at: 8, with: UInt32(truncatingIfNeeded: sequence))
        writer.overwrite(at: 12, with: UInt32(truncatingIfNeeded: sequence >> 32))
        let records = headerByteCount..<writer.bytes.count
        writer.overwrite(at: 16, with: site.checksum(of: writer.bytes, in: records, at: offset))
        writer.overwrite(at: 20, with: site.checksum(of: writer.bytes, in: 0..<20, at: offset))
        return writer.bytes
    }
}

/// Which file of which log bytes belong to.
struct LogSite: Hashable {
    var logID: UInt64
    var segment: UInt64

    /// The checksum of bytes of a frame that begins at `offset`.
    func checksum(of bytes: [UInt8], in range: Range<Int>, at offset: Int) -> UInt32 {
        var checksum = CRC32C()
        for number in [logID, segment, UInt64(offset)] {
            withUnsafeBytes(of: number.littleEndian) { checksum.update($0) }
        }
        bytes[range].withUnsafeBytes { checksum.update($0) }
        return checksum.value
    }
}
