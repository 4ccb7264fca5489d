package import Raft

/// What a group agrees on commands for: a shard, or the catalog.
///
/// The engine calls `apply`, `sync`, `storeSnapshotPart` and `installSnapshot` one at a time, in this
/// order of events; `openSnapshot` at any time. What throws fences the node: an entry that cannot be
/// applied must not be skipped.
///
/// Whatever the machine keeps on the disk it keeps together with how far it is: the index and term
/// of the last applied entry and the configuration there.
package protocol ReplicatedStateMachine: AnyObject, Sendable {
    /// Applies entries in order; when it returns, reads see them.
    ///
    /// They need not be on the disk for certain: the log has them.
    ///
    /// - Returns: What came of each entry, for whoever proposed it.
    func apply(_ entries: [Entry]) async throws -> [any Sendable]
    /// Makes what was applied durable, and says up to which index it is.
    func sync() async throws -> LogIndex
    /// Begins to read a snapshot of what was applied.
    func openSnapshot() async throws -> any SnapshotSource
    /// Keeps a part of a snapshot that comes from the leader; the first part begins anew.
    func storeSnapshotPart(_ bytes: [UInt8], isFirst: Bool) async throws
    /// Becomes what the stored parts say, durably and all at once: after a crash it is either as
    /// before or as after.
    func installSnapshot(_ base: LogBase) async throws
}

/// A snapshot that is being read; it does not change, whatever is applied meanwhile.
package protocol SnapshotSource: AnyObject, Sendable {
    /// What it covers.
    var base: LogBase { get }
    /// The next part.
    func next(maxByteCount: Int) async throws -> (bytes: [UInt8], isLast: Bool)
}

/// A snapshot that came is not what it should be: it is asked for again.
///
/// Any other error of an installation fences the node.
package struct SnapshotRejected: Error, Sendable, Hashable {
    /// What is wrong.
    package let reason: String

    /// Makes the error.
    package init(reason: String) { self.reason = reason }
}

/// Why a group did not do, or may not have done, what was asked.
package enum ReplicationError: Error, Sendable, Hashable {
    /// Another node leads, if it is known which; nothing was done.
    case notLeader(node: String?)
    /// Too much is under way; nothing was done.
    case overloaded
    /// Another entry was committed in this one's place; nothing was done.
    case superseded
    /// Whether it was done is unknown, and why.
    case unknownOutcome(String)
    /// This node has no such group, or not yet.
    case unknownGroup(GroupID)
    /// The node is ending, or its disk has failed.
    case stopped(String)
}
