internal import HNSW
internal import LevelDB
import Synchronization

extension ShardIndex {
    /// Copies what has changed of the graph since the last checkpoint, at this moment.
    ///
    /// The writer's call, one checkpoint at a time; milliseconds. ``ShardCheckpoint/write()`` then
    /// takes its time on another thread, while searches and writes go on.
    package func beginCheckpoint() -> ShardCheckpoint {
        writer.withLock { writer in
            // Without a manifest, after a graph was built anew, no stored chunk is of use.
            let copy = graph.copyGraph(writer.manifest == nil ? .allChunks : .changedChunks)
            writer.releasedRows += slots.release(copy.freeRows)
            let rows = copy.chunkRows.map { rows in
                slots.rows(ofSlots: rows.lazy.map { UInt32($0) })
            }
            return ShardCheckpoint(
                store: store, graph: copy, slotRows: rows, last: writer.manifest,
                hasOrphans: writer.hasOrphans, state: writer.state,
                releasedRows: writer.releasedRows)
        }
    }

    /// Notes that a checkpoint is stored: what has not changed since is not written again.
    ///
    /// The writer's call, before the next ``beginCheckpoint()``. After a failed write the store is
    /// fenced and nothing is to be noted.
    package func finish(_ stored: StoredCheckpoint) {
        graph.noteStored(stored.graph)
        writer.withLock { writer in
            writer.manifest = stored.manifest
            writer.hasOrphans = false
            // Those that were released meanwhile stand behind the ones that are gone.
            writer.releasedRows.removeFirst(stored.releasedRowCount)
        }
    }

    /// Writes what has changed of the graph since the last checkpoint, and waits for it.
    package func checkpoint() throws(StorageError) {
        finish(try beginCheckpoint().write())
    }
}

/// What a checkpoint writes, as it was at one moment.
package struct ShardCheckpoint: Sendable {
    fileprivate let store: ShardStore
    fileprivate let graph: GraphCopy
    /// The rows of the slots of each copied chunk.
    fileprivate let slotRows: [[UInt32]]
    fileprivate let last: GraphManifest?
    /// Whether chunks may be stored that no manifest names.
    fileprivate let hasOrphans: Bool
    fileprivate let state: ShardState
    fileprivate let releasedRows: [UInt32]

    /// Writes it, and deletes what nobody needs any more.
    ///
    /// Blocks; any thread. Chunks come first, unsynced and under keys of their own; then one synced
    /// batch puts the manifest and deletes the chunks and trails that nothing needs any more, and the
    /// vectors of rows that no slot holds. A failed write fences the store.
    package func write() throws(StorageError) -> StoredCheckpoint {
        let stored = try store.graphManifest()
        var manifest = GraphManifest(
            generation: max(stored?.generation ?? 0, last?.generation ?? 0) + 1,
            appliedIndex: state.appliedIndex, nextRow: state.nextRow,
            chunkGenerations: last?.chunkGenerations ?? [], header: [])
        var rows = slotRows.makeIterator()
        var byteCount = 0
        let copy = try graph.write { (part, bytes) throws(StorageError) in
            switch part {
            case .header: manifest.header = bytes
            case .chunk(let number):
                while manifest.chunkGenerations.count <= number {
                    manifest.chunkGenerations.append(0)
                }
                manifest.chunkGenerations[number] = manifest.generation
                let chunk = StoredChunk(graph: bytes, rows: rows.next() ?? []).bytes
                byteCount += chunk.count
                try store.write(chunk, for: manifest.key(ofChunk: number))
            }
        }
        let chunkKeys =
            hasOrphans
            ? try store.keys(withPrefix: Keyspace.graphChunks) : stored?.chunkKeys ?? []
        try store.write(manifest, inPlaceOf: chunkKeys, releasing: releasedRows)
        return StoredCheckpoint(
            graph: copy, manifest: manifest, releasedRowCount: releasedRows.count,
            slotCount: graph.rowCount, byteCount: byteCount)
    }
}

/// Says which checkpoint is stored.
package struct StoredCheckpoint: Sendable {
    fileprivate let graph: StoredGraphCopy
    fileprivate let manifest: GraphManifest
    fileprivate let releasedRowCount: Int
    /// How many slots the graph has.
    package let slotCount: Int
    /// How many bytes the chunks have that were written.
    package let byteCount: Int
}

extension ShardStore {
    /// What the last whole checkpoint has written, or nil; a manifest that cannot be read counts as
    /// none, since all that it names can be built anew.
    func graphManifest() throws(StorageError) -> GraphManifest? {
        let database = database
        return try reading { () throws(LevelDBError) in try database.get(Keyspace.graphManifest) }
            .flatMap { GraphManifest(bytes: $0) }
    }

    /// A chunk of a manifest; nil if it is missing or damaged.
    func graphChunk(_ number: Int, of manifest: GraphManifest) throws(StorageError) -> StoredChunk?
    {
        let database = database
        let key = manifest.key(ofChunk: number)
        return try reading { () throws(LevelDBError) in try database.get(key) }
            .flatMap { StoredChunk(bytes: $0) }
    }

    fileprivate func write(_ chunk: [UInt8], for key: [UInt8]) throws(StorageError) {
        var batch = WriteBatch()
        batch.put(chunk, for: key)
        try write(batch, .unsynced, as: .graph)
    }

    /// Notes how rows were linked, for the time until the next checkpoint.
    func write(_ trail: GraphTrail) throws(StorageError) {
        guard let first = trail.steps.first else { return }
        var batch = WriteBatch()
        batch.put(trail.bytes, for: Keyspace.graphTrail(fromRow: first.row))
        try write(batch, .unsynced, as: .graph)
    }

    /// Makes a checkpoint the one that counts, and deletes what it makes useless.
    fileprivate func write(
        _ manifest: GraphManifest, inPlaceOf chunkKeys: [[UInt8]], releasing rows: [UInt32]
    ) throws(StorageError) {
        let named = Set(manifest.chunkKeys)  // looked up only
        var batch = WriteBatch()
        for key in chunkKeys where !named.contains(key) { batch.delete(key) }
        let firstLaterTrail = Keyspace.graphTrail(fromRow: manifest.nextRow)
        for key in try keys(withPrefix: Keyspace.graphTrails)
        where key.lexicographicallyPrecedes(firstLaterTrail) {
            batch.delete(key)
        }
        for row in rows { batch.delete(Keyspace.vector(ofRow: row)) }
        batch.put(manifest.bytes, for: Keyspace.graphManifest)
        try write(batch, .synced, as: .graph)
    }

    fileprivate func keys(withPrefix prefix: [UInt8]) throws(StorageError) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        do {
            try database.forEach(withPrefix: prefix) { key, _ in keys.append(Array(key)) }
        } catch {
            throw corrupted("the graph", String(describing: error))
        }
        return keys
    }
}
