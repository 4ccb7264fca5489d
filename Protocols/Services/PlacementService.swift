public import Distributed

/// What the placement driver answers: who is in the cluster, and what is where.
@Resolvable
public protocol PlacementService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Creates a collection, which must not exist, and places its shards.
    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionRecord
    /// Deletes a collection.
    distributed func deleteCollection(_ name: String) async throws
    /// The map, or nil if `epoch` is the newest.
    distributed func map(newerThan epoch: Epoch?) async throws -> ClusterMap?
    /// Makes a worker known, or tells where it listens now.
    distributed func register(_ worker: WorkerRecord) async throws -> ClusterMap
    /// Says that a worker lives; answers with the map if the worker's is older.
    distributed func heartbeat(_ heartbeat: WorkerHeartbeat) async throws -> ClusterMap?
}

/// What a worker says of itself every second.
public struct WorkerHeartbeat: Sendable, Codable, Hashable {
    /// What it holds.
    public var status: WorkerStatus

    /// Makes a heartbeat.
    public init(status: WorkerStatus) { self.status = status }
}
