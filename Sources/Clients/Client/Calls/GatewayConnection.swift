import Actors
import Distributed
import Protocols

/// A way to one gateway: what it can be asked for.
///
/// Errors are those of ``GatewayService``, or an `ActorSystemError` that says whether the request may
/// have been carried out.
protocol GatewayConnection: Sendable {
    func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription
    func deleteCollection(_ name: String) async throws
    func listCollections() async throws -> [CollectionDescription]
    func describeCollection(_ name: String) async throws -> CollectionDescription
    func openSession(_ collection: String) async throws -> CollectionSession
    func upsert(_ request: UpsertRequest) async throws -> Int
    func get(_ request: GetRequest) async throws -> [Point]
    func delete(_ request: DeleteRequest) async throws -> Int
    func search(_ request: SearchRequest) async throws -> [ScoredPoint]
    func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]]
    func scroll(_ request: ScrollRequest) async throws -> ScrollPage
    func count(_ request: CountRequest) async throws -> Int
    func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall]
    func status() async throws -> ClusterStatus
    /// Ends it; requests fail from now on.
    func close()
}

/// A gateway that is called as a distributed actor, by whoever has a node's key.
struct ActorConnection: GatewayConnection {
    private let stub: $GatewayService<ClusterActorSystem>

    init(_ stub: $GatewayService<ClusterActorSystem>) { self.stub = stub }

    func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        try await stub.createCollection(configuration)
    }

    func deleteCollection(_ name: String) async throws { try await stub.deleteCollection(name) }

    func listCollections() async throws -> [CollectionDescription] {
        try await stub.listCollections()
    }

    func describeCollection(_ name: String) async throws -> CollectionDescription {
        try await stub.describeCollection(name)
    }

    func openSession(_ collection: String) async throws -> CollectionSession {
        try await stub.openSession(collection)
    }

    func upsert(_ request: UpsertRequest) async throws -> Int { try await stub.upsert(request) }
    func get(_ request: GetRequest) async throws -> [Point] { try await stub.get(request) }
    func delete(_ request: DeleteRequest) async throws -> Int { try await stub.delete(request) }

    func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        try await stub.search(request)
    }

    func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]] {
        try await stub.searchBatch(request)
    }

    func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        try await stub.scroll(request)
    }

    func count(_ request: CountRequest) async throws -> Int { try await stub.count(request) }

    func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall] {
        try await stub.measureRecall(request)
    }

    func status() async throws -> ClusterStatus { try await stub.status() }

    func close() {
        // The actor system that it stands on is closed by whoever owns it.
    }
}
