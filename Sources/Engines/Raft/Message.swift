public import Primitives

/// What one peer tells another.
///
/// Messages may be lost, doubled, delayed and reordered; the core makes up for it.
public struct Message: Sendable, Hashable {
    /// Who sends it.
    public var sender: PeerID
    /// Whom it is for.
    public var recipient: PeerID
    /// The sender's term; of a pre-vote request the term that the sender would like to begin.
    public var term: Term
    /// What it says.
    public var body: Body

    /// What a message says.
    public enum Body: Sendable, Hashable {
        /// Asks whether an election could be won; changes nothing at either side.
        case preVoteRequest(lastIndex: LogIndex, lastTerm: Term)
        /// Answers it.
        case preVoteReply(isGranted: Bool)
        /// Asks for a vote; `isTransfer` says that the leader wants it, so that its lease does not
        /// stand against it.
        case voteRequest(lastIndex: LogIndex, lastTerm: Term, isTransfer: Bool)
        /// Answers it.
        case voteReply(isGranted: Bool)
        /// Entries behind a place that the recipient should have.
        case append(previousIndex: LogIndex, previousTerm: Term, commit: LogIndex, [Entry])
        /// The recipient of an append has all entries up to this index, durably.
        case appended(through: LogIndex)
        /// It has not: at `previousIndex` it has nothing or another term. Its log may agree up to
        /// `hintIndex`, where it has `hintTerm`.
        case appendRefused(previousIndex: LogIndex, hintIndex: LogIndex, hintTerm: Term)
        /// The leader lives. `round` numbers the leader's rounds of heartbeats in its term.
        ///
        /// With `quiesces` the recipient may stop its clock if its log ends at `commit`.
        case heartbeat(commit: LogIndex, round: UInt64, quiesces: Bool)
        /// Answers a heartbeat of that round.
        case heartbeatReply(round: UInt64)
        /// Asks the leader for a read index; `id` is unique among all requests of all lives.
        case readRequest(id: UInt64)
        /// Answers it; nil: the sender cannot tell, because it does not lead.
        case readReply(id: UInt64, index: LogIndex?)
        /// A part of a snapshot.
        case snapshotChunk(SnapshotChunk)
        /// Answers it.
        case snapshotReply(SnapshotReply)
        /// The recipient shall begin an election at once.
        case timeoutNow
    }

    /// Makes a message.
    public init(sender: PeerID, recipient: PeerID, term: Term, body: Body) {
        self.sender = sender
        self.recipient = recipient
        self.term = term
        self.body = body
    }
}

/// A part of a snapshot: parts are sent one after the other, the next when the last was taken.
public struct SnapshotChunk: Sendable, Hashable {
    /// What the whole snapshot covers.
    public var base: LogBase
    /// Tells the parts of one sending from those of another.
    public var stream: UInt64
    /// The number of this part, from 0.
    public var number: UInt64
    /// The bytes.
    public var bytes: [UInt8]
    /// CRC-32C of ``bytes``.
    public var checksum: UInt32
    /// After the last part: CRC-32C of all bytes of all parts.
    public var totalChecksum: UInt32?

    /// Makes a part.
    public init(
        base: LogBase, stream: UInt64, number: UInt64, bytes: [UInt8], checksum: UInt32,
        totalChecksum: UInt32?
    ) {
        self.base = base
        self.stream = stream
        self.number = number
        self.bytes = bytes
        self.checksum = checksum
        self.totalChecksum = totalChecksum
    }
}

/// How far the recipient of a snapshot is.
public struct SnapshotReply: Sendable, Hashable {
    /// The stream that is answered.
    public var stream: UInt64
    /// The number of the part that is wanted next.
    public var next: UInt64
    /// What became of the snapshot.
    public var state: State

    /// What became of a snapshot.
    public enum State: UInt8, Sendable, Hashable {
        /// More is wanted.
        case receiving
        /// It is installed, or the recipient has all of it already.
        case installed
        /// It cannot be taken: begin again.
        case refused
    }

    /// Makes a reply.
    public init(stream: UInt64, next: UInt64, state: State) {
        self.stream = stream
        self.next = next
        self.state = state
    }
}
