import Foundation
import PlacementDriver
import Primitives
import Protocols
import Storage
import Testing
import Vectors

@Suite struct `A catalog replica` {
    private let path = FileManager.default.temporaryDirectory
        .appending(path: "vectron-placement-\(UUID().uuidString)").path

    private func open() throws -> CatalogReplica {
        let directory = try DataDirectory(
            at: path, for: NodeIdentity(cluster: "blue", node: "placement"))
        return try CatalogReplica(in: directory) { Issue.record("fenced: \($0)") }
    }

    /// Opens the catalog once the thread of the one before has let go of it.
    private func reopened() async throws -> CatalogReplica {
        while true {
            do {
                return try open()
            } catch StorageError.locked {
                await Task.yield()
            }
        }
    }

    @Test func `has every command that it has carried out after it is opened again`()
        async throws
    {
        defer { try? FileManager.default.removeItem(atPath: path) }  // left to the system otherwise
        let worker = WorkerRecord(node: "w1", endpoint: "tcp://a:1", store: 1)
        do {
            let replica = try open()
            _ = try await replica.propose { _ in .registerWorker(worker) }
            _ = try await replica.propose { catalog in
                .createCollection(
                    CollectionConfiguration(name: "books", dimension: 2, metric: .dot),
                    Placement(replicas: [["w1"]]), ifEpoch: catalog.epoch)
            }
            // Neither changes anything, so neither is stored.
            _ = try await replica.propose { _ in .registerWorker(worker) }
            await #expect(throws: ServiceError.self) {
                try await replica.propose { _ in .deleteCollection("nothing", 1) }
            }
        }
        let replica = try await reopened()
        #expect(await replica.appliedIndex == 2)
        let map = await replica.catalog.map
        #expect(map.epoch == 3)
        #expect(map.cluster != 0)
        #expect(map.workers == [worker])
        #expect(map.collection(named: "books")?.shards.map(\.id) == [1])
    }
}
