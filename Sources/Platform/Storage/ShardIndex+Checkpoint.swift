internal import HNSW
internal import LevelDB
import Synchronization

extension ShardIndex {
    /// Writes what has changed of the graph since the last checkpoint.
    ///
    /// The writer's call; searches go on. Chunks come first, unsynced and under keys of their own;
    /// then one synced batch puts the manifest and deletes the chunks that nothing names any more.
    /// A failed write fences the store.
    package func checkpoint(into store: ShardStore) throws(StorageError) {
        let last = try store.graphManifest()
        // Without a manifest, and after a graph was built anew, no stored chunk is of use.
        let isContinued = last != nil && last == manifest.withLock { $0 }
        var next = GraphManifest(
            generation: (last?.generation ?? 0) + 1,
            chunkGenerations: isContinued ? last?.chunkGenerations ?? [] : [], header: [])
        try graph.writeGraph(isContinued ? .changedChunks : .allChunks) {
            (part, bytes) throws(StorageError) in
            switch part {
            case .header: next.header = bytes
            case .chunk(let number):
                while next.chunkGenerations.count <= number { next.chunkGenerations.append(0) }
                next.chunkGenerations[number] = next.generation
                try store.writeGraphChunk(bytes, for: next.key(ofChunk: number))
            }
        }
        try store.writeGraphManifest(next)
        manifest.withLock { $0 = next }
    }
}

extension ShardStore {
    /// What the last whole checkpoint has written, or nil; a manifest that cannot be read counts as
    /// none, since all that it names can be built anew.
    func graphManifest() throws(StorageError) -> GraphManifest? {
        let database = database
        return try reading { () throws(LevelDBError) in try database.get(Keyspace.graphManifest) }
            .flatMap { GraphManifest(bytes: $0) }
    }

    func writeGraphChunk(_ bytes: [UInt8], for key: [UInt8]) throws(StorageError) {
        var batch = WriteBatch()
        batch.put(bytes, for: key)
        try write(batch, .unsynced)
    }

    /// Makes a checkpoint the one that counts, and deletes the chunks of all others.
    func writeGraphManifest(_ manifest: GraphManifest) throws(StorageError) {
        let named = Set(manifest.chunkKeys)  // looked up only
        var batch = WriteBatch()
        for key in try graphChunkKeys() where !named.contains(key) { batch.delete(key) }
        batch.put(manifest.bytes, for: Keyspace.graphManifest)
        try write(batch, .synced)
    }

    private func graphChunkKeys() throws(StorageError) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        do {
            try database.forEach(withPrefix: Keyspace.graphChunks) { key, _ in
                keys.append(Array(key))
            }
        } catch {
            throw corrupted("the graph", String(describing: error))
        }
        return keys
    }
}
