import Actors
import Protocols

extension Router {
    /// Creates a collection and describes it.
    func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        try configuration.validate()
        let record = try await table.placement.call(.write) {
            try await $0.createCollection(configuration)
        }
        _ = try await table.newest()
        return CollectionDescription(
            configuration: record.configuration, id: record.id, pointCount: 0,
            shards: record.shards)
    }

    /// Deletes a collection.
    func deleteCollection(_ name: String) async throws {
        try await table.placement.call(.write) { try await $0.deleteCollection(name) }
        _ = try await table.newest()
    }

    /// All collections, by name.
    func listCollections() async throws -> [CollectionDescription] {
        let collections = try await table.newest().collections
        return try await ScatterGather.each(collections) { await described($0) }
    }

    /// The names of all collections, in order; no worker is asked.
    func collectionNames() async throws -> [String] {
        try await table.newest().collections.map(\.configuration.name)
    }

    /// One collection.
    func describeCollection(_ name: String) async throws -> CollectionDescription {
        try CollectionConfiguration.validate(internalName: name)
        return await described(try await table.collection(named: name))
    }

    /// How long the count of points is waited for in a description.
    private static let countTimeout = Duration.seconds(5)

    /// A description; without a count of points if a shard cannot be asked, since where the shards
    /// are is wanted most when one is missing.
    private func described(_ collection: CollectionRecord) async -> CollectionDescription {
        let pointCount = try? await withDeadline(Self.countTimeout) {
            try await count(collection, .linearizable)
        }
        return CollectionDescription(
            configuration: collection.configuration, id: collection.id, pointCount: pointCount,
            shards: collection.shards)
    }

    /// How long a worker may take to tell its status.
    private static let statusTimeout = Duration.seconds(2)

    /// The cluster as this gateway sees it.
    func status() async throws -> ClusterStatus {
        let map = try await table.newest()
        let answers = try await ScatterGather.each(map.workers) { worker in
            do {
                let status = try await withDeadline(Self.statusTimeout) {
                    try await table.worker(worker.node).status()
                }
                return ClusterStatus.WorkerAnswer(node: worker.node, status: status, error: nil)
            } catch {
                return ClusterStatus.WorkerAnswer(
                    node: worker.node, status: nil, error: "\(error)")
            }
        }
        return ClusterStatus(
            version: version, map: map, placement: try await placementAnswers(), workers: answers)
    }

    private func placementAnswers() async throws -> [ClusterStatus.PlacementAnswer] {
        try await ScatterGather.each(table.placement.nodes) { node in
            do {
                let status = try await withDeadline(Self.statusTimeout) {
                    try await table.placement.stub(node).status()
                }
                return .init(node: node.rawValue, status: status, error: nil)
            } catch {
                return .init(node: node.rawValue, status: nil, error: "\(error)")
            }
        }
    }
}
