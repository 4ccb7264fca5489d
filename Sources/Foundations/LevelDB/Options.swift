/// How a ``Database`` is opened.
public struct Options: Sendable, Hashable {
    /// What to do where there is no database yet.
    public enum Absence: Sendable, Hashable {
        /// Make an empty one.
        case create
        /// Throw ``LevelDBError/missing(path:)``.
        case fail
    }

    /// What to do where there is no database yet.
    public var absence: Absence
    /// How many bytes of writes are held in memory before they go into a table file.
    public var writeBufferByteCount: Int
    /// How many bytes of table blocks are kept in memory.
    public var cacheByteCount: Int
    /// How many bits per key the filters take that spare a read for absent keys; 0 for none.
    public var filterBitsPerKey: Int
    /// How many files LevelDB keeps open.
    public var maxOpenFileCount: Int
    /// About how many bytes a block of a table has.
    public var blockByteCount: Int

    /// Makes options; what is not said is sized for a shard among tens in one process.
    ///
    /// Checksums are always verified and a damaged log always refuses to open ("paranoid checks"):
    /// without them LevelDB 1.23 drops what follows the damage and reports success.
    public init(
        absence: Absence = .create, writeBufferByteCount: Int = 8 << 20,
        cacheByteCount: Int = 8 << 20, filterBitsPerKey: Int = 10, maxOpenFileCount: Int = 256,
        blockByteCount: Int = 4 << 10
    ) {
        self.absence = absence
        self.writeBufferByteCount = writeBufferByteCount
        self.cacheByteCount = cacheByteCount
        self.filterBitsPerKey = filterBitsPerKey
        self.maxOpenFileCount = maxOpenFileCount
        self.blockByteCount = blockByteCount
    }
}
