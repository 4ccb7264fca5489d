internal import HNSW
internal import LevelDB
package import Logging
package import Protocols

extension ShardIndex {
    /// Makes the memory of a shard from its store, and hands each living row to `body`.
    ///
    /// The graph comes from its checkpoint, and what follows that from the vectors; without a sound
    /// checkpoint all of it does. Blocks for as long as that takes.
    package static func restore(
        from store: ShardStore, logger: Logger,
        _ body: (_ row: UInt32, _ id: PointID, _ hash: UInt64) -> Void = { _, _, _ in }
    ) throws -> ShardIndex {
        let state = try store.state()
        let rows = RowTable()
        try store.forEachID { row, id, hash in
            guard row < state.nextRow else {
                throw store.corrupted(
                    "the id of row \(row)", "only \(state.nextRow) rows were given")
            }
            rows.set(id, row: row, replaced: nil)
            body(row, id, hash)
        }
        let index = try restoredIndex(from: store, state, rows, logger)
        try index.insertRows(from: store, to: state.nextRow)
        index.removeRowsWithoutPoints()
        guard index.graph.liveCount == rows.count else {
            throw store.corrupted(
                "the points", "\(rows.count) ids, but \(index.graph.liveCount) living rows")
        }
        return index
    }

    /// The index as of the last checkpoint, or an empty one if that is missing or damaged.
    private static func restoredIndex(
        from store: ShardStore, _ state: ShardState, _ rows: RowTable, _ logger: Logger
    ) throws -> ShardIndex {
        if state.nextRow > 0 {
            do {
                guard let manifest = try store.graphManifest() else {
                    throw GraphUnusable.noCheckpoint
                }
                let graph = try restoredGraph(from: store, manifest, state, rows)
                return ShardIndex(graph: graph, rows: rows, manifest: manifest)
            } catch let error where canBeBuiltAnew(after: error) {
                logger.warning(
                    "the graph is built anew from the vectors",
                    metadata: [
                        "shard.id": "\(store.description.shard)", "row.count": "\(state.nextRow)",
                        "reason": "\(error)",
                    ])
            }
        }
        let configuration = store.description.configuration
        let graph = try HNSWIndex(
            dimension: configuration.dimension, metric: configuration.metric,
            parameters: parameters, capacity: capacity)
        return ShardIndex(graph: graph, rows: rows, manifest: nil)
    }

    private static func canBeBuiltAnew(after error: any Error) -> Bool {
        if case HNSWError.memoryUnavailable = error { return false }
        return error is HNSWError || error is GraphUnusable
    }

    private static func restoredGraph(
        from store: ShardStore, _ manifest: GraphManifest, _ state: ShardState, _ rows: RowTable
    ) throws -> HNSWIndex {
        let header = try GraphHeader(manifest.header)
        let configuration = store.description.configuration
        guard header.dimension == configuration.dimension, header.metric == configuration.metric,
            header.parameters == parameters, header.rowCount <= state.nextRow,
            header.chunkCount == manifest.chunkGenerations.count
        else { throw GraphUnusable.otherGraph(rowCount: header.rowCount) }
        var vectors = VectorCursor(over: store)
        let graph = try HNSWIndex(
            restoring: manifest.header, capacity: capacity,
            chunk: { number in
                guard let bytes = try store.database.get(manifest.key(ofChunk: number)) else {
                    throw GraphUnusable.missingChunk(number)
                }
                return bytes
            },
            vectors: { row, buffer in try vectors.read(row, into: buffer) })
        for (row, id) in zip(
            0..<UInt32(graph.rowCount), rows.ids(ofRows: 0..<UInt32(graph.rowCount)))
        where id != nil && !graph.isLive(row) {
            throw GraphUnusable.deadRow(row)
        }
        return graph
    }

    /// Inserts the stored vectors that the graph does not have.
    private func insertRows(from store: ShardStore, to nextRow: UInt32) throws {
        try store.forEachVector(fromRow: UInt32(graph.rowCount)) { row, vector in
            try insert(vector, row: row)
        }
        guard graph.rowCount == nextRow else {
            throw store.corrupted("the vectors", "\(graph.rowCount) rows instead of \(nextRow)")
        }
    }

    /// Makes tombstones of the rows whose points were replaced or deleted.
    private func removeRowsWithoutPoints() {
        let all = UInt32(0)..<UInt32(graph.rowCount)
        for (row, id) in zip(all, rows.ids(ofRows: all)) where id == nil {
            graph.remove(row)
        }
    }
}

/// Why a stored graph is not used, though its bytes may be sound.
private enum GraphUnusable: Error, CustomStringConvertible {
    case noCheckpoint
    case otherGraph(rowCount: Int)
    case missingChunk(Int)
    case deadRow(UInt32)

    var description: String {
        switch self {
        case .noCheckpoint: "no checkpoint was written"
        case .otherGraph(let rowCount):
            "the checkpoint of \(rowCount) rows has other parameters than the shard"
        case .missingChunk(let number): "chunk \(number) of the checkpoint is missing"
        case .deadRow(let row): "the checkpoint has removed row \(row), which holds a point"
        }
    }
}

/// Reads the stored vectors one after the other, row by row.
private struct VectorCursor: ~Copyable {
    private let store: ShardStore
    private var iterator: Iterator

    init(over store: ShardStore) {
        self.store = store
        let (lower, upper) = Keyspace.vectors(fromRow: 0)
        iterator = Iterator(of: store.database, from: lower, to: upper)
    }

    mutating func read(_ row: UInt32, into buffer: UnsafeMutableBufferPointer<Float>) throws {
        let target = UnsafeMutableRawBufferPointer(buffer)
        let found: Void? = try iterator.next { key, value in
            guard Keyspace.row(of: key) == row, value.count == target.count else {
                throw store.corrupted(
                    "the vector of row \(row)", "it is missing or has \(value.count) bytes")
            }
            target.copyMemory(from: value)  // as many bytes, checked above
        }
        guard found != nil else {
            throw store.corrupted("the vector of row \(row)", "it is missing")
        }
    }
}
