internal import LevelDB
internal import Primitives
package import Raft
internal import Synchronization

/// A snapshot of a shard that is being read: all keys of its store at one moment, in order.
///
/// The parts, put together, are records: bytes of the key u32, bytes of the value u32, key, value;
/// numbers little-endian. The graph's checkpoint is among them, so that the other end need not
/// build the graph.
///
/// Thread safety: one thread at a time.
package final class ShardSnapshotReader: @unchecked Sendable {
    // One thread at a time uses the iterator: whoever sends the snapshot asks for the next part
    // when the last one has come.

    /// What the snapshot covers.
    package let base: LogBase
    private var iterator: Iterator
    private var isAtEnd = false

    /// Begins; called by the writer of the store, between two writes.
    package init(of store: ShardStore) throws(StorageError) {
        base = try store.state().applied
        iterator = Iterator(of: store.database, in: store.database.snapshot())
    }

    /// The next part.
    ///
    /// - Parameter maxByteCount: About how many bytes it has; more only for one record alone.
    package func next(maxByteCount: Int) throws -> (bytes: [UInt8], isLast: Bool) {
        var writer = ByteWriter(reservingCapacity: maxByteCount)
        while !isAtEnd, writer.bytes.count < maxByteCount {
            let found: Void? = try iterator.next { key, value in
                writer.write(UInt32(key.count))
                writer.write(UInt32(value.count))
                writer.append(key)
                writer.append(value)
            }
            isAtEnd = found == nil
        }
        return (writer.bytes, isAtEnd)
    }
}

/// A snapshot that is being received: the parts become a store of their own beside the present one.
///
/// Thread safety: one thread at a time.
package final class ShardSnapshotWriter {
    private let database: Database
    private let path: String
    private var unflushedByteCount = 0

    /// Begins in an empty directory; what a former attempt left there is removed.
    package init(at path: String) throws(StorageError) {
        try ShardStore.remove(at: path)
        self.path = path
        try Files.makeDirectory(at: path)
        database = try reading { () throws(LevelDBError) in try Database(at: path) }
    }

    /// Adds a part; parts hold whole records.
    package func add(_ bytes: [UInt8]) throws(StorageError) {
        var batch = WriteBatch()
        do throws(ByteError) {
            var reader = ByteReader(bytes)
            while reader.remainingCount > 0 {
                let keyCount = Int(try reader.read(UInt32.self))
                let valueCount = Int(try reader.read(UInt32.self))
                let key = try reader.readBytes(keyCount)
                batch.put(try reader.readBytes(valueCount), for: key)
            }
        } catch {
            throw .corrupted(path: path, what: "a snapshot", reason: "\(error)")
        }
        try write(batch, .unsynced)
    }

    private func write(
        _ batch: borrowing WriteBatch, _ durability: Database.Durability
    ) throws(StorageError) {
        do {
            try database.write(batch, durability)
        } catch {
            throw .fenced(path: path, reason: "\(error)")
        }
    }

    /// Makes all parts durable.
    package func finish() throws(StorageError) {
        // Everything goes into table files, which LevelDB syncs, whatever its logs were.
        database.flush()
        let marker = WriteBatch()
        try write(marker, .synced)
    }
}
