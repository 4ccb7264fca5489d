public import Actors
public import Distributed
import Foundation
public import Protocols

/// Answers ``NodeService`` on every node.
public distributed actor NodeServer: NodeService {
    /// Hosted by the cluster's actor system.
    public typealias ActorSystem = ClusterActorSystem

    private let role: ClusterFile.Role
    private let version: String

    private init(role: ClusterFile.Role, version: String, actorSystem: ClusterActorSystem) {
        self.role = role
        self.version = version
        self.actorSystem = actorSystem
    }

    /// What runs here, and what time it is.
    public distributed func report() async throws -> NodeReport {
        NodeReport(
            node: actorSystem.node.rawValue, role: role.rawValue, version: version,
            wallClockMicroseconds: Int64(Date.now.timeIntervalSince1970 * 1e6))
    }

    /// Answers calls from now on.
    public static func host(
        on system: ClusterActorSystem, role: ClusterFile.Role, version: String
    ) {
        system.allow($NodeService<ClusterActorSystem>.self, on: NodeServer.self)
        _ = system.host(WellKnownName.node) {
            NodeServer(role: role, version: version, actorSystem: $0)
        }
    }
}
