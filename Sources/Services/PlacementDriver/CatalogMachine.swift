import Primitives
import Protocols
package import Raft
package import Replication
import Storage
import Synchronization

/// The catalog as the state machine of the placement group: applies commands in order and keeps the
/// catalog on disk.
///
/// One thread of its own does the writing.
package actor CatalogMachine: ReplicatedStateMachine {
    private let store: CatalogStore
    private let executor: ThreadExecutor
    /// The thread of the disk.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private nonisolated let state: Mutex<State>
    private var incoming = IncomingBytes()

    private struct State {
        var catalog: Catalog
        var applied: LogBase
    }

    /// Opens the catalog at `path`, making an empty one if there is none; blocks while it reads.
    package init(at path: String) throws {
        store = try CatalogStore(at: path)
        executor = ThreadExecutor(name: "catalog")
        let content = try store.load()
        do {
            state = Mutex(
                State(
                    catalog: try content.map { try Catalog(bytes: $0.catalog) } ?? Catalog(),
                    applied: content?.applied ?? LogBase(configuration: .empty)))
        } catch {
            throw StorageError.corrupted(
                path: path, what: "the catalog", reason: String(describing: error))
        }
    }

    /// Tells a machine that has applied nothing who was in the group from the beginning.
    package nonisolated func begin(with configuration: Configuration) {
        state.withLock { state in
            if state.applied.index == 0 { state.applied.configuration = configuration }
        }
    }

    /// The catalog after the last applied entry.
    package nonisolated var catalog: Catalog { state.withLock { $0.catalog } }
    /// The last applied entry, and who was in the group then.
    package nonisolated var applied: LogBase { state.withLock { $0.applied } }

    /// Applies entries; the result of a command is a `Result<CatalogEffect, ServiceError>`.
    package func apply(_ entries: [Entry]) throws -> [any Sendable] {
        var next = state.withLock { $0 }
        var results: [any Sendable] = []
        for entry in entries {
            next.applied.index = entry.index
            next.applied.term = entry.term
            switch entry.content {
            case .empty:
                results.append(())
            case .configuration(let configuration):
                next.applied.configuration = configuration
                results.append(())
            case .command(let bytes):
                results.append(next.catalog.apply(try CatalogCommand(bytes: bytes)))
            }
        }
        try store.save(.init(applied: next.applied, catalog: next.catalog.bytes))
        state.withLock { $0 = next }
        return results
    }

    /// Everything applied is durable already.
    package func sync() -> LogIndex { applied.index }

    /// The catalog as it is now.
    package func openSnapshot() -> any SnapshotSource {
        let now = state.withLock { $0 }
        let content = CatalogStore.Content(applied: now.applied, catalog: now.catalog.bytes)
        return BytesSnapshot(content.bytes, base: content.applied)
    }

    /// Keeps a part of the leader's catalog.
    package func storeSnapshotPart(_ bytes: [UInt8], isFirst: Bool) {
        incoming.append(bytes, isFirst: isFirst)
    }

    /// Becomes the leader's catalog.
    package func installSnapshot(_ base: LogBase) throws {
        let content: CatalogStore.Content
        let catalog: Catalog
        do {
            content = try CatalogStore.Content(bytes: incoming.take())
            catalog = try Catalog(bytes: content.catalog)
        } catch {
            throw SnapshotRejected(reason: "\(error)")
        }
        guard content.applied == base else {
            throw SnapshotRejected(reason: "it covers \(content.applied.index), not \(base.index)")
        }
        try store.save(content)
        state.withLock { $0 = State(catalog: catalog, applied: base) }
    }
}
