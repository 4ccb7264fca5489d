public import Primitives

/// What a group wants done, gathered since the last ``Core/takeReady()``.
///
/// In any order and at the same time: write ``persist``, send ``messages``, apply ``committed``, answer
/// ``reads``. When a write is durable, call ``Core/persisted(_:)``: what must not be said before is held
/// back until then. Writes of one group become durable in the order of their numbers.
public struct Ready: Sendable {
    /// What has to become durable, in one sync.
    public var persist = Persist()
    /// What to send.
    public var messages: [Message] = []
    /// The entries that are committed and durable here: to be applied in order.
    ///
    /// Then call ``Core/applied(through:)``.
    public var committed: [Entry] = []
    /// The reads whose index is known, and those that failed.
    public var reads: [ReadResult] = []
    /// The peers that need a snapshot, because the log does not reach back to them.
    ///
    /// Call ``Core/snapshotEnded(to:at:)`` when it has arrived or failed.
    public var snapshotsWanted: [PeerID] = []
    /// Parts of snapshots, and answers to them, that belong to the present term: the core takes no
    /// more notice of them.
    public var snapshotMessages: [Message] = []
    /// Set when the peer's role, term or leader has changed.
    public var status: Status?

    /// Nothing to do.
    public init() {}

    /// What has to become durable together.
    public struct Persist: Sendable, Hashable {
        /// The number by which its end is told; 0: there is nothing.
        public var number: UInt64 = 0
        /// The log begins elsewhere, before all else.
        public var base: BaseChange?
        /// Term and vote, if they have changed.
        public var hardState: HardState?
        /// Entries to append; stored ones from the first's index on are gone.
        public var entries: [Entry] = []

        /// Whether there is nothing.
        public var isEmpty: Bool { base == nil && hardState == nil && entries.isEmpty }
    }

    /// How the beginning of the log moves.
    public enum BaseChange: Sendable, Hashable {
        /// All entries are gone: a snapshot has taken their place.
        case reset(LogBase)
        /// The entries up to the base are gone, those behind stay.
        case compact(LogBase)
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool {
        persist.isEmpty && messages.isEmpty && committed.isEmpty && reads.isEmpty
            && snapshotsWanted.isEmpty && snapshotMessages.isEmpty && status == nil
    }
}

/// What became of a read.
public struct ReadResult: Sendable, Hashable {
    /// As it was asked.
    public var id: UInt64
    /// The index that must be applied before the state is read; nil: nobody leads, ask again.
    public var index: LogIndex?

    /// Makes a result.
    public init(id: UInt64, index: LogIndex?) {
        self.id = id
        self.index = index
    }
}

/// What a peer is at the moment.
public struct Status: Sendable, Hashable {
    /// What a peer does in the group.
    public enum Role: String, Sendable, Hashable {
        /// Takes what the leader sends.
        case follower
        /// Asks whether an election could be won.
        case preCandidate
        /// Asks for votes.
        case candidate
        /// Orders what is proposed.
        case leader
    }

    /// Its role.
    public var role: Role
    /// Its term.
    public var term: Term
    /// Who leads, as far as it knows.
    public var leader: PeerID?

    /// Makes a status.
    public init(role: Role, term: Term, leader: PeerID?) {
        self.role = role
        self.term = term
        self.leader = leader
    }
}

/// Where a proposal stands; it is committed only if an entry of this term is applied there.
public struct Position: Sendable, Hashable {
    /// The term of the leader that took it.
    public var term: Term
    /// Its place.
    public var index: LogIndex

    /// Makes a position.
    public init(term: Term, index: LogIndex) {
        self.term = term
        self.index = index
    }
}

/// Why a group does not do what was asked; nothing was done.
public enum Refusal: Error, Sendable, Hashable {
    /// The peer does not lead; who does, if it knows.
    case notLeader(PeerID?)
    /// The leader is giving its place away.
    case transferring(to: PeerID)
    /// Too much waits to be committed or read.
    case overloaded
    /// The leader has committed nothing in its term yet, or a change of members is under way.
    case notReady
    /// The configuration is another one than was expected; this is the index of the newest.
    case configurationChanged(LogIndex)
    /// These peers cannot vote before they have caught up as learners.
    case notCaughtUp([PeerID])
    /// The change makes no sense, such as one that leaves no voter.
    case invalid(String)
}
