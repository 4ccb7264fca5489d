public import Primitives

/// The numbers that name a Raft group, unique in the cluster and never reused.
public enum GroupTag {}
/// See ``GroupTag``.
public typealias GroupID = Identifier<GroupTag>

/// The numbers that name a member of a group, never reused: a replica whose disk was lost comes
/// back as another peer, or the vote that it has forgotten would count twice.
public enum PeerTag {}
/// See ``PeerTag``.
public typealias PeerID = Identifier<PeerTag>

/// A period with at most one leader.
public typealias Term = UInt64

/// The place of an entry in the log; the first is 1, 0 is before it.
public typealias LogIndex = UInt64
