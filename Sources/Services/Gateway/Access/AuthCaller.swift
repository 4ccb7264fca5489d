package import Actors
package import Protocols

/// Calls the auth nodes: the leader, which is found by hints and by asking around.
///
/// Thread safety: any thread may call anything.
package final class AuthCaller: Sendable {
    private let system: ClusterActorSystem
    private let group: LeaderCaller

    /// Makes a caller.
    ///
    /// - Parameter nodes: The auth nodes; the system knows their endpoints.
    package init(system: ClusterActorSystem, nodes: [NodeID]) {
        self.system = system
        group = LeaderCaller(nodes)
    }

    /// How long a leader is waited for: some elections.
    package static let patience = Duration.seconds(4)

    /// Calls the leader, over and over while there is none or it cannot be reached, until ``patience``
    /// is over or the caller's deadline has passed.
    package func call<Value: Sendable>(
        _ kind: RetryPolicy.Kind,
        _ body: @Sendable ($AuthService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        try await group.call(kind, patience: Self.patience) { node in
            try await body(
                try $AuthService<ClusterActorSystem>.resolve(
                    id: ActorID(node: node, name: WellKnownName.auth), using: system))
        }
    }
}
