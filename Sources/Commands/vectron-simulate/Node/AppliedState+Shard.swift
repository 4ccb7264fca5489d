import Primitives
import Protocols
import Raft
import Storage
package import Worker

extension AppliedState {
    /// A shard's state machine, and the rows of its store.
    package struct Shard: Sendable {
        /// Decides what changes.
        package var machine: ShardStateMachine
        /// The points, by key.
        package var points: [Point] = []
        /// The sessions, by number.
        package var sessions: [Session] = []
        /// The results of their writes, by session and sequence.
        package var results: [Result] = []
    }

    /// A point of a store.
    package struct Point: Sendable, Hashable {
        /// Its id.
        package var key: UInt64
        /// What its payload says.
        package var value: UInt64
        /// Its row.
        package var row: UInt32
    }

    /// A session of a store.
    package struct Session: Sendable, Hashable {
        /// Its number.
        package var id: UInt64
        /// The entry that used it last.
        package var lastUsed: UInt64
        /// Up to where the client has had the answers.
        package var acknowledged: UInt64
    }

    /// The result of a write.
    package struct Result: Sendable, Hashable {
        /// The session.
        package var session: UInt64
        /// Which of its writes.
        package var sequence: UInt64
        /// Where it stands in the log.
        package var index: UInt64
        /// How many points it changed.
        package var count: UInt64
    }
}

extension AppliedState.Shard {
    /// Applies an entry: the machine decides, the rows change.
    mutating func apply(_ entry: Entry) -> AppliedState.Outcome {
        var changes = ShardChanges(state: machine.state)
        let result: ShardResult
        do {
            result = try machine.apply(entry, adding: &changes)
        } catch {
            preconditionFailure("entry \(entry.index) is none: \(error)")
        }
        for change in changes.changes { write(change) }
        for change in changes.sessions { write(change) }
        return outcome(of: entry, result)
    }

    private func outcome(of entry: Entry, _ result: ShardResult) -> AppliedState.Outcome {
        var outcome = AppliedState.Outcome(command: CommandHeader(of: entry))
        switch result {
        case .written(let receipt):
            outcome.result = CommandResult.done
            outcome.isExecuted = receipt.index == entry.index
        case .session(let id): outcome.result = id
        case .expired: outcome.result = CommandResult.expired
        case .full, .nothing: outcome.result = CommandResult.refused
        case .marked(let index, let hash): outcome.next = .compareHash(index: index, hash: hash)
        case .diverged: outcome.hasDiverged = true
        }
        return outcome
    }

    private mutating func write(_ change: ShardChanges.Change) {
        switch change {
        case .insert(let point, let row, _, _):
            points.removeAll { $0.key == point.id.key }
            let position = points.firstIndex { $0.key > point.id.key } ?? points.count
            points.insert(
                AppliedState.Point(key: point.id.key, value: point.value, row: row), at: position)
        case .remove(let id, _): points.removeAll { $0.key == id.key }
        }
    }

    private mutating func write(_ change: SessionTable.Change) {
        switch change {
        case .session(let id, let lastUsed, let acknowledged):
            sessions.removeAll { $0.id == id }
            let position = sessions.firstIndex { $0.id > id } ?? sessions.count
            sessions.insert(
                AppliedState.Session(id: id, lastUsed: lastUsed, acknowledged: acknowledged),
                at: position)
        case .result(let session, let sequence, let result):
            let position =
                results.firstIndex { ($0.session, $0.sequence) > (session, sequence) }
                ?? results.count
            results.insert(
                AppliedState.Result(
                    session: session, sequence: sequence, index: result.index, count: result.count),
                at: position)
        case .forgotten(let session, let sequence):
            results.removeAll { $0.session == session && $0.sequence == sequence }
        case .closed(let id): sessions.removeAll { $0.id == id }
        }
    }

    /// Makes the machine anew from the rows.
    mutating func reopen(at base: LogBase) {
        var state = machine.state
        state.applied = base
        let rows = points.map { point in
            let stored = StoredPoint(key: point.key, value: point.value)
            return (
                PointID.number(point.key),
                ShardStateMachine.Row(row: point.row, hash: stored.contentHash)
            )
        }
        machine = ShardStateMachine(
            state: state, rows: Dictionary(rows, uniquingKeysWith: { first, _ in first }),
            sessions: SessionTable(
                sessions: sessions.map { ($0.id, $0.lastUsed, $0.acknowledged) },
                results: results.map { result in
                    (
                        result.session, result.sequence,
                        SessionTable.Result(index: result.index, count: result.count)
                    )
                }))
    }

    func mix(into digest: inout Digest) {
        digest.mix(UInt64(machine.state.nextRow))
        digest.mix(machine.state.hash)
        digest.mix(machine.pointCount)
        for point in points {
            digest.mix(point.key)
            digest.mix(point.value)
            digest.mix(UInt64(point.row))
        }
        for session in sessions {
            digest.mix(session.id)
            digest.mix(session.lastUsed)
            digest.mix(session.acknowledged)
        }
        for result in results {
            digest.mix(result.session)
            digest.mix(result.sequence)
            digest.mix(result.index)
            digest.mix(result.count)
        }
    }
}

extension PointID {
    /// The number of a point of the simulation.
    fileprivate var key: UInt64 {
        guard case .number(let number) = self else { preconditionFailure("\(self) is no number") }
        return number
    }
}

extension StoredPoint {
    /// A point that says a number.
    init(key: UInt64, value: UInt64) {
        let payload = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
        self.init(id: .number(key), vector: [1], payload: payload)
    }

    /// What its payload says.
    fileprivate var value: UInt64 { payload.reduce(0) { $0 << 8 | UInt64($1) } }
}
