package import Actors
package import Distributed
package import Protocols

/// Answers ``ReplicationService``: hands what other nodes say to the engine.
package distributed actor ReplicationServer: ReplicationService {
    /// Hosted by the cluster's actor system.
    package typealias ActorSystem = ClusterActorSystem

    private let engine: ReplicationEngine

    init(engine: ReplicationEngine, actorSystem: ClusterActorSystem) {
        self.engine = engine
        self.actorSystem = actorSystem
    }

    /// Takes messages of any groups.
    package distributed func deliver(_ batch: ReplicationBatch) async throws {
        try engine.receive(batch)
    }
}

extension ReplicationServer {
    /// Answers calls from now on.
    package static func host(
        _ engine: ReplicationEngine, on system: ClusterActorSystem
    ) -> ReplicationServer {
        system.allow(
            $ReplicationService<ClusterActorSystem>.self, on: ReplicationServer.self
        ) { routes in
            routes.add("deliver(_:)") { try await $0.deliver($1) }
        }
        return system.host(WellKnownName.replication) {
            ReplicationServer(engine: engine, actorSystem: $0)
        }
    }
}
