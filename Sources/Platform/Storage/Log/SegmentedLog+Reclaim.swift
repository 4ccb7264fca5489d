import Primitives
import Raft

extension SegmentedLog where Disk: ~Copyable {
    /// The most bytes of groups that are written anew in one frame, unless one group has more.
    private static var maxMovedByteCount: Int { 1 << 20 }

    /// Removes the files that no group needs; if the log is too large, after it has written anew the
    /// groups that keep old files alive.
    mutating func reclaim() throws(StorageError) {
        if byteCount > settings.maxByteCount, let end = worthMoving() { try move(before: end) }
        try removeObsolete()
    }

    /// The segment before which everything should be written anew, so that all files before it can
    /// go; nil if that is not worth it yet.
    ///
    /// It is when at most half of what it frees is written, so that over time the log writes at most
    /// twice what it is given; as files come in behind, that happens sooner or later.
    private func worthMoving() -> UInt64? {
        var moved: [UInt64: Int] = [:]
        for group in book.sortedGroups {
            guard let places = book.groups[group] else { continue }
            moved[places.oldestSegment, default: 0] += places.liveByteCount
        }
        var end: UInt64?
        var (freedByteCount, movedByteCount) = (0, 0)
        for segment in segments.dropLast() {
            freedByteCount += segment.byteCount
            movedByteCount += moved[segment.number] ?? 0
            if 2 * movedByteCount <= freedByteCount { end = segment.number + 1 }
        }
        return end
    }

    /// Writes all groups anew that need a segment before this one: each one whole in one frame, so
    /// that a crash leaves it as it was or as it is.
    private mutating func move(before end: UInt64) throws(StorageError) {
        var records: [StoredRecord] = []
        var recordsByteCount = 0
        for group in book.sortedGroups {
            guard let places = book.groups[group], places.oldestSegment < end else { continue }
            if recordsByteCount + places.liveByteCount > Self.maxMovedByteCount, !records.isEmpty {
                try write(records)
                records = []
                recordsByteCount = 0
            }
            recordsByteCount += places.liveByteCount
            guard let head = places.head, !places.isDamaged else {
                records.append(.damaged(group))
                continue
            }
            records.append(.reset(group, head))
            for span in places.spans {
                records.append(.entries(group, try entries(of: span, in: group)))
            }
        }
        if !records.isEmpty { try write(records) }
    }

    /// Reads entries back.
    private mutating func entries(
        of span: GroupPlaces.EntrySpan, in group: GroupID
    ) throws(StorageError) -> [Entry] {
        let place = span.place
        let name = LogSegment.name(of: place.segment)
        guard let segment = segments.first(where: { $0.number == place.segment }),
            place.frameOffset + LogFrame.headerByteCount <= segment.end
        else { preconditionFailure("\(name) is gone, though group \(group) needs it") }
        let damaged = StorageError.corrupted(
            path: disk.path + "/" + name, what: "the log",
            reason: "the frame at \(place.frameOffset) has changed since it was written")
        let start = place.frameOffset
        let header = try disk.read(name, in: start..<start + LogFrame.headerByteCount)
        let count = Int(header.littleEndian(at: 4, as: UInt32.self))
        let end = LogFrame.aligned(start + LogFrame.headerByteCount + count)
        guard end <= segment.end else { throw damaged }
        let bytes = try disk.read(name, in: start..<end)
        let site = LogSite(logID: logID, segment: place.segment)
        guard
            let frame = LogFrame(at: 0, of: bytes, from: start, in: site),
            frame.sequence == place.sequence, place.recordOffset < frame.records.upperBound
        else { throw damaged }
        var reader = ByteReader(bytes, in: place.recordOffset..<frame.records.upperBound)
        let record: StoredRecord
        do { record = try StoredRecord(from: &reader) } catch { throw damaged }
        guard case .entries(group, let entries) = record else { throw damaged }
        let wanted = entries.filter { $0.index >= span.first && $0.index <= span.last }
        guard wanted.first?.index == span.first, wanted.last?.index == span.last else {
            throw damaged
        }
        return wanted
    }

    /// Removes the files before the first that a group needs, the oldest first.
    ///
    /// A record says so before, so that a file that is missing can be told from one that was
    /// removed; and each removal is durable before the next, so that what a crash leaves of them is
    /// without gaps.
    private mutating func removeObsolete() throws(StorageError) {
        var needed = segments[segments.count - 1].number
        // In any order: a minimum does not depend on it.
        for places in book.groups.values { needed = min(needed, places.oldestSegment) }
        guard segments[0].number < needed else { return }
        try write([.oldestSegment(needed)])
        while segments[0].number < needed {
            try disk.remove(segments[0].name)
            try disk.syncDirectory()
            segments.removeFirst()
        }
    }
}
