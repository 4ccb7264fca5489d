package import Actors
package import Protocols

/// Calls the auth nodes: the leader, which is found by hints and by asking around.
///
/// Thread safety: any thread may call anything.
package final class AuthCaller: Sendable {
    private let nodes: [NodeID]
    private let system: ClusterActorSystem
    private let board = SharedBoard<AuthGroup>()

    /// The group of auth nodes, of which there is one.
    private enum AuthGroup: Hashable { case only }

    /// Makes a caller.
    ///
    /// - Parameter nodes: The auth nodes; the system knows their endpoints.
    package init(system: ClusterActorSystem, nodes: [NodeID]) {
        precondition(!nodes.isEmpty, "there is no auth node to ask")
        self.system = system
        self.nodes = nodes
    }

    /// How long a leader is waited for: some elections.
    package static let patience = Duration.seconds(4)

    /// Calls the leader, over and over while there is none or it cannot be reached, until ``patience``
    /// is over or the caller's deadline has passed.
    package func call<Value: Sendable>(
        _ kind: RetryPolicy.Kind,
        _ body: @Sendable ($AuthService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        let end = ContinuousClock.now.advanced(by: Self.patience)
        let members = nodes.map(\.rawValue)
        var call = GroupCall(AuthGroup.only, kind, board: board)
        while true {
            guard let node = call.next(among: members) else {
                throw ServiceError(.internal, "there is no auth node to call")
            }
            do {
                let stub = try $AuthService<ClusterActorSystem>.resolve(
                    id: ActorID(node: NodeID(node), name: WellKnownName.auth), using: system)
                return try await call.attempt(asking: node, among: members) {
                    try await body(stub)
                }
            } catch let error as CancellationError {
                throw error
            } catch let error as ServiceError where !kind.isRead && error.code != .notLeader {
                // The leader has decided.
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
}
