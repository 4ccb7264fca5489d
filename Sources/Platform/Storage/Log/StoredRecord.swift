import Primitives
import Raft

/// One record as it stands in a frame: `Protocols/raft-log.md` has the tables.
enum StoredRecord: Hashable {
    /// The group begins here; what was there of it is gone.
    case reset(GroupID, LogHead)
    /// Term and vote.
    case hardState(GroupID, HardState)
    /// Entries; stored ones from the first's index on are gone.
    case entries(GroupID, [Entry])
    /// The group's log begins here; entries behind the base stay. Says all but entries, so that
    /// what was stored of the group before may go.
    case compact(GroupID, LogHead)
    /// The group is gone.
    case remove(GroupID)
    /// What was stored of the group is damaged: it stays so until it is reset or removed.
    case damaged(GroupID)
    /// Segments before this one do not belong to the log any more.
    case oldestSegment(UInt64)

    private enum Kind: UInt8 {
        case reset = 1
        case hardState = 2
        case entries = 3
        case compact = 4
        case remove = 5
        case damaged = 6
        case oldestSegment = 7
    }

    /// The most bytes that it takes.
    var maximumByteCount: Int {
        switch self {
        case .reset(_, let head), .compact(_, let head):
            64 + 16 * head.base.configuration.members.count + 12
        case .entries(_, let entries): 9 + entries.estimatedByteCount
        case .hardState: 26
        case .remove, .damaged, .oldestSegment: 9
        }
    }

    func write(to writer: inout ByteWriter) {
        func write(_ kind: Kind, _ number: UInt64) {
            writer.write(kind.rawValue)
            writer.write(number)
        }
        switch self {
        case .reset(let group, let head):
            write(.reset, group.rawValue)
            head.write(to: &writer)
        case .hardState(let group, let state):
            write(.hardState, group.rawValue)
            state.write(to: &writer)
        case .entries(let group, let entries):
            write(.entries, group.rawValue)
            entries.write(to: &writer)
        case .compact(let group, let head):
            write(.compact, group.rawValue)
            head.write(to: &writer)
        case .remove(let group): write(.remove, group.rawValue)
        case .damaged(let group): write(.damaged, group.rawValue)
        case .oldestSegment(let number): write(.oldestSegment, number)
        }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let byte = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: byte) else {
            throw .invalid(offset: reader.offset - 1, what: "a kind of record", value: byte)
        }
        let number = try reader.read(UInt64.self)
        let group = GroupID(number)
        switch kind {
        case .reset: self = .reset(group, try LogHead(from: &reader))
        case .hardState: self = .hardState(group, try HardState(from: &reader))
        case .entries: self = .entries(group, try [Entry](from: &reader))
        case .compact: self = .compact(group, try LogHead(from: &reader))
        case .remove: self = .remove(group)
        case .damaged: self = .damaged(group)
        case .oldestSegment: self = .oldestSegment(number)
        }
    }
}

/// All that the log knows of a group besides its entries.
struct LogHead: Hashable {
    /// Which peer lives here.
    var peer: PeerID
    /// Its term and vote.
    var hardState: HardState
    /// Where its log begins.
    var base: LogBase

    init(peer: PeerID, hardState: HardState, base: LogBase) {
        self.peer = peer
        self.hardState = hardState
        self.base = base
    }

    func write(to writer: inout ByteWriter) {
        writer.write(peer.rawValue)
        hardState.write(to: &writer)
        base.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        peer = PeerID(try reader.read(UInt64.self))
        hardState = try HardState(from: &reader)
        base = try LogBase(from: &reader)
    }
}
