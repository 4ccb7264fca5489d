import FoundationEssentials
internal import LevelDB
import Protocols
import Synchronization

/// The disk of one shard: points, payloads, vectors and the checkpoint of the graph, in one
/// LevelDB with the keys of ``Keyspace``.
///
/// Every operation blocks; see `Database`. One thread writes, any number read. After a failed write
/// the store is fenced: it throws ``StorageError/fenced(path:reason:)`` for ever.
///
/// Invariant: the state, the ids, payloads and vectors are always those after one applied command;
/// only the graph may lag behind.
package final class ShardStore: Sendable {
    /// What the store holds.
    package let description: ShardDescription
    /// Where it is.
    package let path: String
    let database: Database
    private let writing = Mutex(Writing())

    private struct Writing {
        /// How much was written since the last flush; see ``write(_:_:as:)``.
        var unflushedByteCount = 0
        var counts = ByteCounts()
    }

    /// How many bytes of keys and values were written since the store was opened.
    package struct ByteCounts: Sendable, Hashable {
        /// Of points, sessions and the state.
        package var points = 0
        /// Of the graph: chunks, manifests and how rows were linked.
        package var graph = 0
    }

    /// What a batch is counted as.
    enum Kind: Sendable { case points, graph }

    /// How many bytes of keys and values were written since the store was opened.
    package var byteCounts: ByteCounts { writing.withLock { $0.counts } }

    /// What LevelDB holds in memory before it begins a new log by itself, and how much of it is used.
    ///
    /// The first must never be reached; see ``Database/flush()``.
    private static let (bufferByteCount, flushByteCount) = (96 << 20, 16 << 20)
    /// About what a key and its value take in memory beyond their bytes.
    private static let entryByteCount = 64

    /// Opens the store at `path`, making it if there is none.
    ///
    /// - Throws: ``StorageError/otherShard(path:expected:found:)`` if it holds something else, and
    ///   what can go wrong with a database.
    package init(at path: String, for description: ShardDescription) throws(StorageError) {
        self.path = path
        self.description = description
        try Files.makeDirectory(at: path)
        let options = Options(writeBufferByteCount: Self.bufferByteCount)
        database = try reading { () throws(LevelDBError) in try Database(at: path, options) }
        try checkOrWriteDescription()
    }

    /// Carries out a batch, and flushes what is held in memory before LevelDB would.
    ///
    /// One write at a time, with its flush: a batch between another thread's sync and flush would be
    /// in the log that is left behind, unsynced, and batches after it would not.
    func write(
        _ batch: borrowing WriteBatch, _ durability: Database.Durability, as kind: Kind
    ) throws(StorageError) {
        try writing.withLock { writing throws(StorageError) in
            do {
                try database.write(batch, durability)
            } catch {
                throw .fenced(path: path, reason: String(describing: error))
            }
            switch kind {
            case .points: writing.counts.points += batch.byteCount
            case .graph: writing.counts.graph += batch.byteCount
            }
            writing.unflushedByteCount += batch.byteCount + batch.count * Self.entryByteCount
            if writing.unflushedByteCount >= Self.flushByteCount {
                if durability == .unsynced { try putDescription() }
                database.flush()
                writing.unflushedByteCount = 0
            }
        }
    }

    /// Makes everything durable that was written.
    package func sync() throws(StorageError) {
        try writing.withLock { _ throws(StorageError) in try putDescription() }
    }

    /// Writes something that is there already, synced: all before it is durable then.
    private func putDescription() throws(StorageError) {
        let (database, description) = (database, try encodedDescription())
        try Storage.writing(at: path) { () throws(LevelDBError) in
            try database.put(description, for: Keyspace.description, .synced)
        }
    }

    private func checkOrWriteDescription() throws(StorageError) {
        let database = database
        guard
            let bytes = try reading({ () throws(LevelDBError) in
                try database.get(Keyspace.description)
            })
        else {
            let bytes = try encodedDescription()
            return try Storage.writing(at: path) { () throws(LevelDBError) in
                try database.put(bytes, for: Keyspace.description, .synced)
            }
        }
        let found: ShardDescription
        do {
            found = try JSONDecoder().decode(ShardDescription.self, from: Data(bytes))
        } catch {
            throw .corrupted(
                path: path, what: "the description", reason: String(describing: error))
        }
        guard found == description else {
            throw .otherShard(
                path: path, expected: description.description, found: found.description)
        }
    }

    private func encodedDescription() throws(StorageError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return try Array(encoder.encode(description))
        } catch {
            preconditionFailure("numbers and strings are always JSON: \(error)")
        }
    }

    /// Removes the store at `path`, which must not be open, and all that it holds.
    package static func remove(at path: String) throws(StorageError) {
        try reading { () throws(LevelDBError) in try Database.destroy(at: path) }
        guard
            (try? FileManager.default.removeItem(atPath: path)) != nil
                || !FileManager.default.fileExists(atPath: path)  // LevelDB has removed it itself
        else { throw .unwritable(path: path, reason: "the directory cannot be removed") }
    }
}
