public import Distributed

/// What every node answers, whatever its role: who it is, for operators.
@Resolvable
public protocol NodeService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// What runs there, and what time it is there.
    distributed func report() async throws -> NodeReport
}

/// What a node says of itself.
public struct NodeReport: Sendable, Codable, Hashable {
    /// Its node name.
    public var node: String
    /// What it does: `placement`, `worker`, `gateway` or `auth`.
    public var role: String
    /// The version of the software.
    public var version: String
    /// What its wall clock says, in microseconds since 1970.
    ///
    /// Nothing is decided by it.
    public var wallClockMicroseconds: Int64

    /// Makes a report.
    public init(node: String, role: String, version: String, wallClockMicroseconds: Int64) {
        self.node = node
        self.role = role
        self.version = version
        self.wallClockMicroseconds = wallClockMicroseconds
    }
}
