import Primitives
import Raft

/// Reads a log from its first file to its last.
///
/// Frames are numbered without gaps over all segments, and each is durable before the next is
/// written. So a frame that is missing before a whole one was lost after it had been acknowledged:
/// that is damage. Bytes that are no frame at the very end are an append that was cut short.
struct LogReplay {
    /// The log's id, as the segments have it.
    let logID: UInt64
    /// The files, without one that was never finished.
    private(set) var segments: [LogSegment] = []
    /// Where everything is.
    private(set) var book = LogBook()
    /// The entries of the groups in the book.
    private(set) var entries: [GroupID: [Entry]] = [:]
    /// The number of the next frame.
    private(set) var nextSequence: UInt64 = 1
    /// The bytes of the last file.
    private(set) var lastBytes: [UInt8] = []
    /// The number of the first frame in the last file.
    private(set) var lastFirstSequence: UInt64 = 1
    /// A last file that was being made when the log ended, and has nothing in it.
    private(set) var unfinishedName: String?
    private(set) var report = LogReport()

    /// The oldest segment that is known to have belonged to the log.
    private var oldestSegment: UInt64 = 1
    /// What may have stood at the places that are damaged is older than this frame.
    private var damageEnd: UInt64 = 0
    private var corruptions: [LogCorruption] = []
    /// Bytes that are no frame: damage if a frame is missing, else nothing.
    private var suspect: LogCorruption?

    /// Reads the segments of these numbers, in order.
    ///
    /// - Throws: ``StorageError``: a file cannot be read, is of a newer format or of another log, or
    ///   no file says which log it is.
    init<Disk: LogDisk & ~Copyable>(
        of numbers: [UInt64], on disk: inout Disk
    ) throws(StorageError) {
        var headers: [SegmentHeader?] = []
        for number in numbers { headers.append(try Self.header(of: number, on: &disk)) }
        let known = headers.compactMap { $0 }
        logID = known.first?.logID ?? 0
        for (number, header) in zip(numbers, headers) {
            if let header { try check(header, is: number, at: disk.path) }
        }
        for (index, number) in numbers.enumerated() {
            let name = LogSegment.name(of: number)
            let count = try disk.byteCount(of: name)
            let bytes = try disk.read(name, in: 0..<count)
            let isLast = index == numbers.count - 1
            if headers[index] == nil {
                if isLast,
                    LogFrame.lastNonZero(from: SegmentHeader.byteCount, of: bytes) == nil
                {
                    unfinishedName = name
                    break
                }
                guard !known.isEmpty else {
                    throw .corrupted(
                        path: disk.path + "/" + name, what: "the header of the log",
                        reason: "its checksum is wrong, and no other file says which log it is")
                }
            }
            try replay(bytes, of: number, headers[index], isLast: isLast, at: disk.path)
            lastBytes = bytes
        }
        finish()
    }

    private static func header<Disk: LogDisk & ~Copyable>(
        of number: UInt64, on disk: inout Disk
    ) throws(StorageError) -> SegmentHeader? {
        let name = LogSegment.name(of: number)
        guard try disk.byteCount(of: name) >= SegmentHeader.byteCount else { return nil }
        return SegmentHeader(startOf: try disk.read(name, in: 0..<SegmentHeader.byteCount))
    }

    private func check(
        _ header: SegmentHeader, is number: UInt64, at path: String
    ) throws(StorageError) {
        let path = path + "/" + LogSegment.name(of: number)
        guard header.version <= SegmentHeader.formatVersion else {
            throw .newerFormat(
                path: path, supported: Int(SegmentHeader.formatVersion), found: Int(header.version))
        }
        guard header.logID == logID else {
            throw .corrupted(
                path: path, what: "a segment of the log",
                reason: "it belongs to the log \(header.logID), the others to \(logID)")
        }
        guard header.number == number else {
            throw .corrupted(
                path: path, what: "a segment of the log",
                reason: "it was written as segment \(header.number)")
        }
    }
}

// MARK: - One segment

extension LogReplay {
    private mutating func replay(
        _ bytes: [UInt8], of number: UInt64, _ header: SegmentHeader?, isLast: Bool, at path: String
    ) throws(StorageError) {
        begin(number, header)
        let site = LogSite(logID: logID, segment: number)
        let name = LogSegment.name(of: number)
        var end = SegmentHeader.byteCount
        lastFirstSequence = header?.firstSequence ?? nextSequence
        while let frame = LogFrame.first(from: end, of: bytes, in: site, since: nextSequence) {
            if frame.offset > end {
                suspect = LogCorruption(
                    name: name, offset: end, reason: "what is there is not a frame")
            }
            if header == nil, end == SegmentHeader.byteCount { lastFirstSequence = frame.sequence }
            if frame.sequence > nextSequence { noteDamage(before: frame.sequence, at: name, end) }
            suspect = nil
            try replay(frame, of: bytes, segment: number, at: path + "/" + name)
            nextSequence = frame.sequence + 1
            end = frame.end
        }
        segments.append(LogSegment(number: number, byteCount: bytes.count, end: end))
        if header == nil, isLast, end == SegmentHeader.byteCount {
            // Something was written behind a whole header, and nobody knows how much.
            corruptions.append(
                LogCorruption(name: name, offset: 0, reason: "the header's checksum is wrong"))
            damageEnd = .max
        }
        guard let last = LogFrame.lastNonZero(from: end, of: bytes) else { return }
        if isLast {
            report.tornByteCount = last + 1 - end
        } else {
            suspect = LogCorruption(
                name: name, offset: end, reason: "what is there is not a frame")
        }
    }

