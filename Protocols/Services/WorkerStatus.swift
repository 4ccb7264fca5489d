public import Primitives

/// What a worker holds.
public struct WorkerStatus: Sendable, Codable, Hashable {
    /// The worker's node name.
    public var node: String
    /// The epoch of the map that it obeys.
    public var epoch: Epoch
    /// Its shards, by number.
    public var shards: [ShardStatus]

    /// Makes a status.
    public init(node: String, epoch: Epoch, shards: [ShardStatus]) {
        self.node = node
        self.epoch = epoch
        self.shards = shards
    }
}

/// What one shard replica holds, and what it does in the shard's group.
public struct ShardStatus: Sendable, Codable, Hashable {
    /// The shard.
    public var id: ShardID
    /// The replica; 0 if it has no number.
    public var replica: ReplicaID
    /// What it does in the group.
    public var role: ReplicaRole
    /// The newest term that it knows.
    public var term: UInt64
    /// The leader that it follows, or itself; nil while there is none.
    public var leader: ReplicaID?
    /// The voters of the newest configuration that it knows, by number.
    public var voters: [ReplicaID]
    /// How many points.
    public var pointCount: Int
    /// The index of the last write that it knows to be committed.
    public var commitIndex: UInt64
    /// The index of the last write that was applied.
    public var appliedIndex: UInt64
    /// A hash of what it holds after that write, in hexadecimal digits; nil if there is none yet.
    public var stateHash: String?
    /// Whether it was found to hold something else than the others, and has stopped to answer.
    public var isDiverged: Bool
    /// What its index takes of memory, in bytes.
    public var memoryByteCount: Int

    /// Makes a status.
    public init(
        id: ShardID, replica: ReplicaID = 0, role: ReplicaRole = .leader, term: UInt64 = 0,
        leader: ReplicaID? = nil, voters: [ReplicaID] = [], pointCount: Int,
        commitIndex: UInt64? = nil, appliedIndex: UInt64, stateHash: String? = nil,
        isDiverged: Bool = false, memoryByteCount: Int = 0
    ) {
        self.id = id
        self.replica = replica
        self.role = role
        self.term = term
        self.leader = leader
        self.voters = voters
        self.pointCount = pointCount
        self.commitIndex = commitIndex ?? appliedIndex
        self.appliedIndex = appliedIndex
        self.stateHash = stateHash
        self.isDiverged = isDiverged
        self.memoryByteCount = memoryByteCount
    }
}
