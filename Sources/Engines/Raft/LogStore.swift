public import Primitives

/// One thing that has to be durable before anybody is told of it.
public enum LogRecord: Sendable, Hashable {
    /// A peer of a group lives on this disk from now on, with an empty log at this base.
    ///
    /// A group that was there before is replaced: this is how a log is reset to a snapshot.
    case reset(GroupID, peer: PeerID, HardState, LogBase)
    /// Term and vote.
    case hardState(GroupID, HardState)
    /// Entries without gaps; stored ones from the first's index on are gone.
    case entries(GroupID, [Entry])
    /// The log begins here now; entries up to the index are gone, those behind stay.
    case compact(GroupID, LogBase)
    /// The group has left this disk; it leaves a tombstone.
    case remove(GroupID)
}

/// The disk of the logs of all groups of one node.
///
/// One thread calls it. After an error nothing may be acknowledged any more: what the failed call
/// was to write may or may not be there, and the store must be opened anew.
public protocol LogStore: ~Copyable {
    /// What was there when the store was opened, by group.
    var restored: [GroupID: StoredLog] { get }
    /// Writes all records in order and returns once they are durable: one sync for all of them.
    mutating func append(_ records: [LogRecord]) throws
}