    /// Compares what should be there with what the segment's name and header say.
    private mutating func begin(_ number: UInt64, _ header: SegmentHeader?) {
        let name = LogSegment.name(of: number)
        if let header {
            oldestSegment = max(oldestSegment, header.oldestSegment)
        }
        guard let previous = segments.last else {
            // The first one that is there. Without its header nobody knows what it began with.
            if let header {
                nextSequence = header.firstSequence
            } else {
                corruptions.append(
                    LogCorruption(name: name, offset: 0, reason: "the header's checksum is wrong"))
                damageEnd = .max
            }
            return
        }
        if number != previous.number + 1 {
            suspect = LogCorruption(
                name: LogSegment.name(of: previous.number + 1), offset: 0,
                reason: "the file is missing")
            noteDamage(before: nextSequence + 1, at: previous.name, previous.end)
        }
        guard let header else { return }
        if header.firstSequence > nextSequence {
            if number == previous.number + 1 {
                noteDamage(before: header.firstSequence, at: previous.name, previous.end)
            }
            damageEnd = max(damageEnd, header.firstSequence)
            nextSequence = header.firstSequence
        }
        suspect = nil
    }

    /// Frames up to this one are missing.
    private mutating func noteDamage(before sequence: UInt64, at name: String, _ offset: Int) {
        corruptions.append(
            suspect ?? LogCorruption(name: name, offset: offset, reason: "frames are missing"))
        suspect = nil
        damageEnd = max(damageEnd, sequence)
    }

    private mutating func replay(
        _ frame: LogFrame, of bytes: [UInt8], segment: UInt64, at path: String
    ) throws(StorageError) {
        var reader = ByteReader(bytes, in: frame.records)
        do {
            while reader.remainingCount > 0 {
                let place = RecordPlace(
                    segment: segment, frameOffset: frame.offset,
                    recordOffset: reader.offset - frame.offset, sequence: frame.sequence)
                let record = try StoredRecord(from: &reader)
                book.apply(record, at: place)
                applyToEntries(record)
                if case .oldestSegment(let number) = record {
                    oldestSegment = max(oldestSegment, number)
                }
            }
        } catch {
            // The checksum is right: it was written so, by a program that knows more, or a wrong one.
            throw .corrupted(
                path: path, what: "a record of the log", reason: String(describing: error))
        }
    }

    /// Keeps the entries as ``LogBook`` keeps their places.
    private mutating func applyToEntries(_ record: StoredRecord) {
        switch record {
        case .reset(let group, _), .remove(let group), .damaged(let group):
            entries[group] = nil
        case .entries(let group, let new):
            guard let first = new.first else { return }
            while let last = entries[group]?.last, last.index >= first.index {
                entries[group]?.removeLast()
            }
            entries[group, default: []].append(contentsOf: new)
        case .compact(let group, let head):
            let index = head.base.index
            if let kept = entries[group]?.drop(while: { $0.index <= index }) {
                entries[group] = Array(kept)
            }
        case .hardState, .oldestSegment: break
        }
    }
}

// MARK: - The result

extension LogReplay {
    private mutating func finish() {
        report.segmentCount = segments.count
        if let suspect, unfinishedName != nil {
            // The next file was begun, so that all before it was durable.
            corruptions.append(suspect)
            damageEnd = max(damageEnd, nextSequence + 1)
        }
        if let first = segments.first, first.number > oldestSegment {
            corruptions.append(
                LogCorruption(
                    name: LogSegment.name(of: oldestSegment), offset: 0,
                    reason: "the file is missing"))
            damageEnd = .max
        }
        let damaged = book.sortedGroups.filter { isDamaged($0) }
        guard !damaged.isEmpty || !corruptions.isEmpty else { return }
        report.damage = LogDamage(places: corruptions, groups: damaged)
    }

    /// Whether something of a group may be lost.
    private func isDamaged(_ group: GroupID) -> Bool {
        guard let places = book.groups[group] else { return false }
        return !places.isWhole || places.resetSequence < damageEnd
    }

    /// The groups that are whole.
    var restored: [GroupID: StoredLog] {
        let damaged = Set(report.damage?.groups ?? [])
        var restored: [GroupID: StoredLog] = [:]
        for group in book.sortedGroups where !damaged.contains(group) {
            guard let head = book.groups[group]?.head else { continue }
            restored[group] = StoredLog(
                peer: head.peer, hardState: head.hardState, base: head.base,
                entries: entries[group] ?? [])
        }
        return restored
    }
}
