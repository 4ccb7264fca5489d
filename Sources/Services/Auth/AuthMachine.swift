import FoundationEssentials
import Primitives
import Protocols
package import Raft
package import Replication
import Storage
import Synchronization

/// The auth state as the state machine of the auth group.
///
/// Commands are applied in memory; the whole state is written when the log wants to be cut, because the
/// log has what came since. So a login costs no more disk with ten thousand users than with one.
package actor AuthMachine: ReplicatedStateMachine {
    private let store: CatalogStore
    private let executor: ThreadExecutor
    /// The thread of the disk.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private nonisolated let content: Mutex<Content>
    private nonisolated let hash = Mutex<(revision: UInt64, hash: String)?>(nil)
    private var incoming = IncomingBytes()

    private struct Content {
        var state: AuthState
        var applied: LogBase
    }

    /// Opens the store at `path`, making an empty one if there is none; blocks while it reads.
    package init(at path: String) throws {
        store = try CatalogStore(at: path, of: "the auth state")
        executor = ThreadExecutor(name: "auth")
        let stored = try store.load()
        do {
            content = Mutex(
                Content(
                    state: try stored.map { try AuthState(bytes: $0.catalog) } ?? AuthState(),
                    applied: stored?.applied ?? LogBase(configuration: .empty)))
        } catch {
            throw StorageError.corrupted(
                path: path, what: "the auth state", reason: String(describing: error))
        }
    }

    /// Tells a machine that has applied nothing who was in the group from the beginning.
    package nonisolated func begin(with configuration: Configuration) {
        content.withLock { content in
            if content.applied.index == 0 { content.applied.configuration = configuration }
        }
    }

    /// The state after the last applied entry.
    package nonisolated var state: AuthState { content.withLock { $0.state } }
    /// The last applied entry, and who was in the group then.
    package nonisolated var applied: LogBase { content.withLock { $0.applied } }

    /// A hash of the state; made once for each revision.
    package nonisolated var stateHash: String {
        let state = state
        if let known = hash.withLock({ $0 }), known.revision == state.revision {
            return known.hash
        }
        let made = state.stateHash
        hash.withLock { $0 = (state.revision, made) }
        return made
    }

    /// Applies entries; the result of a command is a `Result<AuthEffect, ServiceError>`.
    package func apply(_ entries: [Entry]) throws -> [any Sendable] {
        // Read before anything is changed: an entry that cannot be read fences the node.
        let commands = try entries.map { entry -> AuthCommand? in
            guard case .command(let bytes) = entry.content else { return nil }
            return try AuthCommand(bytes: bytes)
        }
        return content.withLock { content in
            zip(entries, commands).map { entry, command -> any Sendable in
                content.applied.index = entry.index
                content.applied.term = entry.term
                if case .configuration(let configuration) = entry.content {
                    content.applied.configuration = configuration
                }
                return command.map { content.state.apply($0) } ?? ()
            }
        }
    }

    /// Writes all that was applied.
    package func sync() throws -> LogIndex {
        let now = content.withLock { $0 }
        try store.save(.init(applied: now.applied, catalog: now.state.bytes))
        return now.applied.index
    }

    /// The state as it is now.
    package func openSnapshot() -> any SnapshotSource {
        let now = content.withLock { $0 }
        let stored = CatalogStore.Content(applied: now.applied, catalog: now.state.bytes)
        return BytesSnapshot(stored.bytes, base: stored.applied)
    }

    /// Keeps a part of the leader's state.
    package func storeSnapshotPart(_ bytes: [UInt8], isFirst: Bool) {
        incoming.append(bytes, isFirst: isFirst)
    }

    /// Becomes the leader's state.
    package func installSnapshot(_ base: LogBase) throws {
        let stored: CatalogStore.Content
        let state: AuthState
        do {
            stored = try CatalogStore.Content(bytes: incoming.take())
            state = try AuthState(bytes: stored.catalog)
        } catch {
            throw SnapshotRejected(reason: "\(error)")
        }
        guard stored.applied == base else {
            throw SnapshotRejected(reason: "it covers \(stored.applied.index), not \(base.index)")
        }
        try store.save(stored)
        content.withLock { $0 = Content(state: state, applied: base) }
    }
}
