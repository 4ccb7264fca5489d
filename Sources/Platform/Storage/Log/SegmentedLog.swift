import Primitives
package import Raft

/// The log of all groups of one node, in files of a fixed size.
///
/// One append is one write and one sync, whatever groups it is about. `Protocols/raft-log.md`
/// specifies the bytes. It has neither clock nor randomness: the same calls on the same disk write
/// the same bytes.
///
/// *Thread safety*: one thread at a time. All calls block on the disk.
///
/// *Invariants*: segments are numbered without gaps; every frame is durable before the next one is
/// written; a segment is removed only when a durable record says that it does not count any more.
///
/// The disk is trusted to leave synced bytes as they are when the rest of their block is written,
/// as file systems and other logs of databases do.
package struct SegmentedLog<Disk: LogDisk & ~Copyable>: ~Copyable, LogStore {
    /// The sizes of a log.
    package struct Settings: Sendable, Hashable {
        /// The size of a file: 16 MiB.
        ///
        /// An append that is larger gets a file of its own size.
        package var segmentByteCount = 16 << 20
        /// The size of all files beyond which groups that hardly write are written anew, so that the
        /// old files with their records can go: 256 MiB.
        package var maxByteCount = 256 << 20

        /// The sizes of production.
        package init() {}

        /// Four segments of a size.
        package init(segmentByteCount: Int) {
            self.segmentByteCount = segmentByteCount
            maxByteCount = 4 * segmentByteCount
        }
    }

    /// What was there when the log was opened, by group, without the damaged ones.
    package private(set) var restored: [GroupID: StoredLog] = [:]
    /// What else was found.
    package private(set) var report = LogReport()

    var disk: Disk
    let settings: Settings
    let logID: UInt64
    /// The files; the last one is written to.
    ///
    /// Empty only until one has been made.
    var segments: [LogSegment] = []
    var book = LogBook()
    /// The number of the next frame.
    private var nextSequence: UInt64 = 1
    /// Why nothing may be written any more.
    private var failure: String?

    /// Opens the log that is on the disk, or makes one.
    ///
    /// Damage of what was stored does not throw: ``report`` says which groups it may have hit. What
    /// a crash has cut short at the very end is cleared away, and all that counts is durable when
    /// this returns, whatever became of it before.
    ///
    /// - Parameter newLogID: The id of a log that is made, drawn at random: never the same twice.
    /// - Throws: ``StorageError``: the disk fails, or the files are of a newer format or another log.
    package static func open(
        on disk: consuming Disk, settings: Settings = Settings(), newLogID: UInt64
    ) throws(StorageError) -> Self {
        let names = try disk.names()
        let numbers = names.compactMap { LogSegment.number(of: $0) }.sorted()
        let replay = try LogReplay(of: numbers, on: &disk)
        var log = Self(on: disk, settings: settings, as: replay, newLogID: newLogID)
        log.report.ignoredNames = names.filter { LogSegment.number(of: $0) == nil }
        try log.secure(replay)
        // Whatever was the last frame is not the last any more: if it is damaged from here on, that
        // is seen. And groups that are damaged stay so when the damaged place is gone.
        try log.write((log.report.damage?.groups ?? []).map { .damaged($0) })
        try log.reclaim()
        return log
    }

    private init(
        on disk: consuming Disk, settings: Settings, as replay: LogReplay, newLogID: UInt64
    ) {
        self.disk = disk
        self.settings = settings
        logID = replay.segments.isEmpty ? newLogID : replay.logID
        segments = replay.segments
        book = replay.book
        nextSequence = replay.nextSequence
        restored = replay.restored
        report = replay.report
    }

    /// Writes all records in order and returns once they are durable.
    ///
    /// - Precondition: What is written fits what is there: the group began with a reset and is not
    ///   damaged, entries follow the last one or replace some behind the base.
    /// - Throws: ``StorageError/fenced(path:reason:)`` when the disk fails, and ever after.
    package mutating func append(_ records: [LogRecord]) throws {
        if let failure { throw StorageError.fenced(path: disk.path, reason: failure) }
        guard !records.isEmpty else { return }
        do {
            let segmentCount = segments.count
            try write(records)
            if segments.count > segmentCount { try reclaim() }
        } catch {
            failure = String(describing: error)
            throw StorageError.fenced(path: disk.path, reason: String(describing: error))
        }
    }

    /// Writes a frame without records, behind which damage of the last append is told from an append
    /// that was cut short: call it before the node stops.
    package mutating func seal() throws {
        if let failure { throw StorageError.fenced(path: disk.path, reason: failure) }
        do {
            try write([] as [StoredRecord])
        } catch {
            failure = String(describing: error)
            throw StorageError.fenced(path: disk.path, reason: String(describing: error))
        }
    }

    /// Lets go of ``restored``, once everybody has their part.
    package mutating func forgetRestored() { restored = [:] }

    /// How many bytes all files have.
    package var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }
}

extension SegmentedLog: Sendable where Disk: Sendable & ~Copyable {}

// MARK: - Writing

