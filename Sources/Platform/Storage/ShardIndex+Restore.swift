internal import HNSW
package import Logging
package import Protocols

extension ShardIndex {
    /// Makes the memory of a shard from its store, and hands each living row to `body`.
    ///
    /// The graph comes from its checkpoint, and what follows that from the vectors; without a sound
    /// checkpoint all of it does. Blocks for as long as that takes.
    package static func restore(
        from store: ShardStore, logger: Logger,
        _ body: (_ row: UInt32, _ id: PointID) -> Void = { _, _ in }
    ) throws -> ShardIndex {
        let state = try store.state()
        let rows = RowTable()
        try store.forEachID { row, id in
            guard row < state.nextRow else {
                throw store.corrupted(
                    "the id of row \(row)", "only \(state.nextRow) rows were given")
            }
            rows.set(id, row: row, replaced: nil)
            body(row, id)
        }
        let index = ShardIndex(graph: try emptyGraph(for: store), rows: rows)
        try index.insertRows(from: store, to: state.nextRow)
        index.removeRowsWithoutPoints()
        return index
    }

    static func emptyGraph(for store: ShardStore) throws -> HNSWIndex {
        let configuration = store.description.configuration
        return try HNSWIndex(
            dimension: configuration.dimension, metric: configuration.metric, capacity: capacity)
    }

    /// Inserts the stored vectors that the graph does not have.
    func insertRows(from store: ShardStore, to nextRow: UInt32) throws {
        try store.forEachVector(fromRow: UInt32(graph.rowCount)) { row, vector in
            try insert(vector, row: row)
        }
        guard graph.rowCount == nextRow else {
            throw store.corrupted(
                "the vectors", "\(graph.rowCount) rows instead of \(nextRow)")
        }
    }

    /// Makes tombstones of the rows whose points were replaced or deleted.
    func removeRowsWithoutPoints() {
        let all = UInt32(0)..<UInt32(graph.rowCount)
        for (row, id) in zip(all, rows.ids(ofRows: all)) where id == nil {
            graph.remove(row)
        }
    }
}
