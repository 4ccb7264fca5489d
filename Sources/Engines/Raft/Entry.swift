public import Primitives

/// One place of the log.
public struct Entry: Sendable, Hashable {
    /// The term of the leader that made it.
    public var term: Term
    /// Its place.
    public var index: LogIndex
    /// What it says.
    public var content: Content

    /// What an entry says.
    public enum Content: Sendable, Hashable {
        /// Nothing: a new leader's first entry, by which it learns what is committed.
        case empty
        /// A command for the state machine.
        case command([UInt8])
        /// Who is in the group from here on: it counts as soon as it is in the log.
        case configuration(Configuration)
    }

    /// Makes an entry.
    public init(term: Term, index: LogIndex, content: Content) {
        self.term = term
        self.index = index
        self.content = content
    }

    /// About how much memory and disk it takes, for windows and limits.
    public var byteCount: Int {
        switch content {
        case .empty: 16
        case .command(let bytes): 16 + bytes.count
        case .configuration(let configuration): 16 + configuration.members.count * 16
        }
    }
}

/// What a peer must not forget, whatever happens: its term, and whom it voted for in it.
public struct HardState: Sendable, Hashable {
    /// The newest term that the peer has seen.
    public var term: Term
    /// Who has its vote in that term.
    public var vote: PeerID?

    /// The state of a new peer, or another.
    public init(term: Term = 0, vote: PeerID? = nil) {
        self.term = term
        self.vote = vote
    }
}

/// Where a log begins: the last entry that a snapshot covers.
///
/// The log holds the entries behind ``index``. A new group begins at index 0, term 0 with its first
/// configuration.
public struct LogBase: Sendable, Hashable {
    /// The last index that is not in the log any more.
    public var index: LogIndex
    /// Its term.
    public var term: Term
    /// Who is in the group as of that index.
    public var configuration: Configuration

    /// Makes a base.
    public init(index: LogIndex = 0, term: Term = 0, configuration: Configuration) {
        self.index = index
        self.term = term
        self.configuration = configuration
    }
}

/// What the disk holds of one group's Raft state: what a ``LogStore`` gives back after a restart.
public struct StoredLog: Sendable, Hashable {
    /// Which peer of the group it belongs to.
    public var peer: PeerID
    /// Term and vote.
    public var hardState: HardState
    /// Where the log begins.
    public var base: LogBase
    /// The entries behind the base, without gaps.
    public var entries: [Entry]

    /// Makes a stored log.
    public init(
        peer: PeerID, hardState: HardState = HardState(), base: LogBase, entries: [Entry] = []
    ) {
        self.peer = peer
        self.hardState = hardState
        self.base = base
        self.entries = entries
    }

    /// The last index that is in the log, or its base.
    public var lastIndex: LogIndex { entries.last?.index ?? base.index }
}
