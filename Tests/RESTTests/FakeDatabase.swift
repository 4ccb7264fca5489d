import Distributed
import Primitives
import Protocols
import Vectors

/// Collections in a dictionary; a search finds all points.
distributed actor FakeDatabase: GatewayService {
    typealias ActorSystem = LocalTestingDistributedActorSystem

    private var collections: [String: (CollectionConfiguration, [PointID: Point])] = [:]

    init(actorSystem: ActorSystem) {
        self.actorSystem = actorSystem
        for name in ["docs", "7:docs", "7:other", "9:full"] {
            collections[name] = (
                CollectionConfiguration(name: name, dimension: 2, metric: .dot), [:]
            )
        }
    }

    private func collection(
        _ name: String
    ) throws -> (configuration: CollectionConfiguration, points: [PointID: Point]) {
        guard let collection = collections[name] else { throw ServiceError.unknownCollection(name) }
        return collection
    }

    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        try configuration.validate()
        guard collections[configuration.name] == nil else {
            throw ServiceError.collectionExists(configuration.name)
        }
        collections[configuration.name] = (configuration, [:])
        return try await describeCollection(configuration.name)
    }

    distributed func deleteCollection(_ name: String) async throws {
        _ = try collection(name)
        collections[name] = nil
    }

    distributed func listCollections() async throws -> [CollectionDescription] { [] }
    distributed func collectionNames() async throws -> [String] { collections.keys.sorted() }

    distributed func describeCollection(_ name: String) async throws -> CollectionDescription {
        let (configuration, points) = try collection(name)
        return CollectionDescription(
            configuration: configuration, id: 4_711, pointCount: points.count, shards: [])
    }

    distributed func upsert(_ request: UpsertRequest) async throws -> Int {
        var (configuration, points) = try collection(request.collection)
        for point in request.points {
            guard point.vector.count == configuration.dimension else {
                throw ServiceError.invalidArgument(
                    "collection \(request.collection) has \(configuration.dimension) dimensions")
            }
            points[point.id] = point
        }
        collections[request.collection] = (configuration, points)
        return request.points.count
    }

    distributed func get(_ request: GetRequest) async throws -> [Point] {
        let points = try collection(request.collection).points
        return request.ids.compactMap { points[$0] }
    }

    distributed func delete(_ request: DeleteRequest) async throws -> Int {
        _ = try collection(request.collection)
        return request.ids.count {
            collections[request.collection]?.1.removeValue(forKey: $0) != nil
        }
    }

    distributed func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        try collection(request.collection).points.values
            .sorted { $0.id < $1.id }.prefix(request.limit)
            .map { ScoredPoint(id: $0.id, score: 1, payload: $0.payload) }
    }

    distributed func searchBatch(
        _ request: SearchBatchRequest
    ) async throws -> [[ScoredPoint]] {
        _ = try collection(request.collection)
        return request.batch.vectors.map { _ in [] }
    }

    distributed func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        let points = try collection(request.collection).points.values.sorted { $0.id < $1.id }
        return ScrollPage(points: points, next: nil)
    }

    distributed func openSession(_ collection: String) async throws -> CollectionSession {
        _ = try self.collection(collection)
        return CollectionSession(collection: 4_711, shards: [])
    }

    distributed func count(_ request: CountRequest) async throws -> Int {
        try collection(request.collection).points.count
    }

    distributed func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall] {
        _ = try collection(request.collection)
        return []
    }

    distributed func status() async throws -> ClusterStatus {
        ClusterStatus(version: "0", map: ClusterMap(epoch: 0), workers: [])
    }
}
