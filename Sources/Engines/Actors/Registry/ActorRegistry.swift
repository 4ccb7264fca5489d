internal import Distributed
internal import Synchronization

/// The actors of this node, by name.
///
/// Well-known actors are kept alive; anonymous ones live as long as somebody else holds them.
final class ActorRegistry: Sendable {
    /// An actor, and how calls to its type are dispatched.
    struct Entry: Sendable {
        private weak var weakActor: (any DistributedActor)?
        private var strongActor: (any DistributedActor)?
        let targets: TargetTable
        /// Nil for a well-known actor, which answers in every life of its node.
        let incarnation: Incarnation?

        var actor: (any DistributedActor)? { strongActor ?? weakActor }

        init(
            _ actor: any DistributedActor, isKept: Bool, targets: TargetTable,
            incarnation: Incarnation?
        ) {
            if isKept { strongActor = actor } else { weakActor = actor }
            self.targets = targets
            self.incarnation = incarnation
        }
    }

    private struct State {
        var reserved: Set<String> = []
        var entries: [String: Entry] = [:]
        var nextNumber: UInt64 = 1
    }

    private let state = Mutex(State())

    /// Reserves a well-known name, which must be free.
    func reserve(_ name: String) {
        let isFree = state.withLock { $0.reserved.insert(name).inserted }
        precondition(isFree, "an actor named \(name.debugDescription) is hosted already")
    }

    /// Reserves a name for an anonymous actor.
    func reserveAnonymous(_ type: String) -> String {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            let name = "$\(type)-\(state.nextNumber)"
            state.reserved.insert(name)
            return name
        }
    }

    /// Makes an actor reachable under the name that was reserved for it.
    func add(_ entry: Entry, named name: String) {
        state.withLock { $0.entries[name] = entry }
    }

    /// The actor of that name, if it lives and is of that incarnation.
    func entry(named name: String, incarnation: Incarnation?) -> Entry? {
        state.withLock { state in
            guard let entry = state.entries[name], entry.incarnation == incarnation else {
                return nil
            }
            return entry
        }
    }

    /// Whether a well-known actor has that name: one that the registry keeps alive.
    func keeps(_ name: String) -> Bool {
        state.withLock { $0.entries[name].map { $0.incarnation == nil } ?? false }
    }

    /// Forgets an actor.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func remove(_ name: String) -> Bool {
        // The entry is released outside the lock: its actor's `deinit` comes back to `remove`.
        let entry = state.withLock { state in
            state.reserved.remove(name)
            return state.entries.removeValue(forKey: name)
        }
        return entry != nil
    }

    /// Forgets all actors.
    func removeAll() {
        let entries = state.withLock { state in
            defer { state.entries = [:] }
            return state.entries
        }
        withExtendedLifetime(entries) {}
    }
}
