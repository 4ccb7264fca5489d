import LevelDB
import Primitives
import Raft
import Replication
import Synchronization

/// The state machine of a group: keys and values.
///
/// Does what a shard does with its store, and nothing else: one batch for all entries that wait.
actor BenchMachine: ReplicatedStateMachine {
    private let group: GroupID
    private let store: BenchStore
    private let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private var applied: LogBase
    /// The parts of a snapshot that comes; a benchmark has few keys, so they are kept in memory.
    private var incoming: [UInt8] = []

    init(_ group: GroupID, in store: BenchStore, on executor: ThreadExecutor) throws {
        self.group = group
        self.store = store
        self.executor = executor
        applied = try store.applied(of: group)
    }

    /// A command: the key, then the value.
    static func command(key: UInt64, value: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 8 + value.count)
        writer.write(key)
        value.withUnsafeBytes { writer.append($0) }
        return writer.bytes
    }

    func apply(_ entries: [Entry]) throws -> [any Sendable] {
        var batch = WriteBatch()
        let prefix = BenchStore.prefix(of: group)
        for entry in entries {
            applied.index = entry.index
            applied.term = entry.term
            switch entry.content {
            case .empty: break
            case .configuration(let configuration): applied.configuration = configuration
            case .command(let bytes):
                bytes.withUnsafeBytes { bytes in
                    // A command has at least a key; `put` alone makes them.
                    let value = UnsafeRawBufferPointer(rebasing: bytes[8...])
                    batch.put(value, for: prefix + bytes[..<8])
                }
            }
        }
        batch.put(applied.bytes, for: BenchStore.appliedKey(group))
        try store.write(batch)
        return entries.map(\.index)
    }

    func sync() throws -> LogIndex {
        try store.sync()
        return applied.index
    }

    // MARK: - Snapshots

    func openSnapshot() throws -> any SnapshotSource {
        var writer = ByteWriter()
        let prefix = BenchStore.prefix(of: group)
        try store.database.forEach(withPrefix: prefix) { key, value in
            writer.write(counted: Array(key))
            writer.write(counted: Array(value))
        }
        return BenchSnapshot(base: applied, bytes: writer.bytes)
    }

    func storeSnapshotPart(_ bytes: [UInt8], isFirst: Bool) {
        if isFirst { incoming = [] }
        incoming += bytes
    }

    func installSnapshot(_ base: LogBase) throws {
        var batch = WriteBatch()
        try store.database.forEach(withPrefix: BenchStore.prefix(of: group)) { key, _ in
            batch.delete(Array(key))
        }
        var reader = ByteReader(incoming)
        incoming = []
        while reader.remainingCount > 0 {
            let key = try reader.readCounted()
            batch.put(try reader.readCounted(), for: key)
        }
        batch.put(base.bytes, for: BenchStore.appliedKey(group))
        try store.write(batch)
        try store.sync()
        applied = base
    }
}

/// All keys of a group at one moment.
private final class BenchSnapshot: SnapshotSource {
    let base: LogBase
    private let bytes: [UInt8]
    private let offset = Mutex(0)

    init(base: LogBase, bytes: [UInt8]) {
        self.base = base
        self.bytes = bytes
    }

    func next(maxByteCount: Int) -> (bytes: [UInt8], isLast: Bool) {
        offset.withLock { offset in
            let end = min(bytes.count, offset + maxByteCount)
            defer { offset = end }
            return (Array(bytes[offset..<end]), end == bytes.count)
        }
    }
}
