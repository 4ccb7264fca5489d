import Primitives

/// What a leader knows of one other peer.
///
/// *Source*: the states are those of etcd's `tracker`: probe one message at a time until it is known
/// where the logs agree, then replicate in a stream, or wait while a snapshot is under way.
public struct Progress: Sendable {
    /// How the leader sends entries.
    public enum State: Sendable, Hashable {
        /// One message at a time, each answered before the next.
        case probe
        /// In a stream, as far as the window allows.
        case replicate
        /// Nothing, until the snapshot has arrived.
        case snapshot
    }

    /// How the leader sends entries.
    public internal(set) var state = State.probe
    /// The last index that the peer has durably, as far as is known.
    public internal(set) var match: LogIndex = 0
    /// The next index to send.
    public internal(set) var next: LogIndex
    /// Whether it was heard of since the last check of the quorum.
    public internal(set) var isActive = true
    /// Whether a probe waits for its answer.
    var isProbing = false
    /// The commit index that it was told last.
    var toldCommit: LogIndex = 0
    /// The tick at which ``match`` last grew, or entries were sent into an empty window: if it is
    /// long ago while entries are under way, they were lost.
    var lastAdvance: UInt64 = 0
    /// The last round of heartbeats that it has answered.
    var round: UInt64 = 0
    /// The appends on their way: the last index and the bytes of each.
    var inflights: [(lastIndex: LogIndex, byteCount: Int)] = []
    var inflightByteCount = 0
    /// The catching up of a learner.
    var catchUp: CatchUp

    /// A learner catches up in rounds: each brings what the log had when the round began.
    ///
    /// Whoever needs less than an election timeout for one is near enough to vote.
    ///
    /// *Source*: Ongaro 2014, section 4.2.1.
    struct CatchUp: Sendable {
        var target: LogIndex
        var start: UInt64
        var isNear = false
    }

    init(next: LogIndex, lastIndex: LogIndex, tick: UInt64) {
        self.next = next
        catchUp = CatchUp(target: lastIndex, start: tick)
    }

    func isWindowFull(_ settings: Settings) -> Bool {
        inflights.count >= settings.maxInflightMessageCount
            || inflightByteCount >= settings.maxInflightByteCount
    }

    mutating func sent(through index: LogIndex, byteCount: Int, tick: UInt64) {
        if inflights.isEmpty { lastAdvance = tick }
        next = index + 1
        inflights.append((index, byteCount))
        inflightByteCount += byteCount
    }

    /// The appends up to an index have arrived.
    mutating func free(through index: LogIndex) {
        let count = inflights.prefix { $0.lastIndex <= index }.count
        free(count)
    }

    /// The first append counts as lost, so that a full window does not stay shut.
    mutating func freeFirst() { free(min(1, inflights.count)) }

    private mutating func free(_ count: Int) {
        inflightByteCount -= inflights.prefix(count).reduce(0) { $0 + $1.byteCount }
        inflights.removeFirst(count)
    }

    mutating func begin(_ state: State) {
        self.state = state
        isProbing = false
        inflights = []
        inflightByteCount = 0
    }

    /// The peer has everything up to this index.
    mutating func matched(through index: LogIndex, lastIndex: LogIndex, tick: UInt64, limit: Int) {
        if index > match { lastAdvance = tick }
        match = max(match, index)
        next = max(next, match + 1)
        free(through: match)
        if match >= catchUp.target {
            let isNear = tick - catchUp.start < UInt64(limit)
            catchUp = CatchUp(target: lastIndex, start: tick, isNear: isNear)
        }
    }
}
