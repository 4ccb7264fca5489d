public import Distributed
internal import Synchronization

/// An actor that registered under a key, as it travels.
struct ReceptionistEntry: Sendable, Hashable {
    var key: String
    var name: String
    var incarnation: Incarnation?
}

/// Finds actors by key on all nodes that this one is connected with.
///
/// Every node tells every peer its own list when they connect and when it changes; a node that is
/// lost takes its entries with it.
public final class Receptionist: Sendable {
    /// Names the actors of one purpose and their contract.
    public struct Key<Act: DistributedActor>: Sendable, Hashable
    where Act.ActorSystem == ClusterActorSystem {
        /// What travels.
        public let name: String
        /// Makes a key.
        public init(_ name: String, for type: Act.Type = Act.self) { self.name = name }
    }

    private struct State {
        var version: UInt64 = 0
        var local: Set<ReceptionistEntry> = []
        var remote: [NodeID: (version: UInt64, entries: Set<ReceptionistEntry>)] = [:]
        var subscribers:
            [UInt64: (key: String, continuation: AsyncStream<Set<ActorID>>.Continuation)] = [:]
        var nextSubscriber: UInt64 = 0
    }

    private let state = Mutex(State())
    private let node: NodeID
    /// Tells all peers the new list.
    private let publish: @Sendable (ControlEnvelope) -> Void

    init(node: NodeID, publish: @escaping @Sendable (ControlEnvelope) -> Void) {
        self.node = node
        self.publish = publish
    }

    /// The most actors that one node may register.
    static let maxEntryCount = 10_000

    /// Makes an actor of this node known to all nodes.
    public func register<Act>(_ actor: Act, as key: Key<Act>) {
        guard actor.id.node == node else {
            preconditionFailure("\(actor.id) is not an actor of \(node); register it there")
        }
        change { $0.insert(entry(actor.id, key.name)) }
    }

    /// Takes back ``register(_:as:)``.
    ///
    /// An actor that ends is forgotten by itself.
    public func deregister<Act>(_ actor: Act, from key: Key<Act>) {
        change { $0.remove(entry(actor.id, key.name)) }
    }

    /// The actors that are registered now, in the order of their IDs.
    public func lookup<Act>(_ key: Key<Act>, using system: ClusterActorSystem) throws -> [Act] {
        try ids(key.name).map { try Act.resolve(id: $0, using: system) }
    }

    /// The IDs of the registered actors: those of now, and again after every change.
    public func listings<Act>(of key: Key<Act>) -> AsyncStream<Set<ActorID>> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Set<ActorID>.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextSubscriber += 1
            state.subscribers[state.nextSubscriber] = (key.name, continuation)
            continuation.yield(Set(ids(key.name, state)))
            return state.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.subscribers.removeValue(forKey: number) }
        }
        return stream
    }

    private func entry(_ id: ActorID, _ key: String) -> ReceptionistEntry {
        ReceptionistEntry(key: key, name: id.name, incarnation: id.incarnation)
    }

    private func change(_ body: (inout Set<ReceptionistEntry>) -> Void) {
        let listing: ControlEnvelope? = state.withLock { state in
            let before = state.local
            body(&state.local)
            guard state.local != before else { return nil }
            precondition(
                state.local.count <= Self.maxEntryCount,
                "more than \(Self.maxEntryCount) actors are registered on \(node)")
            state.version += 1
            tell(state)
            return envelope(state)
        }
        if let listing { publish(listing) }
    }

    /// What to tell a peer that has just connected.
    var listing: ControlEnvelope { state.withLock { envelope($0) } }

    private func envelope(_ state: State) -> ControlEnvelope {
        .listing(
            version: state.version,
            state.local.sorted { ($0.key, $0.name) < ($1.key, $1.name) })
    }

    /// A peer has told its list.
    func merge(_ entries: [ReceptionistEntry], version: UInt64, from node: NodeID) {
        state.withLock { state in
            // Two links may bring lists out of order.
            if let known = state.remote[node], known.version >= version { return }
            state.remote[node] = (version, Set(entries.prefix(Self.maxEntryCount)))
            tell(state)
        }
    }

    /// A peer is gone.
    func forget(_ node: NodeID) {
        state.withLock { state in
            if state.remote.removeValue(forKey: node) != nil { tell(state) }
        }
    }

    /// An actor of this node has ended.
    func forget(actorNamed name: String) {
        change { entries in entries = entries.filter { $0.name != name } }
    }

    private func ids(_ key: String) -> [ActorID] { state.withLock { ids(key, $0) } }

    private func ids(_ key: String, _ state: State) -> [ActorID] {
        var ids: [ActorID] = []
        func add(_ entries: Set<ReceptionistEntry>, of node: NodeID) {
            for entry in entries where entry.key == key {
                ids.append(
                    ActorID(node: node, name: entry.name, incarnation: entry.incarnation))
            }
        }
        add(state.local, of: node)
        for (node, remote) in state.remote { add(remote.entries, of: node) }
        return ids.sorted { ($0.node, $0.name) < ($1.node, $1.name) }
    }

    private func tell(_ state: State) {
        for (key, continuation) in state.subscribers.values {
            continuation.yield(Set(ids(key, state)))
        }
    }
}
