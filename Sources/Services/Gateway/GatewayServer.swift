public import Actors
public import Distributed
public import Protocols

/// Answers ``GatewayService``: the whole database, whatever shard a point is in.
///
/// Stateless but for its copy of the map; any number of gateways may run. Every face of the
/// database (actors, the bridge, REST) is a translation of this actor. Every error that leaves it
/// is a ``ServiceError``.
public distributed actor GatewayServer: GatewayService {
    /// Hosted by the cluster's actor system.
    public typealias ActorSystem = ClusterActorSystem

    private let router: Router

    init(router: Router, actorSystem: ClusterActorSystem) {
        self.router = router
        self.actorSystem = actorSystem
    }

    /// Creates a collection, which must not exist.
    public distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        try await Self.answer(with: router) { try await $0.createCollection(configuration) }
    }

    /// Deletes a collection and all that is in it.
    public distributed func deleteCollection(_ name: String) async throws {
        try await Self.answer(with: router) { try await $0.deleteCollection(name) }
    }

    /// The names, configurations and places of all collections, by name.
    public distributed func listCollections() async throws -> [CollectionDescription] {
        try await Self.answer(with: router) { try await $0.listCollections() }
    }

    /// The names of all collections, in order: cheap, as no worker is asked.
    public distributed func collectionNames() async throws -> [String] {
        try await Self.answer(with: router) { try await $0.collectionNames() }
    }

    /// One collection.
    public distributed func describeCollection(
        _ name: String
    ) async throws -> CollectionDescription {
        try await Self.answer(with: router) { try await $0.describeCollection(name) }
    }

    /// Inserts or replaces points; all points of one shard or none.
    public distributed func upsert(_ request: UpsertRequest) async throws -> Int {
        try await Self.answer(with: router) { try await $0.upsert(request) }
    }

    /// The points of these ids that exist, in the order of the request.
    public distributed func get(_ request: GetRequest) async throws -> [Point] {
        try await Self.answer(with: router) { try await $0.get(request) }
    }

    /// Deletes points and says how many existed.
    public distributed func delete(_ request: DeleteRequest) async throws -> Int {
        try await Self.answer(with: router) { try await $0.delete(request) }
    }

    /// Opens a session for writes of a collection, in which each is done once.
    public distributed func openSession(_ collection: String) async throws -> CollectionSession {
        try await Self.answer(with: router) { try await $0.openSession(collection) }
    }

    /// The nearest points of all shards.
    public distributed func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        try await Self.answer(with: router) { try await $0.search(request) }
    }

    /// The nearest points of many vectors, in the order of the vectors.
    public distributed func searchBatch(
        _ request: SearchBatchRequest
    ) async throws -> [[ScoredPoint]] {
        try await Self.answer(with: router) { try await $0.searchBatch(request) }
    }

    /// The points that follow an id, in the order of ids.
    public distributed func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        try await Self.answer(with: router) { try await $0.scroll(request) }
    }

    /// How many points a collection has.
    public distributed func count(_ request: CountRequest) async throws -> Int {
        try await Self.answer(with: router) { try await $0.count(request) }
    }

    /// How well the searches of each shard find the true neighbours, by shard.
    public distributed func measureRecall(
        _ request: RecallRequest
    ) async throws -> [ShardRecall] {
        try await Self.answer(with: router) { try await $0.measureRecall(request) }
    }

    /// The cluster as this gateway sees it.
    public distributed func status() async throws -> ClusterStatus {
        try await Self.answer(with: router) { try await $0.status() }
    }

    /// How long a request may take whose caller has set no deadline.
    private static let timeout = Duration.seconds(30)

    /// Runs `body` beside the actor: requests do not wait for each other here.
    private nonisolated static func answer<Value: Sendable>(
        with router: Router, _ body: @Sendable (Router) async throws -> Value
    ) async throws -> Value {
        do {
            return try await withDeadline(Self.timeout) { try await body(router) }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(inGateway: error)
        }
    }
}

extension GatewayServer {
    /// Answers calls from now on.
    ///
    /// - Parameters:
    ///   - system: The node's actor system, started or not.
    ///   - placementDrivers: The nodes of the placement drivers; the system knows their endpoints.
    ///   - version: The version of the software, for ``GatewayService/status()``.
    ///   - hedgesReads: Whether a read that takes longer than usual is asked of a second replica.
    public static func host(
        on system: ClusterActorSystem, placementDrivers: [NodeID], version: String,
        hedgesReads: Bool = true
    ) -> GatewayServer {
        let table = RoutingTable(system: system, placementDrivers: placementDrivers)
        system.allow($GatewayService<ClusterActorSystem>.self, on: GatewayServer.self) { routes in
            routes.add("upsert(_:)") { try await $0.upsert($1) }
            routes.add("delete(_:)") { try await $0.delete($1) }
            routes.add("get(_:)") { try await $0.get($1) }
            routes.add("search(_:)") { try await $0.search($1) }
        }
        system.allow(errors: ServiceError.self)
        return system.host(WellKnownName.gateway) { system in
            GatewayServer(
                router: Router(
                    shards: ShardCaller(table: table, hedgesReads: hedgesReads), version: version),
                actorSystem: system)
        }
    }
}
