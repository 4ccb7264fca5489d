internal import LevelDB
internal import Primitives

/// Which writes of which clients were done, and what came of them: a write that is sent again after
/// its answer was lost is answered, not done again.
///
/// Part of the replicated state: all replicas keep the same table, whose changes are written in one
/// batch with what they belong to. A session is opened by an entry, whose index is its number. It
/// ends when too many others were used later: by the order of entries, no clock.
///
/// *Source*: Ongaro 2014, section 6.3.
///
/// *Invariant*: sessions are in order of their numbers, results of their sequence; all results are
/// behind `acknowledged`.
package struct SessionTable: Sendable, Hashable {
    /// What came of a write.
    package struct Result: Sendable, Hashable {
        /// Where the write stands in the log.
        package var index: UInt64
        /// How many points it inserted, replaced or deleted.
        package var count: UInt64

        /// Makes a result.
        package init(index: UInt64, count: UInt64) {
            self.index = index
            self.count = count
        }
    }

    /// What is known of a write.
    package enum Lookup: Sendable, Hashable {
        /// Nothing: it is to be done.
        case new
        /// It was done.
        case done(Result)
        /// Whether it was done is not known any more: it must not be done.
        case expired
    }

    /// A change of the table, to be written.
    package enum Change: Sendable, Hashable {
        /// A session was opened, or used.
        case session(UInt64, lastUsed: UInt64, acknowledged: UInt64)
        /// A write was done.
        case result(session: UInt64, sequence: UInt64, Result)
        /// The result of a write will not be asked for any more.
        case forgotten(session: UInt64, sequence: UInt64)
        /// A session has ended.
        case closed(UInt64)
    }

    /// The writes of one client.
    struct Session: Sendable, Hashable {
        let id: UInt64
        var lastUsed: UInt64
        /// The client has had the answers up to this sequence.
        var acknowledged: UInt64 = 0
        var results: [(sequence: UInt64, result: Result)] = []

        static func == (left: Session, right: Session) -> Bool {
            left.id == right.id && left.lastUsed == right.lastUsed
                && left.acknowledged == right.acknowledged
                && left.results.elementsEqual(right.results) { $0 == $1 }
        }

        func hash(into hasher: inout Hasher) { hasher.combine(id) }
    }

    private var sessions: [Session] = []

    /// The most sessions of a shard; the one that was unused for longest ends for a new one.
    package static let maxSessionCount = 1_024
    /// The most results of a session that its client has not acknowledged; the oldest is forgotten.
    package static let maxResultCount = 4_096

    /// An empty table.
    package init() {}

    /// The table that changes have led to, of which these are left.
    ///
    /// - Parameters:
    ///   - sessions: In the order of their numbers.
    ///   - results: In the order of sessions and sequences.
    package init(
        sessions: [(id: UInt64, lastUsed: UInt64, acknowledged: UInt64)],
        results: [(session: UInt64, sequence: UInt64, result: Result)]
    ) {
        self.sessions = sessions.map {
            Session(id: $0.id, lastUsed: $0.lastUsed, acknowledged: $0.acknowledged)
        }
        for (session, sequence, result) in results {
            guard let place = place(of: session) else { continue }
            self.sessions[place].results.append((sequence, result))
        }
    }

    /// How many sessions are open.
    package var count: Int { sessions.count }

    private func place(of id: UInt64) -> Int? {
        let place = sessions.firstPlace { $0.id >= id }
        return place < sessions.count && sessions[place].id == id ? place : nil
    }

    /// What is known of a write.
    package func lookup(session id: UInt64, sequence: UInt64) -> Lookup {
        guard let place = place(of: id) else { return .expired }
        let session = sessions[place]
        guard sequence > session.acknowledged else { return .expired }
        let index = session.results.firstPlace { $0.sequence >= sequence }
        guard index < session.results.count, session.results[index].sequence == sequence else {
            return .new
        }
        return .done(session.results[index].result)
    }

    /// Opens the session whose number is the index of the entry that opens it.
    package mutating func open(at index: UInt64) -> [Change] {
        var changes: [Change] = []
        if sessions.count >= Self.maxSessionCount,
            let oldest = sessions.min(by: { ($0.lastUsed, $0.id) < ($1.lastUsed, $1.id) })
        {
            changes += oldest.results.map {
                .forgotten(session: oldest.id, sequence: $0.sequence)
            }
            changes.append(.closed(oldest.id))
            sessions.removeAll { $0.id == oldest.id }
        }
        sessions.append(Session(id: index, lastUsed: index))  // indexes grow
        changes.append(.session(index, lastUsed: index, acknowledged: 0))
        return changes
    }

    /// Notes what came of a write that ``lookup(session:sequence:)`` has called new.
    ///
    /// - Parameter acknowledged: The client has had the answers up to this sequence.
    package mutating func record(
        _ result: Result, session id: UInt64, sequence: UInt64, acknowledged: UInt64,
        at index: UInt64
    ) -> [Change] {
        guard let place = place(of: id) else { return [] }
        var session = sessions[place]
        session.lastUsed = index
        session.acknowledged = max(session.acknowledged, min(acknowledged, sequence - 1))
        let position = session.results.firstPlace { $0.sequence >= sequence }
        session.results.insert((sequence, result), at: position)
        if session.results.count > Self.maxResultCount {
            session.acknowledged = max(session.acknowledged, session.results[0].sequence)
        }
        let forgotten = session.results.prefix { $0.sequence <= session.acknowledged }
        session.results.removeFirst(forgotten.count)
        sessions[place] = session
        var changes = forgotten.map { Change.forgotten(session: id, sequence: $0.sequence) }
        changes.append(
            .session(id, lastUsed: index, acknowledged: session.acknowledged))
        changes.append(.result(session: id, sequence: sequence, result))
        return changes
    }
}