extension SegmentedLog where Disk: ~Copyable {
    /// Makes durable what a replay has found, and overwrites what came to nothing at the end.
    ///
    /// What was read may be in the system's memory only: because the process was killed between
    /// write and sync, or because a sync failed, after which the system takes the bytes for written.
    /// So the last file's are written again.
    private mutating func secure(_ replay: borrowing LogReplay) throws(StorageError) {
        if let name = replay.unfinishedName { try disk.remove(name) }
        if let last = segments.last {
            let header =
                SegmentHeader(startOf: replay.lastBytes)
                ?? SegmentHeader(
                    logID: logID, number: last.number, firstSequence: replay.lastFirstSequence,
                    oldestSegment: segments[0].number)
            var bytes = replay.lastBytes
            bytes.replaceSubrange(0..<SegmentHeader.byteCount, with: header.bytes)
            let end = last.end + report.tornByteCount
            for index in last.end..<end { bytes[index] = 0 }
            try disk.write(Array(bytes[..<end]), to: last.name, at: 0)
            try disk.sync(last.name)
        }
        try disk.syncDirectory()
    }

    private mutating func write(_ records: [LogRecord]) throws(StorageError) {
        try write(Self.stored(records, knowing: book))
    }

    /// Writes one frame and waits for it, in a new segment if the last one is full.
    mutating func write(_ records: [StoredRecord]) throws(StorageError) {
        let maximum = records.reduce(LogFrame.headerByteCount + LogFrame.alignment) {
            $0 + $1.maximumByteCount
        }
        if let last = segments.last, last.byteCount - last.end >= maximum {
            // It fits.
        } else {
            try beginSegment(byteCount: SegmentHeader.byteCount + maximum)
        }
        let segment = segments[segments.count - 1]
        let site = LogSite(logID: logID, segment: segment.number)
        var writer = LogFrame.writer(reservingCapacity: maximum)
        for record in records {
            let place = RecordPlace(
                segment: segment.number, frameOffset: segment.end,
                recordOffset: writer.bytes.count, sequence: nextSequence)
            record.write(to: &writer)
            book.apply(record, at: place)
        }
        let bytes = LogFrame.finish(writer, sequence: nextSequence, at: segment.end, in: site)
        precondition(bytes.count <= maximum, "a frame of \(bytes.count) instead of \(maximum)")
        try disk.write(bytes, to: segment.name, at: segment.end)
        try disk.sync(segment.name)
        segments[segments.count - 1].end += bytes.count
        nextSequence += 1
    }

    /// Makes the next file; all before it is durable.
    private mutating func beginSegment(byteCount: Int) throws(StorageError) {
        let number = (segments.last?.number ?? 0) + 1
        let segment = LogSegment(
            number: number, byteCount: max(settings.segmentByteCount, byteCount),
            end: SegmentHeader.byteCount)
        let header = SegmentHeader(
            logID: logID, number: number, firstSequence: nextSequence,
            oldestSegment: segments.first?.number ?? number)
        try disk.create(segment.name, byteCount: segment.byteCount)
        try disk.write(header.bytes, to: segment.name, at: 0)
        try disk.sync(segment.name)
        try disk.syncDirectory()
        segments.append(segment)
    }
}

// MARK: - Checking

extension SegmentedLog where Disk: ~Copyable {
    /// What a writer knows of a group while it puts records together.
    private struct Outlook {
        var head: LogHead
        var lastIndex: LogIndex
    }

    /// The records as they are stored: a compaction says all that is needed of what it makes obsolete.
    private static func stored(
        _ records: [LogRecord], knowing book: borrowing LogBook
    ) -> [StoredRecord] {
        // Nil: removed by an earlier one of the records.
        var changed: [GroupID: Outlook?] = [:]
        func outlook(_ group: GroupID, _ book: borrowing LogBook) -> Outlook {
            if let known = changed[group], let known { return known }
            let places = changed[group] == nil ? book.groups[group] : nil
            guard let places, let head = places.head, let lastIndex = places.lastIndex,
                !places.isDamaged
            else { preconditionFailure("group \(group) has not been reset on this disk") }
            return Outlook(head: head, lastIndex: lastIndex)
        }
        var stored: [StoredRecord] = []
        stored.reserveCapacity(records.count)
        for record in records {
            switch record {
            case .reset(let group, let peer, let hardState, let base):
                let head = LogHead(peer: peer, hardState: hardState, base: base)
                changed[group] = .some(Outlook(head: head, lastIndex: base.index))
                stored.append(.reset(group, head))
            case .hardState(let group, let hardState):
                var known = outlook(group, book)
                known.head.hardState = hardState
                changed[group] = .some(known)
                stored.append(.hardState(group, hardState))
            case .entries(let group, let entries):
                guard let first = entries.first, let last = entries.last else { continue }
                var known = outlook(group, book)
                precondition(
                    first.index > known.head.base.index && first.index <= known.lastIndex + 1,
                    "entries from \(first.index) in group \(group), which has "
                        + "\(known.head.base.index)...\(known.lastIndex)")
                known.lastIndex = last.index
                changed[group] = .some(known)
                stored.append(.entries(group, entries))
            case .compact(let group, let base):
                var known = outlook(group, book)
                guard base.index >= known.head.base.index else { continue }
                known.head.base = base
                known.lastIndex = max(known.lastIndex, base.index)
                changed[group] = .some(known)
                stored.append(.compact(group, known.head))
            case .remove(let group):
                changed[group] = .some(nil)
                stored.append(.remove(group))
            }
        }
        return stored
    }
}
