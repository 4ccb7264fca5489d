public import Primitives

/// The numbers that name a replica, unique in the cluster and never reused.
///
/// It is the replica's peer in the consensus group of its shard: a replica whose disk was lost comes
/// back under another number, or a vote that it has forgotten would count twice.
public enum ReplicaTag {}
/// See ``ReplicaTag``.
public typealias ReplicaID = Identifier<ReplicaTag>

/// The numbers that name a disk: drawn at random, once, when a worker's data directory is made.
///
/// A worker that comes back with another number has lost what it held.
public enum StoreTag {}
/// See ``StoreTag``.
public typealias StoreID = Identifier<StoreTag>

/// One copy of a shard in the map.
public struct ReplicaRecord: Sendable, Hashable, Codable {
    /// The replica's number.
    public var id: ReplicaID
    /// The node name of the worker that holds it.
    public var worker: String
    /// Whether it was there when the shard was created.
    ///
    /// Founders bootstrap the group with all founders as its voters. Whoever is no founder begins
    /// empty, is taught by the leader as a learner, and never bootstraps.
    public var isFounder: Bool

    /// Makes a record.
    public init(id: ReplicaID, worker: String, isFounder: Bool = true) {
        self.id = id
        self.worker = worker
        self.isFounder = isFounder
    }
}

/// What a member of a consensus group does at present.
public enum ReplicaRole: String, Sendable, Hashable, Codable, CaseIterable {
    /// Has no vote yet, or none any more.
    case learner
    /// Takes what the leader sends.
    case follower
    /// Asks whether an election could be won.
    case preCandidate
    /// Asks for votes.
    case candidate
    /// Orders what is proposed.
    case leader
}
