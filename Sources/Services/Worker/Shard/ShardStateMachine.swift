package import Protocols
package import Storage

/// Decides what a command changes in a shard: a deterministic state machine without a disk.
///
/// The same commands at the same indexes give the same changes, row for row. The dictionary is only
/// looked up, never iterated. Whoever drives it carries out the changes; if that fails, the
/// machine is of no more use and is made anew from the disk.
///
/// Invariant: `rows` names for each living point the row of its last upsert, and all rows are
/// before `state.nextRow`.
package struct ShardStateMachine: Sendable {
    /// How far the shard is.
    package private(set) var state: ShardState
    /// The row of each living point.
    private var rows: [PointID: UInt32]

    /// Makes the machine of a shard in this state.
    package init(state: ShardState = ShardState(), rows: [PointID: UInt32] = [:]) {
        precondition(
            rows.count <= state.nextRow, "\(rows.count) points in \(state.nextRow) rows")
        self.state = state
        self.rows = rows
    }

    /// How many points there are.
    package var pointCount: Int { rows.count }

    /// Applies the command with this index, which must be the next one, and adds what it changes.
    ///
    /// - Returns: How many points it inserted, replaced or deleted.
    package mutating func apply(
        _ command: ShardCommand, at index: UInt64, adding changes: inout ShardChanges
    ) -> Int {
        precondition(
            index == state.appliedIndex + 1,
            "command \(index) cannot follow \(state.appliedIndex)")
        let countBefore = changes.changes.count
        switch command {
        case .upsert(let points): upsert(points, adding: &changes)
        case .delete(let ids): delete(ids, adding: &changes)
        }
        state.appliedIndex = index
        changes.state = state
        return changes.changes.count - countBefore
    }

    private mutating func upsert(_ points: [StoredPoint], adding changes: inout ShardChanges) {
        let lastPositions = Dictionary(
            zip(points.map(\.id), points.indices), uniquingKeysWith: { _, later in later })
        for (position, point) in points.enumerated() where lastPositions[point.id] == position {
            let row = state.nextRow
            let replaced = rows.updateValue(row, forKey: point.id)
            state.nextRow += 1
            changes.changes.append(.insert(point, row: row, replaced: replaced))
        }
    }

    private mutating func delete(_ ids: [PointID], adding changes: inout ShardChanges) {
        for id in ids {
            guard let row = rows.removeValue(forKey: id) else { continue }
            changes.changes.append(.remove(id, row: row))
        }
    }
}
