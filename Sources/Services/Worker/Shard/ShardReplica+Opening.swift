package import Logging
package import Primitives
package import Protocols
package import Raft
package import Replication
package import Storage
import Synchronization

extension ShardReplica {
    /// Opens the replica in `directory`, making it if there is none.
    ///
    /// Runs on a thread of `openers`, for as long as it takes to read the store and, without a sound
    /// checkpoint, to build the graph. It answers once it was added to `engine`.
    ///
    /// - Parameters:
    ///   - path: The directory of the shard.
    ///   - description: What the store must hold.
    ///   - id: Which replica of the shard it is.
    ///   - engine: Drives the group.
    ///   - executor: The thread of the writer; replicas may share one.
    ///   - readers: The threads of reads and searches.
    ///   - openers: The threads on which stores are opened.
    ///   - checkpointers: The threads on which graphs are written.
    ///   - measurers: The threads on which recall is measured.
    ///   - budget: What the indexes of all replicas may take of memory.
    package static func open(
        at path: String, for description: ShardDescription, id: ReplicaID,
        engine: ReplicationEngine, executor: ThreadExecutor, readers: ThreadPool,
        openers: ThreadPool, checkpointers: ThreadPool, measurers: ThreadPool,
        budget: MemoryBudget, logger: Logger
    ) async throws -> ShardReplica {
        try await openers.run {
            let directory = try ShardDirectory(at: path)
            let number = try directory.current()
            try directory.removeOthers()
            let opened = try OpenedShard(
                number: number, at: directory.storePath(number), for: description,
                logger: logger)
            return ShardReplica(
                opened, description: description, id: id, directory: directory, engine: engine,
                executor: executor, readers: readers, openers: openers,
                checkpointers: checkpointers, measurers: measurers,
                budget: budget, logger: logger)
        }
    }
}

extension OpenedShard {
    /// Opens a store with its index and its state machine; blocks.
    init(
        number: UInt64, at path: String, for description: ShardDescription, logger: Logger
    ) throws {
        let store = try ShardStore(at: path, for: description)
        var rows: [PointID: ShardStateMachine.Row] = [:]
        let index = try ShardIndex.restore(from: store, logger: logger) { row, id, hash in
            rows[id] = ShardStateMachine.Row(row: row, hash: hash)
        }
        self.number = number
        content = ShardContent(store: store, index: index)
        machine = ShardStateMachine(
            state: try store.state(), rows: rows, sessions: try SessionTable(from: store))
    }
}

// MARK: - Snapshots

extension ShardReplica {
    /// Begins to read a snapshot, between two batches.
    package func openSnapshot() throws -> any SnapshotSource {
        ShardSnapshotSource(try ShardSnapshotReader(of: content.store), openers: openers)
    }

    /// Keeps a part of the leader's snapshot in a store beside the present one.
    package func storeSnapshotPart(_ bytes: [UInt8], isFirst: Bool) throws {
        if isFirst {
            incoming = nil  // closed before it is removed
            incoming = try ShardSnapshotWriter(at: directory.storePath(storeNumber + 1))
        }
        try incoming?.add(bytes)
    }

    /// Makes the store that came the one that counts.
    package func installSnapshot(_ base: LogBase) throws {
        try incoming?.finish()
        incoming = nil
        let number = storeNumber + 1
        let opened = try OpenedShard(
            number: number, at: directory.storePath(number), for: description, logger: logger)
        guard opened.machine.state.applied == base else {
            throw SnapshotRejected(
                reason: "it covers \(opened.machine.state.applied.index), not \(base.index)")
        }
        try directory.setCurrent(number)
        storeNumber = number
        machine = opened.machine
        policy = CheckpointPolicy(changeCount: opened.content.index.linkedAgainCount)
        shared.withLock { $0.content = opened.content }
        publish()
        logger.info(
            "a snapshot was installed",
            metadata: ["shard.id": "\(description.shard)", "raft.index": "\(base.index)"])
    }

    /// Removes stores that do not count any more, once nobody reads them.
    func removeOldStores() {
        // What is still in use, or cannot be removed, waits for the next time.
        if incoming == nil { try? directory.removeOthers() }
    }
}

/// A snapshot of a shard, read on the threads that may block.
private final class ShardSnapshotSource: SnapshotSource {
    let base: LogBase
    private let reader: ShardSnapshotReader
    private let openers: ThreadPool

    init(_ reader: ShardSnapshotReader, openers: ThreadPool) {
        base = reader.base
        self.reader = reader
        self.openers = openers
    }

    func next(maxByteCount: Int) async throws -> (bytes: [UInt8], isLast: Bool) {
        try await openers.run { [reader] in try reader.next(maxByteCount: maxByteCount) }
    }
}
