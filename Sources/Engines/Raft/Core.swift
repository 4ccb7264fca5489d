public import Primitives

/// One peer of one Raft group: everything that it decides, and nothing that it does.
///
/// A value without clock, disk, network or randomness of its own: what happens to it comes in by its
/// methods, what it wants done goes out by ``takeReady()``. The same calls in the same order give
/// the same results, bit for bit.
///
/// *Source*: Ongaro and Ousterhout 2014, figure 2; Ongaro 2014, chapters 3, 4, 6 and 9. Differs from
/// the paper: pre-vote and check-quorum are always on, changes of members are always joint, and a
/// peer's own writes become durable beside its messages.
///
/// *Invariants*: ``violatedInvariant``.
public struct Core: Sendable {
    /// Which peer this is.
    public let id: PeerID
    let settings: Settings
    var random: SeededGenerator

    /// Term and vote; durable before anybody hears of them.
    public internal(set) var hardState: HardState
    var log: Log
    /// What the peer does.
    var role = Status.Role.follower
    /// Who leads in this term, if it is known.
    var leader: PeerID?

    /// The last index that is known to be committed.
    public internal(set) var commitIndex: LogIndex
    /// The last index that the driver has applied.
    public internal(set) var appliedIndex: LogIndex
    /// The last index that was given to the driver to be applied.
    var deliveredIndex: LogIndex

    var clock = Clock()
    /// Who has answered in this (pre-)election; only looked up, never iterated.
    var votes: [PeerID: Bool] = [:]
    /// What the leader knows of the others; only looked up, never iterated.
    var progress: [PeerID: Progress] = [:]
    /// What the leader is about.
    var leadership = Leadership()
    var reads = Reads()
    var writing = Writing()
    var ready = Ready()
    /// The status that the driver was told last.
    var toldStatus: Status?
    /// Whether the clock stands, because nothing is to be done.
    public internal(set) var isQuiescent = false

    /// What the ticks have brought.
    struct Clock: Sendable {
        /// All ticks of this life.
        var tick: UInt64 = 0
        /// Since the leader was heard.
        var sinceContact = 0
        /// Since the last (pre-)election began or the leader was heard.
        var sinceElection = 0
        /// After how many of these the peer wants to lead.
        var electionTimeout = 0
        /// Of a leader: since its last heartbeat.
        var sinceHeartbeat = 0
        /// Of a leader: since it last checked that a quorum hears it.
        var sinceQuorumCheck = 0
        /// Since something other than heartbeats happened.
        var sinceActivity = 0
    }

    /// What a leader keeps of its own term.
    struct Leadership: Sendable {
        /// Its first entry; once it is committed the leader knows what is committed.
        var firstIndex: LogIndex = 0
        var uncommittedByteCount = 0
        var transfer: Transfer?
        /// Whether somebody may begin an election in spite of a lease.
        var mayBeChallenged = false
    }

    struct Transfer: Sendable {
        var target: PeerID
        var tickCount = 0
    }

    /// What was given to be written, and what waits for it.
    struct Writing: Sendable {
        /// The number of the last write that was given.
        var lastNumber: UInt64 = 0
        /// The number of the last write that is durable.
        var persistedNumber: UInt64 = 0
        /// The writes under way.
        var underWay: [(number: UInt64, lastIndex: LogIndex, lastTerm: Term)] = []
        /// The write that had the newest term and vote.
        var hardStateNumber: UInt64 = 0
        /// Whether term or vote have changed since the last write was given.
        var isHardStateNew = false
        /// What must not be said before a write is durable.
        var held: [(number: UInt64, message: Message)] = []
        /// What the leader is to be told once it is durable.
        var acknowledgement: (leader: PeerID, through: LogIndex)?
    }

    /// Starts a peer.
    ///
    /// - Parameters:
    ///   - id: Which peer this is.
    ///   - settings: The same for all peers of the group.
    ///   - stored: What is durable.
    ///   - applied: The last index that the state machine has durably; in the stored log or its base.
    ///   - seed: Different for each life of each peer, unless a run is to be repeated.
    public init(id: PeerID, settings: Settings, stored: StoredLog, applied: LogIndex, seed: UInt64)
    {
        precondition(
            stored.base.index <= applied && applied <= stored.lastIndex,
            """
            index \(applied) was applied, the log reaches from \(stored.base.index) \
            to \(stored.lastIndex)
            """)
        precondition(id == stored.peer, "peer \(id) cannot go on with the log of \(stored.peer)")
        self.id = id
        self.settings = settings
        random = SeededGenerator(seed: seed)
        hardState = stored.hardState
        if PlantedFault.voteForgottenAtRestart.isActive { hardState.vote = nil }
        log = Log(stored)
        commitIndex = applied
        appliedIndex = applied
        deliveredIndex = applied
        // Unique among all lives: an answer to a request of a former life must match none of ours.
        reads.nextRequest = random.next()
        drawElectionTimeout()
    }
}

// MARK: - What it is

extension Core {
    /// Role, term and leader.
    public var status: Status { Status(role: role, term: hardState.term, leader: leader) }
    /// The newest configuration in the log.
    public var configuration: Configuration { log.configuration }
    /// Where it stands; what a change of members is compared with.
    public var configurationIndex: LogIndex { log.configurationIndex }
    /// The last index of the log.
    public var lastIndex: LogIndex { log.lastIndex }
    /// The last index that is durable here.
    public var persistedIndex: LogIndex { log.persistedIndex }
    /// Where the log begins.
    public var base: LogBase { log.base }
    /// The entries that are kept.
    public var entries: [Entry] { log.entries }
    /// The term at an index, or nil if it is not in the log.
    public func term(at index: LogIndex) -> Term? { log.term(at: index) }
    /// What the leader knows of a peer.
    public func progress(of peer: PeerID) -> Progress? { role == .leader ? progress[peer] : nil }
    /// Whether the leader has committed an entry of its own term, and so knows what is committed.
    public var hasCommittedInTerm: Bool {
        role == .leader && commitIndex >= leadership.firstIndex
    }
    /// Whether the peers that vote would be asked in vain: the leader was heard lately.
    var hearsLeader: Bool {
        if role == .leader || isBoundByLease { return true }
        return leader != nil && clock.sinceContact < settings.electionTickCount
    }
    /// Whether a leader may answer reads because it counts on this peer's silence: the peer has
    /// heard a leader within an election timeout, or has started since and may have forgotten it.
    var isBoundByLease: Bool {
        guard case .lease = settings.readMode else { return false }
        return clock.sinceContact < settings.electionTickCount
    }
}
