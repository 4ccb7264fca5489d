import Primitives
package import Raft

/// All Raft groups of one node: everything that is decided together, and nothing that is done.
///
/// A value without clock, disk or network, like the ``Core``s that it holds. Its driver carries out
/// what ``takeWork()`` hands over; the simulation drives the same value. What many groups want
/// written is one write, and what they say to one node is one message: heartbeats of a thousand
/// groups cost what those of one do.
///
/// *Invariant*: ``awake`` are the groups whose clock runs, in the order in which they woke; ``dirty``
/// those that may have something to say. Each group is in each of them once at most.
package struct MultiRaft: Sendable {
    /// The node's name, as the others know it.
    package let node: String
    /// How the groups behave.
    package let settings: ReplicationSettings
    /// Looked up, never iterated: ``ids`` has the order.
    var groups: [GroupID: Group] = [:]
    /// All groups, in order.
    package private(set) var ids: [GroupID] = []
    var dirty: [GroupID] = []
    /// The groups whose clock runs; those that sleep cost nothing.
    var awake: [GroupID] = []
    var random: SeededGenerator
    var work = Work()
    var liveness: Liveness
    /// The number of the next stream of a snapshot; random, so that no two lives share any.
    var nextStream: UInt64

    /// One group of this node.
    struct Group: Sendable {
        var core: Core
        var isDirty = false
        var isAwake = false
        /// Of a group that sleeps: the last tick that it had, and the nodes that share it.
        var sleep: (lastTick: UInt64, nodes: [String])?
        /// Which node a peer is on: told by the catalog, or seen by its messages.
        var nodes: [PeerID: String] = [:]
        /// The nodes on one of which a peer is whose node is not known: it is sent to all.
        var candidateNodes: [String] = []
        /// Who shall vote, if that is not who does; see `reconcile`.
        var wantedVoters: [PeerID]?
        /// Who votes as far as is known of those who shall; see `reconcile`.
        var knownVoters: [PeerID] = []
        /// The bytes of the entries that are kept.
        var logByteCount = 0
        /// The last index that the state machine has on the disk for certain.
        var durableIndex: LogIndex
        var isMakingDurable = false
        /// Snapshots under way to others, in the order of peers.
        var sending: [SnapshotSending] = []
        var receiving: SnapshotReceiving?
    }

    /// Makes a node without groups.
    ///
    /// - Parameter seed: Another one for each life of each node, unless a run is to be repeated.
    package init(node: String, settings: ReplicationSettings, seed: UInt64) {
        self.node = node
        self.settings = settings
        random = SeededGenerator(seed: seed)
        nextStream = random.next()
        liveness = Liveness()
    }
}

// MARK: - Groups

extension MultiRaft {
    /// Begins a group that did not exist before, or joins one.
    ///
    /// - Parameters:
    ///   - founders: Who votes first, if this peer is one of them; empty: the peer waits to be told
    ///     by the leader.
    ///   - leads: Whether this peer asks for votes at once, so that the group need not wait.
    package mutating func create(
        _ id: GroupID, peer: PeerID, founders: [PeerID], nodes: [PeerID: String],
        leads: Bool = false
    ) {
        precondition(groups[id] == nil, "group \(id) exists on node \(node)")
        let base = LogBase(configuration: Configuration(voters: founders))
        work.records.append(.reset(id, peer: peer, HardState(), base))
        insert(id, StoredLog(peer: peer, base: base), applied: 0, nodes: nodes)
        if leads { withCore(id) { $0.campaign() } }
    }

    /// Goes on with a group that the disk has.
    ///
    /// - Parameters:
    ///   - stored: What the log has of it.
    ///   - applied: What the state machine has durably; it may be ahead of the log if the node
    ///     ended while it installed a snapshot, and then counts.
    package mutating func restore(
        _ id: GroupID, stored: StoredLog, applied: LogBase, nodes: [PeerID: String]
    ) {
        precondition(groups[id] == nil, "group \(id) exists on node \(node)")
        var stored = stored
        if !stored.agrees(with: applied), !PlantedFault.snapshotWithoutLogReset.isActive {
            stored.base = applied
            stored.entries = []
            if stored.hardState.term < applied.term {
                stored.hardState = HardState(term: applied.term)
            }
            work.records.append(.reset(id, peer: stored.peer, stored.hardState, applied))
        }
        insert(
            id, stored, applied: max(stored.base.index, min(applied.index, stored.lastIndex)),
            nodes: nodes)
    }

