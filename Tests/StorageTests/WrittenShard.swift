import Protocols
import Storage

/// A shard that is written to and closed without warning.
final class WrittenShard {
    let store: ShardStore
    let index: ShardIndex
    var state: ShardState
    var rows: [PointID: UInt32] = [:]

    init(
        at path: String, log: LogRecorder, for description: ShardDescription = .example
    ) throws {
        store = try ShardStore(at: path, for: description)
        var rows: [PointID: UInt32] = [:]
        index = try ShardIndex.restore(from: store, logger: log.logger) { row, id, _ in
            rows[id] = row
        }
        state = try store.state()
        self.rows = rows
    }

    func apply(_ change: (inout ShardChanges) -> Void) throws {
        var changes = ShardChanges(state: state)
        changes.state.appliedIndex += 1
        change(&changes)
        try store.write(changes)
        try index.apply(changes)
        state = changes.state
    }

    func upsert(_ numbers: some Sequence<UInt64>, shift: Float = 0) throws {
        try apply { changes in
            for number in numbers {
                let point = StoredPoint(
                    id: .number(number), vector: vector(of: number, shift: shift),
                    payload: [0x80])
                let row = changes.state.nextRow
                changes.changes.append(
                    .insert(
                        point, row: row, hash: point.contentHash,
                        replaced: rows.updateValue(row, forKey: point.id)))
                changes.state.nextRow += 1
            }
        }
    }

    func delete(_ numbers: some Sequence<UInt64>) throws {
        try apply { changes in
            for number in numbers {
                guard let row = rows.removeValue(forKey: .number(number)) else { continue }
                changes.changes.append(.remove(.number(number), row: row))
            }
        }
    }

    func nearest(_ number: UInt64, shift: Float = 0, limit: Int = 1) -> [PointID] {
        index.search(SearchQuery(vector: vector(of: number, shift: shift), limit: limit))
            .map(\.id)
    }

    /// A point on a spiral: no two are the same.
    private func vector(of number: UInt64, shift: Float) -> [Float] {
        [Float(number % 37) + shift, Float(number / 37) + shift / 2]
    }
}
