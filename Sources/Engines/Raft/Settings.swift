/// How a group behaves.
///
/// Times are in ticks, whose length the driver chooses.
public struct Settings: Sendable, Hashable {
    /// The shortest silence of a leader after which a peer wants to lead: T of the paper.
    ///
    /// Each peer draws its own from T ..< 2T anew for each term.
    public var electionTickCount = 10
    /// The leader's silence between heartbeats.
    public var heartbeatTickCount = 1
    /// The most append messages on their way to one peer.
    public var maxInflightMessageCount = 256
    /// The most bytes of entries on their way to one peer: 4 MiB.
    public var maxInflightByteCount = 4 << 20
    /// The most bytes of entries of one message, unless one entry alone is larger: 1 MiB.
    public var maxMessageByteCount = 1 << 20
    /// The most bytes of proposals that are not committed; more are refused.
    public var maxUncommittedByteCount = 64 << 20
    /// The most reads that wait for a read index; more are refused.
    public var maxWaitingReadCount = 65_536
    /// A group that had nothing to do for so many ticks stops its clock; nil: never.
    public var quiesceTickCount: Int?
    /// How reads of the leader make sure that it still leads.
    public var readMode = ReadMode.quorum

    /// How reads make sure that the leader still leads.
    public enum ReadMode: Sendable, Hashable {
        /// By a round of heartbeats: needs no clock.
        case quorum
        /// By the last round, for as long as nobody can have been elected since, if clocks drift
        /// by less than `maxDrift` (of 1): saves the round, and trusts clocks.
        case lease(maxDrift: Double)
    }

    /// The defaults.
    public init() {}
}
