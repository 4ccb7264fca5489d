public import Primitives

/// What a group wants done, gathered since the last ``Core/takeReady()``.
///
/// In any order and at the same time: send ``messages``, apply ``committed``, answer ``reads``; and
/// write. When ``persist`` is durable, send ``messagesAfterPersist`` and call
/// ``Core/persisted(_:)``. Writes of one group become durable in the order of their numbers.
public struct Ready: Sendable {
    /// What has to become durable, in one sync.
    public var persist = Persist()
    /// What may be sent at once.
    public var messages: [Message] = []
    /// What may be sent once ``persist`` is durable.
    public var messagesAfterPersist: [Message] = []
    /// The entries that are committed and durable here: to be applied in order. Then call
    /// ``Core/applied(through:)``.
    public var committed: [Entry] = []
    /// The reads whose index is known, and those that failed.
    public var reads: [ReadResult] = []
    /// The peers that need a snapshot, because the log does not reach back to them.
    ///
    /// Call ``Core/snapshotEnded(to:at:)`` when it has arrived or failed.
    public var snapshotsWanted: [PeerID] = []
    /// Set when the peer's role, term or leader has changed.
    public var status: Status?

    /// Nothing to do.
    public init() {}

    /// What has to become durable together.
    public struct Persist: Sendable, Hashable {
        /// The number by which its end is told; 0: there is nothing.
        public var number: UInt64 = 0
        /// The log is reset to this base before all else; a snapshot that covers it was installed.
        public var reset: LogBase?
        /// Term and vote, if they have changed.
        public var hardState: HardState?
        /// Entries to append; stored ones from the first's index on are gone.
        public var entries: [Entry] = []

        /// Whether there is nothing.
        public var isEmpty: Bool { reset == nil && hardState == nil && entries.isEmpty }
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool {
        persist.isEmpty && messages.isEmpty && messagesAfterPersist.isEmpty && committed.isEmpty
            && reads.isEmpty && snapshotsWanted.isEmpty && status == nil
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
