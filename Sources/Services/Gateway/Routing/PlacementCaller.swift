import Actors
import Protocols

/// Calls the placement drivers: the leader, which is found by hints and by asking around.
///
/// Thread safety: any thread may call anything.
final class PlacementCaller: Sendable {
    /// The placement drivers' nodes; the actor system knows their endpoints.
    let nodes: [NodeID]
    private let system: ClusterActorSystem
    private let board: SharedBoard<PlacementGroup>

    /// The group of placement drivers, of which there is one.
    private enum PlacementGroup: Hashable { case only }

    init(system: ClusterActorSystem, nodes: [NodeID], firstTimeout: Duration) {
        precondition(!nodes.isEmpty, "a cluster has a placement driver")
        self.system = system
        self.nodes = nodes
        board = SharedBoard(firstTimeout: firstTimeout)
    }

    /// How long a leader is waited for: several elections, or about as long as a placement driver
    /// takes to start again.
    static let patience = Duration.seconds(8)

    /// Calls the leader, over and over while there is none or it cannot be reached, until `patience`
    /// is over or the caller's deadline has passed.
    ///
    /// What it may have done is done again only if `kind` says that it does no harm.
    func call<Value: Sendable>(
        _ kind: RetryPolicy.Kind, patience: Duration = PlacementCaller.patience,
        _ body: @Sendable ($PlacementService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        let end = ContinuousClock.now.advanced(by: patience)
        let members = nodes.map(\.rawValue)
        var call = GroupCall(PlacementGroup.only, kind, board: board)
        while true {
            guard let node = call.next(among: members) else {
                throw ServiceError(.internal, "there is no placement driver to call")
            }
            do {
                let stub = try stub(NodeID(node))
                return try await call.attempt(asking: node, among: members) {
                    try await body(stub)
                }
            } catch let error as CancellationError {
                throw error
            } catch let error as ServiceError where !kind.isRead && error.code != .notLeader {
                // The leader has decided, and whoever asks for a change wants to know why not.
                throw error
            } catch {
                let left = ContinuousClock.now.duration(to: end)
                let remaining = min(left, Deadline.current?.remaining ?? left)
                switch call.failed(error, asking: node, among: members, remaining: remaining) {
                case .fail(let error): throw error
                case .retry(let pause), .reconcile(_, let pause):
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    /// A placement driver, whether it leads or not.
    func stub(_ node: NodeID) throws -> $PlacementService<ClusterActorSystem> {
        try $PlacementService.resolve(
            id: ActorID(node: node, name: WellKnownName.placementDriver), using: system)
    }
}