// MARK: - On the disk

extension SessionTable {
    static func write(_ change: Change, to batch: inout WriteBatch) {
        switch change {
        case .session(let id, let lastUsed, let acknowledged):
            batch.put(pair(lastUsed, acknowledged), for: Keyspace.session(id))
        case .result(let session, let sequence, let result):
            batch.put(
                pair(result.index, result.count), for: Keyspace.result(session, sequence))
        case .forgotten(let session, let sequence):
            batch.delete(Keyspace.result(session, sequence))
        case .closed(let id):
            batch.delete(Keyspace.session(id))
        }
    }

    private static func pair(_ first: UInt64, _ second: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: first)
        bytes.append(littleEndian: second)
        return bytes
    }

    /// The table that a store holds.
    package init(from store: ShardStore) throws {
        self.init()
        try store.database.forEach(withPrefix: Keyspace.sessions) { key, value in
            let (key, value) = (Array(key), Array(value))
            guard key.count == 10, value.count == 16 else {
                throw store.corrupted("a session", "\(key.count) and \(value.count) bytes")
            }
            sessions.append(
                Session(
                    id: key.bigEndianNumber(at: 2),
                    lastUsed: value.littleEndian(at: 0, as: UInt64.self),
                    acknowledged: value.littleEndian(at: 8, as: UInt64.self)))
        }
        try store.database.forEach(withPrefix: Keyspace.results) { key, value in
            let (key, value) = (Array(key), Array(value))
            guard key.count == 18, value.count == 16,
                let place = place(of: key.bigEndianNumber(at: 2))
            else {
                throw store.corrupted("a result", "\(key.count) and \(value.count) bytes")
            }
            let result = Result(
                index: value.littleEndian(at: 0, as: UInt64.self),
                count: value.littleEndian(at: 8, as: UInt64.self))
            sessions[place].results.append((key.bigEndianNumber(at: 10), result))
        }
    }
}

extension Array {
    /// The first place whose element fulfils a condition that all later ones fulfil too.
    fileprivate func firstPlace(where isBehind: (Element) -> Bool) -> Int {
        var (lower, upper) = (0, count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if isBehind(self[middle]) { upper = middle } else { lower = middle + 1 }
        }
        return lower
    }
}

extension [UInt8] {
    fileprivate func bigEndianNumber(at offset: Int) -> UInt64 {
        self[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
