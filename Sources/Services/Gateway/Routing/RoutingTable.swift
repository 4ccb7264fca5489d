import Actors
import Protocols
import Synchronization

/// The gateway's copy of the map, fetched from the placement driver when it proves too old.
///
/// Thread safety: any thread may call anything.
final class RoutingTable: Sendable {
    private let system: ClusterActorSystem
    private let placementDriver: ActorID
    var placementNode: NodeID { placementDriver.node }
    private let current = Mutex<ClusterMap?>(nil)

    init(system: ClusterActorSystem, placementDriver: NodeID) {
        self.system = system
        self.placementDriver = ActorID(
            node: placementDriver, name: WellKnownName.placementDriver)
    }

    /// How long the placement driver is waited for while it cannot be reached: about as long as
    /// it takes to start again.
    static let patience = Duration.seconds(5)

    /// Calls the placement driver, and again while it cannot be reached, until `patience` is over.
    ///
    /// What it may have done is not done twice.
    func callPlacement<Value: Sendable>(
        patience: Duration = RoutingTable.patience,
        _ body: @Sendable ($PlacementService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        let end = ContinuousClock.now.advanced(by: patience)
        var attempt = 0
        while true {
            do {
                return try await body(
                    $PlacementService.resolve(id: placementDriver, using: system))
            } catch let error as ActorSystemError {
                attempt += 1
                let left = ContinuousClock.now.duration(to: end)
                switch RetryPolicy.decide(
                    after: error, .write, attempt: attempt,
                    remaining: min(left, Deadline.current?.remaining ?? left))
                {
                case .fail(let error): throw error
                case .retry(let pause), .reconcile(_, let pause):
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    /// A worker, by its node name.
    func worker(_ node: String) throws -> $WorkerService<ClusterActorSystem> {
        try $WorkerService.resolve(
            id: ActorID(node: NodeID(node), name: WellKnownName.worker), using: system)
    }

    /// The map that is at hand, or the placement driver's if there is none yet.
    func map() async throws -> ClusterMap {
        if let map = current.withLock({ $0 }) { return map }
        return try await refreshed()
    }

    /// The newest map.
    ///
    /// - Parameter patience: How long the placement driver is waited for.
    func refreshed(patience: Duration = RoutingTable.patience) async throws -> ClusterMap {
        let known = current.withLock { $0 }
        let newer = try await callPlacement(patience: patience) {
            try await $0.map(newerThan: known?.epoch)
        }
        guard let newer else {
            guard let known else {
                throw ServiceError(.internal, "the placement driver has no map newer than none")
            }
            return known
        }
        return adopt(newer)
    }

    /// Keeps the newer of both maps, and tells the actor system where the workers are.
    private func adopt(_ map: ClusterMap) -> ClusterMap {
        let newest = current.withLock { current in
            if let known = current, known.epoch >= map.epoch { return known }
            current = map
            return map
        }
        for worker in newest.workers {
            system.setEndpoint(Endpoint(rawValue: worker.endpoint), of: NodeID(worker.node))
        }
        return newest
    }

    /// A collection, asking the placement driver if it is unknown here.
    ///
    /// - Throws: ``ServiceError/Code/notFound``.
    func collection(named name: String) async throws -> CollectionRecord {
        if let collection = try await map().collection(named: name) { return collection }
        guard let collection = try await refreshed().collection(named: name) else {
            throw ServiceError.unknownCollection(name)
        }
        return collection
    }
}
