import CLevelDB
import Synchronization

/// A LevelDB database: an ordered map from bytes to bytes in a directory.
///
/// **Every operation blocks** the calling thread, for microseconds or, with an fsync or a stalled
/// compaction behind it, for tens of milliseconds and more. Callers keep it off the cooperative
/// pool: it is used from threads of its own (`ThreadExecutor`).
///
/// **Fencing.** LevelDB 1.23 goes on after a failed write to its log and then loses what it
/// acknowledges. Therefore the first failed write fences the handle: every later write throws
/// ``LevelDBError/fenced(path:cause:)``, reads still work, and only opening the database again, best in
/// a new process, makes it writable. A write that failed may still be there afterwards: an error
/// means "unknown", never "not written".
///
/// Thread safety: any thread may call anything at any time; writes are done one after another.
/// The database is closed when the last reference to it, to its snapshots and iterators is gone.
public final class Database: @unchecked Sendable {
    // The pointers never change; LevelDB's handle may be used from all threads at once; the fence
    // is guarded by its mutex.

    /// Where the database is.
    public let path: String
    let pointer: OpaquePointer
    private let options: OpenOptions
    /// Why the handle writes no more; the lock is held during each write, so that no write begins
    /// between another's failure and the fence.
    private let fence = Mutex<String?>(nil)

    /// Opens the database at `path`, a directory.
    ///
    /// - Throws: ``LevelDBError/locked(path:)`` if it is open elsewhere, and others.
    public init(at path: String, _ options: Options = Options()) throws(LevelDBError) {
        let openOptions = OpenOptions(options)
        guard
            let pointer = try checked(at: path, { leveldb_open(openOptions.pointer, path, $0) })
        else {
            preconditionFailure("LevelDB opened \(path) without a handle and without an error")
        }
        self.path = path
        self.pointer = pointer
        self.options = openOptions
    }

    deinit { leveldb_close(pointer) }

    /// Removes the database at `path`, which must not be open, and all that it holds.
    public static func destroy(at path: String) throws(LevelDBError) {
        let options = OpenOptions(Options())
        try checked(at: path) { leveldb_destroy_db(options.pointer, path, $0) }
    }

    /// The state at this moment.
    public func snapshot() -> Snapshot { Snapshot(of: self) }
}

// MARK: - Writing

extension Database {
    /// When a write returns.
    public enum Durability: Sendable, Hashable {
        /// Once it is on the disk: it survives a crash of the machine.
        case synced
        /// Once the operating system has it: it survives a crash of the process only.
        case unsynced
    }

    /// Carries out all writes of a batch, or none.
    ///
    /// - Throws: ``LevelDBError/fenced(path:cause:)`` if an earlier write failed. Any other error fences
    ///   the handle.
    public func write(
        _ batch: borrowing WriteBatch, _ durability: Durability
    ) throws(LevelDBError) {
        let options: OpaquePointer = leveldb_writeoptions_create()
        defer { leveldb_writeoptions_destroy(options) }
        leveldb_writeoptions_set_sync(options, durability == .synced ? 1 : 0)
        let batch = batch.pointer
        try fence.withLock { cause throws(LevelDBError) in
            if let cause { throw .fenced(path: path, cause: cause) }
            do throws(LevelDBError) {
                try checked(at: path) { leveldb_write(pointer, options, batch, $0) }
            } catch {
                cause = String(describing: error)
                throw error
            }
        }
    }

    /// Makes `key` have `value`.
    public func put(
        _ value: [UInt8], for key: [UInt8], _ durability: Durability
    ) throws(LevelDBError) {
        var batch = WriteBatch()
        batch.put(value, for: key)
        try write(batch, durability)
    }

    /// Makes `key` have no value.
    public func delete(_ key: [UInt8], _ durability: Durability) throws(LevelDBError) {
        var batch = WriteBatch()
        batch.delete(key)
        try write(batch, durability)
    }

    /// Moves what is held in memory into a table file, and begins a new log; no key is compacted.
    ///
    /// LevelDB does not sync the log that it leaves behind when its write buffer is full, so that a
    /// crash of the machine could lose unsynced writes from the middle: those at the end of the old
    /// log, but not those of the new one. Whoever writes unsynced keeps below
    /// ``Options/writeBufferByteCount`` and calls this behind a synced write.
    public func flush() {
        // Of a range without keys only the buffer is left to do.
        let key: [UInt8] = [UInt8](repeating: .max, count: 16)
        key.withCharacters { start, count in
            leveldb_compact_range(pointer, start, count, start, count)
        }
    }

    /// Whether a write failed, so that the handle writes no more.
    public var isFenced: Bool { fence.withLock { $0 != nil } }
}

// MARK: - Reading

extension Database {
    /// The value of `key`, or nil.
    public func get(
        _ key: [UInt8], in snapshot: Snapshot? = nil
    ) throws(LevelDBError) -> [UInt8]? {
        try withValue(of: key, in: snapshot) { bytes in bytes.map { Array($0) } }
    }

    /// Hands the value of `key`, or nil, to `body` without copying it; the bytes are gone when
    /// `body` returns.
    public func withValue<Value>(
        of key: [UInt8], in snapshot: Snapshot? = nil,
        _ body: (UnsafeRawBufferPointer?) -> Value
    ) throws(LevelDBError) -> Value {
        precondition(
            snapshot == nil || snapshot?.database === self, "a snapshot of another database")
        let options = ReadOptions(snapshot: snapshot, fillsCache: true)
        var valueCount = 0
        let value = try checked(at: path) { report in
            key.withCharacters { key, keyCount in
                leveldb_get(pointer, options.pointer, key, keyCount, &valueCount, report)
            }
        }
        guard let value else { return body(nil) }
        defer { leveldb_free(value) }
        // LevelDB says how many bytes it has allocated at `value`.
        return body(UnsafeRawBufferPointer(start: value, count: valueCount))
    }

    /// About how many bytes the keys from `lower` to before `upper` take on the disk, without what
    /// is still in the write buffer.
    public func approximateByteCount(from lower: [UInt8], to upper: [UInt8]) -> UInt64 {
        var size: UInt64 = 0
        lower.withCharacters { lower, lowerCount in
            upper.withCharacters { upper, upperCount in
                var (lower, upper) = (Optional(lower), Optional(upper))
                var (lowerCount, upperCount) = (lowerCount, upperCount)
                leveldb_approximate_sizes(
                    pointer, 1, &lower, &lowerCount, &upper, &upperCount, &size)
            }
        }
        return size
    }
}
