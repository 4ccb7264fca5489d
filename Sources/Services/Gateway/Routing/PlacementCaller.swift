import Actors
import Protocols

/// Calls the placement drivers: the leader, which is found by hints and by asking around.
///
/// Thread safety: any thread may call anything.
final class PlacementCaller: Sendable {
    /// The placement drivers' nodes; the actor system knows their endpoints.
    var nodes: [NodeID] { group.nodes }
    private let system: ClusterActorSystem
    private let group: LeaderCaller

    init(system: ClusterActorSystem, nodes: [NodeID], firstTimeout: Duration) {
        self.system = system
        group = LeaderCaller(nodes, firstTimeout: firstTimeout)
    }

    /// How long a leader is waited for: several elections, or about as long as a placement driver
    /// takes to start again.
    static let patience = Duration.seconds(8)

    /// Calls the leader; see ``LeaderCaller/call(_:patience:_:)``.
    func call<Value: Sendable>(
        _ kind: RetryPolicy.Kind, patience: Duration = PlacementCaller.patience,
        _ body: @Sendable ($PlacementService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        try await group.call(kind, patience: patience) { try await body(try stub($0)) }
    }

    /// A placement driver, whether it leads or not.
    func stub(_ node: NodeID) throws -> $PlacementService<ClusterActorSystem> {
        try $PlacementService.resolve(
            id: ActorID(node: node, name: WellKnownName.placementDriver), using: system)
    }
}
