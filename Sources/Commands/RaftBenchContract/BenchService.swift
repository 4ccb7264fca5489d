public import Distributed

/// A node of groups that agree on keys and their values.
///
/// In a module of its own, as the compiler of Swift 6.3 crashes where a contract is specialized in the
/// module that declares it.
@Resolvable
public protocol BenchService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Makes a key of a group have a value, if this node leads the group.
    distributed func put(
        group: UInt64, key: UInt64, value: [UInt8]
    ) async throws -> UInt64
    /// What the node has done so far.
    distributed func counters() async throws -> BenchCounters
}

/// What a node has done since its start, and which groups it leads.
public struct BenchCounters: Sendable, Codable {
    /// How often it waited for the disk: appends of the log and syncs of the store.
    public var syncCount: UInt64
    /// The terms of all groups together.
    public var termSum: UInt64
    /// How many groups it leads.
    public var leadCount: Int
    /// Of how many groups it knows the leader.
    public var ledCount: Int

    /// Gathers what a node has done.
    public init(syncCount: UInt64, termSum: UInt64, leadCount: Int, ledCount: Int) {
        self.syncCount = syncCount
        self.termSum = termSum
        self.leadCount = leadCount
        self.ledCount = ledCount
    }
}
