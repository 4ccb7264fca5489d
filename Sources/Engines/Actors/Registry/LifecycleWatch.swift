internal import Synchronization

/// Why an actor counts as ended.
public enum Termination: Sendable, Hashable {
    /// It was deinitialised or no longer hosted, or was never there.
    case ended
    /// Its node was lost or restarted; a well-known actor may be there again.
    case nodeLost(reason: String)
}

/// Who waits for the end of which actor.
final class LifecycleWatch: Sendable {
    private typealias Waiter = (
        actor: ActorID, continuation: CheckedContinuation<Termination, any Error>
    )

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
        /// The nodes that want to know of the end of an actor here, by its name.
        var watchers: [String: Set<NodeID>] = [:]
    }

    private let state = Mutex(State())

    /// The most actors here that other nodes may watch.
    private static let maxWatchCount = 100_000

    func nextNumber() -> UInt64 {
        state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
    }

    func wait(
        _ number: UInt64, for actor: ActorID,
        continuation: CheckedContinuation<Termination, any Error>
    ) {
        state.withLock { $0.waiters[number] = (actor, continuation) }
    }

    func cancel(_ number: UInt64) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// An actor has ended.
    func ended(_ actor: ActorID) {
        end(.ended) { $0 == actor }
    }

    /// A node is gone, and all its actors with it.
    func lost(_ node: NodeID, reason: String) {
        end(.nodeLost(reason: reason)) { $0.node == node }
    }

    private func end(_ termination: Termination, _ isMeant: (ActorID) -> Bool) {
        let ended = state.withLock { state in
            let ended = state.waiters.filter { isMeant($0.value.actor) }
            for number in ended.keys { state.waiters[number] = nil }
            return ended.values.map(\.continuation)
        }
        for continuation in ended { continuation.resume(returning: termination) }
    }

    /// Another node wants to know when an actor here ends.
    func watch(actorNamed name: String, for node: NodeID) {
        state.withLock { state in
            guard state.watchers[name] != nil || state.watchers.count < Self.maxWatchCount
            else { return }
            state.watchers[name, default: []].insert(node)
        }
    }

    /// Who wants to know of the end of an actor here; they are told once.
    func takeWatchers(ofActorNamed name: String) -> [NodeID] {
        state.withLock { state in (state.watchers.removeValue(forKey: name) ?? []).sorted() }
    }

    /// A node is gone: it does not want to know any more.
    func forget(_ node: NodeID) {
        state.withLock { state in
            for name in state.watchers.keys {
                state.watchers[name]?.remove(node)
                if state.watchers[name]?.isEmpty == true { state.watchers[name] = nil }
            }
        }
    }

    func close() {
        let all = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters.values.map(\.continuation)
        }
        for continuation in all { continuation.resume(throwing: ActorSystemError.shutDown) }
    }
}
