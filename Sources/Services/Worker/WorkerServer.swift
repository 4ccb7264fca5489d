public import Actors
public import Distributed
public import Protocols

/// Answers ``WorkerService``.
///
/// Thin: which shards there are is ``ShardHost``'s, what is in them ``ShardReplica``'s. Every error
/// that leaves it is a ``ServiceError``.
public distributed actor WorkerServer: WorkerService {
    /// Hosted by the cluster's actor system.
    public typealias ActorSystem = ClusterActorSystem

    private let host: ShardHost

    init(host: ShardHost, actorSystem: ClusterActorSystem) {
        self.host = host
        self.actorSystem = actorSystem
    }

    /// Opens a session for writes of one shard.
    public distributed func openSession(_ shard: ShardAddress) async throws -> UInt64 {
        try await answer { [host] in try await host.replica(of: shard).openSession() }
    }

    /// Inserts or replaces points: all of them, or none.
    public distributed func upsert(_ request: ShardUpsert) async throws -> WriteReceipt {
        try await answer { [host] in
            try await host.replica(of: request.shard).upsert(request.points, as: request.id)
        }
    }

    /// Deletes points: all that exist, or none.
    public distributed func delete(_ request: ShardDelete) async throws -> WriteReceipt {
        try await answer { [host] in
            try await host.replica(of: request.shard).delete(request.ids, as: request.id)
        }
    }

    /// The points of these ids that exist, in the order of the request.
    public distributed func get(_ request: ShardGet) async throws -> [Point] {
        try await answer { [host] in
            try await host.replica(of: request.shard).points(
                request.ids, parts: request.parts, request.consistency)
        }
    }

    /// The nearest points.
    public distributed func search(_ request: ShardSearch) async throws -> [ScoredPoint] {
        try await answer { [host] in
            let replica = try await host.replica(of: request.shard)
            return try await replica.search(
                try replica.prepared(request.query), request.consistency)
        }
    }

    /// The nearest points of many vectors, in the order of the vectors.
    public distributed func searchBatch(
        _ request: ShardSearchBatch
    ) async throws -> [[ScoredPoint]] {
        try await answer { [host] in
            let replica = try await host.replica(of: request.shard)
            return try await replica.search(
                try replica.prepared(request.batch), request.consistency)
        }
    }

    /// The points that follow an id, in the order of ids.
    public distributed func scroll(_ request: ShardScroll) async throws -> ShardPage {
        try await answer { [host] in
            try await host.replica(of: request.shard).page(request)
        }
    }

    /// How many points the shard has.
    public distributed func count(_ request: ShardCount) async throws -> Int {
        try await answer { [host] in
            try await host.replica(of: request.shard).count(request.consistency)
        }
    }

    /// Measures how well searches find the true neighbours; the leader's of the shard.
    public distributed func measureRecall(
        _ request: ShardRecallRequest
    ) async throws -> ShardRecall {
        try await answer { [host] in
            try await host.replica(of: request.shard).measureRecall(
                request.check, on: host.environment.node)
        }
    }

    /// Makes the worker obey this map if it is newer than its own.
    public distributed func install(_ map: ClusterMap) async throws {
        await host.install(map)
    }

    /// What the worker holds.
    public distributed func status() async throws -> WorkerStatus { await host.status }

    /// Runs `body` beside the actor: requests do not wait for each other here.
    private nonisolated func answer<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(inWorker: error)
        }
    }
}

extension WorkerServer {
    /// Answers calls from now on.
    static func host(_ host: ShardHost, on system: ClusterActorSystem) -> WorkerServer {
        system.allow($WorkerService<ClusterActorSystem>.self, on: WorkerServer.self) { routes in
            routes.add("upsert(_:)") { try await $0.upsert($1) }
            routes.add("delete(_:)") { try await $0.delete($1) }
            routes.add("get(_:)") { try await $0.get($1) }
            routes.add("search(_:)") { try await $0.search($1) }
        }
        system.allow(errors: ServiceError.self)
        return system.host(WellKnownName.worker) { WorkerServer(host: host, actorSystem: $0) }
    }
}
