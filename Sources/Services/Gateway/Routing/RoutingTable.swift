package import Actors
import Primitives
package import Protocols
import Synchronization

/// The gateway's copy of the map, fetched from the placement drivers when it proves too old.
///
/// Thread safety: any thread may call anything.
package final class RoutingTable: Sendable {
    private let system: ClusterActorSystem
    let placement: PlacementCaller
    private let current = Mutex<ClusterMap?>(nil)

    /// How long the first attempt of a call may take where another node could answer.
    let firstTimeout: Duration

    package init(
        system: ClusterActorSystem, placementDrivers: [NodeID],
        firstTimeout: Duration = RetryPolicy.firstTimeout
    ) {
        self.system = system
        self.firstTimeout = firstTimeout
        placement = PlacementCaller(
            system: system, nodes: placementDrivers, firstTimeout: firstTimeout)
    }

    /// A worker, by its node name.
    func worker(_ node: String) throws -> $WorkerService<ClusterActorSystem> {
        try $WorkerService.resolve(
            id: ActorID(node: NodeID(node), name: WellKnownName.worker), using: system)
    }

    /// The map that is at hand, or the placement drivers' if there is none yet.
    package func map() async throws -> ClusterMap {
        if let map = current.withLock({ $0 }) { return map }
        return try await newest()
    }

    /// The newest map there is: the leader's.
    package func newest() async throws -> ClusterMap {
        let map = try await placement.call(.leaderRead) { try await $0.map(newerThan: nil) }
        guard let map else {
            throw ServiceError(.internal, "the placement driver has no map newer than none")
        }
        return adopt(map)
    }

    /// A map that is newer than the one at hand if any placement driver knows one, else that one.
    ///
    /// - Parameter patience: How long a placement driver is waited for.
    package func newer(patience: Duration) async throws -> ClusterMap {
        guard let known = current.withLock({ $0 }) else { return try await newest() }
        let map = try await placement.call(.read, patience: patience) {
            try await $0.map(newerThan: known.epoch)
        }
        return map.map(adopt) ?? known
    }

    /// Keeps the newer of both maps, and tells the actor system where the workers are.
    private func adopt(_ map: ClusterMap) -> ClusterMap {
        let newest = current.withLock { current in
            if let known = current, known.cluster == map.cluster, known.epoch >= map.epoch {
                return known
            }
            current = map
            return map
        }
        for worker in newest.workers {
            system.setEndpoint(Endpoint(rawValue: worker.endpoint), of: NodeID(worker.node))
        }
        return newest
    }

    /// A collection, asking the leading placement driver if it is unknown here.
    ///
    /// - Throws: ``ServiceError/Code/notFound``.
    func collection(named name: String) async throws -> CollectionRecord {
        if let collection = try await map().collection(named: name) { return collection }
        guard let collection = try await newest().collection(named: name) else {
            throw ServiceError.unknownCollection(name)
        }
        return collection
    }
}
