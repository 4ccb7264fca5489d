import Actors
import Protocols
import Synchronization

/// Calls the leader of the placement group, whoever it is.
///
/// Thread safety: any thread may call anything.
final class PlacementClient: Sendable {
    private let system: ClusterActorSystem
    private let nodes: [NodeID]
    /// The place in `nodes` of the one to ask first.
    private let current = Mutex(0)

    /// How long one of them may take to answer.
    private static let timeout = Duration.seconds(2)

    init(on system: ClusterActorSystem, nodes: [NodeID]) {
        self.system = system
        self.nodes = nodes
    }

    /// Calls one after the other, beginning with whoever led last, until one does not say that
    /// another leads.
    func call<Value: Sendable>(
        _ body: @Sendable ($PlacementService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        var lastError: any Error = ServiceError(
            .unavailable, "the cluster has no placement driver")
        for _ in 0..<max(nodes.count, 2) {
            let place = current.withLock { $0 }
            let node = nodes[place % nodes.count]
            do {
                let stub = try $PlacementService<ClusterActorSystem>.resolve(
                    id: ActorID(node: node, name: WellKnownName.placementDriver), using: system)
                return try await withDeadline(Self.timeout) { try await body(stub) }
            } catch let error as ServiceError where error.code != .notLeader {
                throw error
            } catch {
                lastError = error
                goOn(from: place, hint: (error as? ServiceError)?.details["leader"])
            }
        }
        throw lastError
    }

    private func goOn(from place: Int, hint: String?) {
        let hinted = nodes.firstIndex { $0.rawValue == hint }
        current.withLock { $0 = hinted ?? (place + 1) % nodes.count }
    }
}
