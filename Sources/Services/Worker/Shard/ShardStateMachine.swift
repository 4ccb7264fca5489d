package import Protocols
package import Raft
package import Storage

/// Decides what an entry changes in a shard: a deterministic state machine without a disk.
///
/// The same entries give the same changes, row for row. The dictionary is only looked up, never
/// iterated. Whoever drives it carries out the changes; if that fails, the machine is of no more
/// use and is made anew from the disk.
///
/// Invariant: `rows` names for each living point the row of its last upsert, all rows are before
/// `state.nextRow`, and `state.hash` is the sum of their hashes.
package struct ShardStateMachine: Sendable {
    /// How far the shard is.
    package private(set) var state: ShardState
    /// Which writes were done.
    package private(set) var sessions: SessionTable
    /// The row of each living point.
    private var rows: [PointID: Row]
    /// The state's hash at the last ``ShardCommand/markHash``, and where that stands.
    private var mark: (index: UInt64, hash: UInt64)?

    /// Where a living point is, and the hash of its content.
    package struct Row: Sendable, Hashable {
        package var row: UInt32
        package var hash: UInt64

        /// Makes a row.
        package init(row: UInt32, hash: UInt64) {
            self.row = row
            self.hash = hash
        }
    }

    /// The most rows that a shard gives in its life: each upsert takes one, and none is given twice.
    package static let maxRowCount = Int(UInt32.max)
    /// The most points of one shard.
    ///
    /// Their rows are slots of the graph, beside those of dead rows whose place is not filled yet:
    /// there is room for one of those for each three points.
    package static let maxPointCount = ShardIndex.capacity / 4 * 3

    /// Makes the machine of a shard in this state.
    package init(
        state: ShardState = ShardState(), rows: [PointID: Row] = [:],
        sessions: SessionTable = SessionTable()
    ) {
        precondition(
            rows.count <= state.nextRow, "\(rows.count) points in \(state.nextRow) rows")
        self.state = state
        self.rows = rows
        self.sessions = sessions
    }

    /// Tells a machine that has applied nothing who was in the group from the beginning.
    package mutating func begin(with configuration: Configuration) {
        guard state.appliedIndex == 0 else { return }
        state.applied.configuration = configuration
    }

    /// How many points there are.
    package var pointCount: Int { rows.count }

    /// Applies an entry of the log, which must be the next one, and adds what it changes.
    ///
    /// - Throws: A ``ByteError`` if it is none of ours: the machine cannot go on.
    package mutating func apply(
        _ entry: Entry, adding changes: inout ShardChanges
    ) throws(ByteError) -> ShardResult {
        precondition(
            entry.index == state.appliedIndex + 1,
            "entry \(entry.index) cannot follow \(state.appliedIndex)")
        var result = ShardResult.nothing
        state.applied.index = entry.index
        state.applied.term = entry.term
        switch entry.content {
        case .empty: break
        case .configuration(let configuration): state.applied.configuration = configuration
        case .command(let bytes):
            result = apply(try ShardEntry(bytes: bytes), at: entry.index, adding: &changes)
        }
        changes.state = state
        return result
    }

    private mutating func apply(
        _ entry: ShardEntry, at index: UInt64, adding changes: inout ShardChanges
    ) -> ShardResult {
        switch entry.command {
        case .upsert, .delete: return write(entry, at: index, adding: &changes)
        case .openSession:
            changes.sessions += sessions.open(at: index)
            return .session(index)
        case .markHash:
            mark = (index, state.hash)
            return .marked(index: index, hash: state.hash)
        case .compareHash(let markIndex, let hash):
            // Who has begun after the mark, by a snapshot, has nothing to compare.
            guard let mark, mark.index == markIndex else { return .nothing }
            return mark.hash == hash ? .nothing : .diverged
        }
    }

    private mutating func write(
        _ entry: ShardEntry, at index: UInt64, adding changes: inout ShardChanges
    ) -> ShardResult {
        if let write = entry.write, !PlantedFault.retryExecutedAgain.isActive {
            switch sessions.lookup(session: write.session, sequence: write.sequence) {
            case .new: break
            case .expired: return .expired
            case .done(let result):
                return .written(
                    WriteReceipt(index: result.index, affectedCount: Int(result.count)))
            }
        }
        guard Int(state.nextRow) + entry.command.rowCount <= Self.maxRowCount,
            rows.count + entry.command.rowCount <= Self.maxPointCount
                || rows.count + newIDCount(entry.command) <= Self.maxPointCount
        else { return .full(rowCount: state.nextRow) }
        let countBefore = changes.changes.count
        switch entry.command {
        case .upsert(let points): upsert(points, adding: &changes)
        case .delete(let ids): delete(ids, adding: &changes)
        default: break
        }
        let count = changes.changes.count - countBefore
        if let write = entry.write {
            changes.sessions += sessions.record(
                SessionTable.Result(index: index, count: UInt64(count)),
                session: write.session, sequence: write.sequence,
                acknowledged: write.acknowledged, at: index)
        }
        return .written(WriteReceipt(index: index, affectedCount: count))
    }

    /// How many points a command adds, those that it names twice counted twice.
    private func newIDCount(_ command: ShardCommand) -> Int {
        guard case .upsert(let points) = command else { return 0 }
        return points.count { rows[$0.id] == nil }
    }

    private mutating func upsert(_ points: [StoredPoint], adding changes: inout ShardChanges) {
        let lastPositions = Dictionary(
            zip(points.map(\.id), points.indices), uniquingKeysWith: { _, later in later })
        for (position, point) in points.enumerated() where lastPositions[point.id] == position {
            let row = Row(row: state.nextRow, hash: point.contentHash)
            let replaced = rows.updateValue(row, forKey: point.id)
            state.nextRow += 1
            state.hash = state.hash &+ row.hash &- (replaced?.hash ?? 0)
            changes.changes.append(
                .insert(point, row: row.row, hash: row.hash, replaced: replaced?.row))
        }
    }

    private mutating func delete(_ ids: [PointID], adding changes: inout ShardChanges) {
        for id in ids {
            guard let row = rows.removeValue(forKey: id) else { continue }
            state.hash = state.hash &- row.hash
            changes.changes.append(.remove(id, row: row.row))
        }
    }
}