    private mutating func insert(
        _ id: GroupID, _ stored: StoredLog, applied: LogIndex, nodes: [PeerID: String]
    ) {
        let core = Core(
            id: stored.peer, settings: settings.raft, stored: stored, applied: applied,
            seed: random.next())
        var group = Group(core: core, durableIndex: applied)
        group.nodes = nodes
        group.logByteCount = stored.entries.reduce(0) { $0 + $1.byteCount }
        groups[id] = group
        ids.insert(id, at: ids.firstIndex { id < $0 } ?? ids.endIndex)
        markDirty(id)
    }

    /// Forgets a group, on the disk too; only a committed tombstone is a reason.
    ///
    /// - Parameter isStored: Whether the disk has the group though it does not run.
    package mutating func remove(_ id: GroupID, isStored: Bool = false) {
        wake(id)
        guard groups.removeValue(forKey: id) != nil || isStored else { return }
        ids.removeAll { $0 == id }
        dirty.removeAll { $0 == id }
        awake.removeAll { $0 == id }
        work.records.append(.remove(id))
    }

    /// A group's core, to be looked at.
    package func core(_ id: GroupID) -> Core? { groups[id]?.core }

    /// Tells where peers are, and who shall vote.
    ///
    /// - Parameter knownVoters: Those of the wanted voters that vote already, as far as is known:
    ///   while one of them does not, the group was recovered offline without it, and nothing is
    ///   changed until that is known. A peer must never come back under the same number.
    package mutating func set(
        _ id: GroupID, nodes: [PeerID: String], wantedVoters: [PeerID]?,
        knownVoters: [PeerID] = []
    ) {
        wake(id)
        groups[id]?.nodes.merge(nodes) { _, new in new }
        groups[id]?.wantedVoters = wantedVoters?.sorted()
        groups[id]?.knownVoters = knownVoters
    }

    /// Tells among which nodes a peer is looked for whose node is not known.
    package mutating func set(_ id: GroupID, candidateNodes: [String]) {
        groups[id]?.candidateNodes = candidateNodes.filter { $0 != node }
    }

    /// Lets another peer take the place of the one that was on its node.
    package mutating func admit(_ node: String, as peer: PeerID, to id: GroupID) {
        guard let group = groups[id], group.core.status.role == .leader else { return }
        let voters = group.core.configuration.voters
        guard !voters.contains(peer) else { return }
        groups[id]?.nodes[peer] = node
        // Others may be on their way in as well: they are not sent back.
        let stays = (group.wantedVoters ?? voters).filter {
            $0 != peer && ($0 == group.core.id || group.nodes[$0] != node)
        }
        groups[id]?.wantedVoters = (stays + [peer]).sorted()
    }

    /// The node of a peer, as far as it is known.
    package func node(of peer: PeerID, in id: GroupID) -> String? { groups[id]?.nodes[peer] }
}

// MARK: - Asking

extension MultiRaft {
    /// See ``Core/propose(_:)``.
    package mutating func propose(
        _ id: GroupID, _ command: [UInt8]
    ) throws(Refusal) -> Position {
        try asking(id) { core throws(Refusal) in try core.propose(command) }
    }

    /// See ``Core/read(id:)``.
    package mutating func read(_ id: GroupID, read: UInt64) throws(Refusal) {
        try asking(id) { core throws(Refusal) in try core.read(id: read) }
    }

    /// See ``Core/transferLeadership(to:)``.
    package mutating func transferLeadership(
        of id: GroupID, to peer: PeerID
    ) throws(Refusal) {
        try asking(id) { core throws(Refusal) in try core.transferLeadership(to: peer) }
    }

    /// See ``Core/change(voters:learners:ifNewest:)``.
    package mutating func change(
        _ id: GroupID, voters: [PeerID], learners: [PeerID], ifNewest index: LogIndex
    ) throws(Refusal) {
        _ = try asking(id) { core throws(Refusal) in
            try core.change(voters: voters, learners: learners, ifNewest: index)
        }
    }

    /// Asks for votes at once.
    package mutating func campaign(_ id: GroupID) { withCore(id) { $0.campaign() } }

    private mutating func asking<Value>(
        _ id: GroupID, _ body: (inout Core) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        guard groups[id] != nil else { throw .notLeader(nil) }
        markDirty(id)
        // Forced: it was looked up in the line before.
        return try body(&groups[id]!.core)
    }

    mutating func withCore(_ id: GroupID, _ body: (inout Core) -> Void) {
        guard groups[id] != nil else { return }
        markDirty(id)
        body(&groups[id]!.core)
    }

    mutating func markDirty(_ id: GroupID) {
        wake(id)
        guard groups[id]?.isDirty == false else { return }
        groups[id]?.isDirty = true
        dirty.append(id)
    }
}
