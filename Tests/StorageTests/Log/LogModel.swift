import Primitives
import Raft
import Storage

/// What a log must give back, kept in the plainest way.
struct LogModel: Hashable {
    var groups: [GroupID: StoredLog] = [:]

    mutating func apply(_ records: [LogRecord]) {
        for record in records {
            switch record {
            case .reset(let group, let peer, let state, let base):
                groups[group] = StoredLog(peer: peer, hardState: state, base: base)
            case .hardState(let group, let state): groups[group]?.hardState = state
            case .entries(let group, let entries):
                groups[group]?.entries.removeAll { $0.index >= entries[0].index }
                groups[group]?.entries += entries
            case .compact(let group, let base):
                guard base.index >= groups[group]?.base.index ?? .max else { continue }
                groups[group]?.base = base
                groups[group]?.entries.removeAll { $0.index <= base.index }
            case .remove(let group): groups[group] = nil
            }
        }
    }
}

/// Makes up what a node of many groups writes.
struct LogWorkload {
    private var generator: SeededGenerator
    /// What a log has that was given all of it; set it to what is there if some of it was lost.
    var model = LogModel()
    private var nextPeer: UInt64 = 1
    private let groupCount: UInt64
    /// Groups above this number write nothing after their beginning.
    private let busyCount: UInt64

    init(seed: UInt64, groupCount: UInt64 = 6, busyCount: UInt64 = 4) {
        generator = SeededGenerator(seed: seed)
        self.groupCount = groupCount
        self.busyCount = busyCount
    }

    /// The next append, for one to three groups.
    mutating func next() -> [LogRecord] {
        var records: [LogRecord] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let record = nextRecord()
            model.apply([record])
            records.append(record)
        }
        return records
    }

    private mutating func nextRecord() -> LogRecord {
        let missing = (1...groupCount).first { model.groups[GroupID($0)] == nil }
        if let missing { return reset(GroupID(missing)) }
        let group = GroupID(UInt64.random(in: 1...busyCount, using: &generator))
        guard let log = model.groups[group] else { preconditionFailure("made above") }
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: return reset(group)
        case 1: return .remove(group)
        case 2...4:
            return .hardState(
                group, HardState(term: log.hardState.term + 1, vote: log.peer))
        case 5...8:
            let index = UInt64.random(in: log.base.index...log.lastIndex, using: &generator)
            let term = log.entries.first { $0.index == index }?.term ?? log.base.term
            return .compact(
                group, LogBase(index: index, term: term, configuration: log.base.configuration))
        default: return .entries(group, entries(behind: log))
        }
    }

    private mutating func reset(_ group: GroupID) -> LogRecord {
        let peer = PeerID(nextPeer)
        nextPeer += 1
        return .reset(
            group, peer: peer, HardState(term: 1),
            LogBase(index: 5, term: 1, configuration: Configuration(voters: [peer, 1000])))
    }

    /// Some at the end, or in place of the last ones.
    private mutating func entries(behind log: StoredLog) -> [Entry] {
        let replaced = Int.random(in: 0..<4, using: &generator) == 0
        let lowest = max(log.base.index, log.lastIndex > 3 ? log.lastIndex - 3 : 0)
        let previous = replaced ? lowest : log.lastIndex
        let before = log.entries.first { $0.index == previous }?.term ?? log.base.term
        let term = max(before, log.hardState.term)
        return (1...UInt64.random(in: 1...4, using: &generator)).map { step in
            let count = Int.random(in: 0..<90, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            return Entry(
                term: term, index: previous + step,
                content: step == 3 ? .configuration(log.base.configuration) : .command(bytes))
        }
    }
}

/// The size of segments in these tests.
let smallSegments = SegmentedLog<FaultyLogDisk>.Settings(segmentByteCount: 4096)

/// Opens a log with small segments.
func openLog(on disk: FaultyLogDisk) throws -> SegmentedLog<FaultyLogDisk> {
    try SegmentedLog.open(on: disk, settings: smallSegments, newLogID: 77)
}
