import LevelDB
import Primitives
import Raft
import Synchronization

/// The store of all groups of a node: keys begin with the group.
///
/// Written as a worker writes a shard: unsynced batches, and a sync and a flush before LevelDB begins
/// a new log by itself.
final class BenchStore: Sendable {
    let database: Database
    /// How often the disk was waited for.
    let syncCount = Atomic<UInt64>(0)
    private let unflushedByteCount = Atomic(0)

    private static let (bufferByteCount, flushByteCount) = (96 << 20, 16 << 20)

    init(at path: String) throws {
        database = try Database(at: path, Options(writeBufferByteCount: Self.bufferByteCount))
    }

    func write(_ batch: borrowing WriteBatch) throws {
        try database.write(batch, .unsynced)
        let byteCount = batch.byteCount + 64 * batch.count
        let total = unflushedByteCount.add(byteCount, ordering: .relaxed).newValue
        guard total >= Self.flushByteCount else { return }
        unflushedByteCount.store(0, ordering: .relaxed)
        try sync()
        database.flush()
    }

    func sync() throws {
        syncCount.add(1, ordering: .relaxed)
        try database.put([], for: [0], .synced)
    }

    /// How far a group is, as of the last batch.
    func applied(of group: GroupID) throws -> LogBase {
        guard let bytes = try database.get(Self.appliedKey(group)) else {
            return LogBase(configuration: .empty)
        }
        var reader = ByteReader(bytes)
        return try LogBase(from: &reader)
    }

    /// Where it stands how far a group is: `01`, group.
    static func appliedKey(_ group: GroupID) -> [UInt8] { [1] + group.rawValue.bigEndianBytes }

    /// What the keys of a group begin with: `02`, group.
    static func prefix(of group: GroupID) -> [UInt8] { [2] + group.rawValue.bigEndianBytes }
}

extension UInt64 {
    /// The number such that the order of bytes is that of numbers.
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension LogBase {
    /// The base as `Raft` writes it.
    var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }
}
