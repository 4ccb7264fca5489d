/// A shard: an interval of hash slots, and who holds it.
public struct ShardRecord: Sendable, Hashable, Codable {
    /// The shard's number.
    public var id: ShardID
    /// Grows when the shard's slots or replicas change; requests carry it.
    public var version: UInt64
    /// The slots whose points it holds.
    public var slots: SlotRange
    /// Its replicas, each on another worker; the first is the preferred leader.
    public var replicas: [ReplicaRecord]
    /// The replicas that were there when the shard was created: the first configuration of its
    /// group, kept for ever.
    public var founders: [ReplicaID]
    /// The voters that the shard's group was last known to have, by number.
    public var voters: [ReplicaID]
    /// Replicas that the map has replaced and that the group may still count as members: its leader
    /// has to remove them, by number.
    public var removed: [ReplicaID]

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - founders: Nil: those of `replicas` that say so.
    ///   - voters: Nil: all replicas.
    public init(
        id: ShardID, version: UInt64, slots: SlotRange, replicas: [ReplicaRecord],
        founders: [ReplicaID]? = nil, voters: [ReplicaID]? = nil, removed: [ReplicaID] = []
    ) {
        self.id = id
        self.version = version
        self.slots = slots
        self.replicas = replicas
        self.founders = founders ?? replicas.filter(\.isFounder).map(\.id)
        self.voters = voters ?? replicas.map(\.id).sorted()
        self.removed = removed
    }

    /// The replica on this worker.
    public func replica(on worker: String) -> ReplicaRecord? {
        replicas.first { $0.worker == worker }
    }

    /// The replica of this number.
    public func replica(_ id: ReplicaID) -> ReplicaRecord? {
        replicas.first { $0.id == id }
    }
}
