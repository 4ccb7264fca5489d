public import Protocols

extension VectronClient {
    /// Creates a collection, which must not exist.
    @discardableResult
    public func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        try await call(.write) { try await $0.createCollection(configuration) }
    }

    /// Deletes a collection and all that is in it.
    public func deleteCollection(_ name: String) async throws {
        try await call(.write) { try await $0.deleteCollection(name) }
    }

    /// All collections, by name.
    public func listCollections() async throws -> [CollectionDescription] {
        try await call(.read) { try await $0.listCollections() }
    }

    /// One collection.
    public func describeCollection(_ name: String) async throws -> CollectionDescription {
        try await call(.read) { try await $0.describeCollection(name) }
    }

    /// The cluster as a gateway sees it.
    public func status() async throws -> ClusterStatus {
        try await call(.read) { try await $0.status() }
    }
}
