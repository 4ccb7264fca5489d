public import Distributed

/// What a placement driver answers: who is in the cluster, and what is where.
///
/// Placement drivers are a consensus group. Changes, registrations and heartbeats go to its leader;
/// another one answers ``ServiceError/Code/notLeader``, with the leader's node name if it knows it.
@Resolvable
public protocol PlacementService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Creates a collection, which must not exist, and places its shards.
    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionRecord
    /// Deletes a collection.
    distributed func deleteCollection(_ name: String) async throws
    /// The map, or nil if there is none newer than `epoch`.
    ///
    /// Any placement driver answers with a map that it knows to be newer. Only the leader says that
    /// there is none, or answers when `epoch` is nil.
    distributed func map(newerThan epoch: Epoch?) async throws -> ClusterMap?
    /// Makes a worker known, or tells where it listens now, or that its disk is another one.
    distributed func register(_ worker: WorkerRecord) async throws -> ClusterMap
    /// Lets a placement driver into the group whose disk was lost or is new: as another peer, whose
    /// number was never used.
    distributed func admit(_ node: String, as peer: UInt64) async throws
    /// Says that a worker lives; answers with the map if the worker's is older.
    distributed func heartbeat(_ heartbeat: WorkerHeartbeat) async throws -> ClusterMap?
    /// What this placement driver says of itself, whether it leads or not.
    distributed func status() async throws -> PlacementStatus
}

/// What a worker says of itself every second.
public struct WorkerHeartbeat: Sendable, Codable, Hashable {
    /// What it holds.
    public var status: WorkerStatus

    /// Makes a heartbeat.
    public init(status: WorkerStatus) { self.status = status }
}

/// What a placement driver says of itself.
public struct PlacementStatus: Sendable, Codable, Hashable {
    /// Its node name.
    public var node: String
    /// What it does in the group of placement drivers.
    public var role: ReplicaRole
    /// The newest term that it knows.
    public var term: UInt64
    /// The node name of the leader that it follows, or its own; nil while there is none.
    public var leader: String?
    /// The node names of the group's voters.
    public var members: [String]
    /// The number of the cluster's life; 0 until it is initialised.
    public var cluster: UInt64
    /// The epoch of its map.
    public var epoch: Epoch
    /// The index of the last command that it knows to be committed.
    public var commitIndex: UInt64
    /// The index of the last command that it has applied.
    public var appliedIndex: UInt64
    /// A hash of the catalog after that command, in hexadecimal digits.
    public var stateHash: String?

    /// Makes a status.
    public init(
        node: String, role: ReplicaRole, term: UInt64, leader: String?, members: [String],
        cluster: UInt64, epoch: Epoch, commitIndex: UInt64, appliedIndex: UInt64,
        stateHash: String? = nil
    ) {
        self.node = node
        self.role = role
        self.term = term
        self.leader = leader
        self.members = members
        self.cluster = cluster
        self.epoch = epoch
        self.commitIndex = commitIndex
        self.appliedIndex = appliedIndex
        self.stateHash = stateHash
    }
}
