import PlacementDriver
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `A catalog` {
    private var catalog = Catalog.initialized

    private func worker(
        _ name: String, at endpoint: String = "tcp://a:1", store: StoreID = 1
    ) -> WorkerRecord {
        WorkerRecord(node: name, endpoint: endpoint, store: store)
    }

    private func create(_ name: String, on workers: String...) -> CatalogCommand {
        .createCollection(
            CollectionConfiguration(
                name: name, dimension: 3, metric: .cosine, shardCount: workers.count),
            Placement(replicas: workers.map { [$0] }), ifEpoch: catalog.epoch)
    }

    private func effect(
        _ result: Result<CatalogEffect, ServiceError>
    ) throws -> CatalogEffect { try result.get() }

    @Test mutating func `knows workers by name, in order`() throws {
        for name in ["w3", "w1", "w2"] {
            _ = try effect(catalog.apply(.registerWorker(worker(name))))
        }
        #expect(catalog.workers.map(\.node) == ["w1", "w2", "w3"])
        #expect(catalog.epoch == 4)
    }

    @Test mutating func `learns a worker's new endpoint`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        let moved = worker("w1", at: "tcp://b:2")
        #expect(try effect(catalog.apply(.registerWorker(moved))) == .registered(moved, lost: []))
        #expect(catalog.workers == [moved])
        #expect(catalog.epoch == 3)
    }

    @Test mutating func `stays as it is when a worker registers again`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        #expect(try effect(catalog.apply(.registerWorker(worker("w1")))) == .unchanged)
        #expect(catalog.epoch == 2)
    }

    @Test mutating func `parts all slots among the shards of a collection`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1", "w1", "w1")))
        let collection = try #require(catalog.collection(named: "books"))
        #expect(collection.shards.map(\.id) == [1, 2, 3])
        #expect(collection.shards.map(\.version) == [1, 1, 1])
        #expect(collection.shards.first?.slots.first == 0)
        #expect(collection.shards.last?.slots.last == 16_383)
        for number in UInt64(0)..<100 {
            let shard = collection.shard(for: .number(number))
            #expect(shard.slots.contains(HashSlot(of: .number(number))))
        }
    }

    @Test mutating func `refuses a collection that exists and stays as it is`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        let before = catalog
        let error = #expect(throws: ServiceError.self) {
            try effect(catalog.apply(create("books", on: "w1", "w1")))
        }
        #expect(error?.code == .alreadyExists)
        #expect(catalog == before)
    }

    @Test(arguments: ["", ".hidden", "a/b", "ü", String(repeating: "x", count: 256)])
    func `refuses a collection with a bad name`(name: String) {
        var catalog = catalog
        let error = #expect(throws: ServiceError.self) {
            try effect(catalog.apply(create(name, on: "w1")))
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test mutating func `refuses a placement on a worker that it does not know`() {
        let error = #expect(throws: ServiceError.self) {
            try effect(catalog.apply(create("books", on: "w9")))
        }
        #expect(error?.code == .internal)
        #expect(catalog == Catalog.initialized)
    }

    @Test mutating func `keeps tombstones of a deleted collection's shards`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1", "w1")))
        _ = try effect(catalog.apply(.deleteCollection("books", 1)))
        #expect(catalog.collections == [])
        #expect(catalog.tombstones == [1, 2])
    }

    @Test mutating func `never gives a number twice`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        _ = try effect(catalog.apply(.deleteCollection("books", 1)))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        #expect(catalog.collections.map(\.id) == [2])
        #expect(catalog.collections[0].shards.map(\.id) == [2])
    }

    @Test mutating func `refuses a collection that was placed in view of another epoch`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        let command = create("books", on: "w1")
        _ = try effect(catalog.apply(.registerWorker(worker("w2"))))
        let error = #expect(throws: ServiceError.self) { try effect(catalog.apply(command)) }
        #expect(error?.code == .epochNotMatch)
        #expect(error?.details["epoch"] == "3")
        #expect(catalog.collections == [])
    }

    @Test mutating func `deletes no collection that was made after the one that was meant`() throws
    {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        _ = try effect(catalog.apply(.deleteCollection("books", 1)))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        let error = #expect(throws: ServiceError.self) {
            try effect(catalog.apply(.deleteCollection("books", 1)))
        }
        #expect(error?.code == .notFound)
        #expect(catalog.collections.map(\.id) == [2])
    }

    @Test mutating func `numbers replicas in order, all of them founders`() throws {
        for name in ["w1", "w2"] {
            _ = try effect(catalog.apply(.registerWorker(worker(name))))
        }
        _ = try effect(
            catalog.apply(
                .createCollection(
                    CollectionConfiguration(
                        name: "books", dimension: 3, metric: .dot, shardCount: 2, replicaCount: 2),
                    Placement(replicas: [["w2", "w1"], ["w1", "w2"]]), ifEpoch: catalog.epoch)))
        let shards = try #require(catalog.collection(named: "books")).shards
        #expect(
            shards[0].replicas == [
                ReplicaRecord(id: 1, worker: "w2"), ReplicaRecord(id: 2, worker: "w1"),
            ])
        #expect(shards[1].founders == [3, 4])
        #expect(shards[1].voters == [3, 4])
        #expect(shards[1].removed == [])
        #expect(catalog.nextReplica == 5)
    }

    @Test mutating func `refuses a placement of another number of replicas`() throws {
        for name in ["w1", "w2"] {
            _ = try effect(catalog.apply(.registerWorker(worker(name))))
        }
        let configuration = CollectionConfiguration(
            name: "books", dimension: 3, metric: .dot, replicaCount: 2)
        let error = #expect(throws: ServiceError.self) {
            try effect(
                catalog.apply(
                    .createCollection(
                        configuration, Placement(replicas: [["w1"]]), ifEpoch: catalog.epoch)))
        }
        #expect(error?.code == .internal)
    }

    @Test mutating func `refuses to delete a collection that is not there`() {
        let error = #expect(throws: ServiceError.self) {
            try effect(catalog.apply(.deleteCollection("books", 1)))
        }
        #expect(error?.code == .notFound)
    }

    @Test func `does not come back from bytes that break an invariant`() throws {
        var catalog = catalog
        _ = catalog.apply(.registerWorker(worker("w1")))
        _ = catalog.apply(
            .createCollection(
                CollectionConfiguration(name: "books", dimension: 3, metric: .dot),
                Placement(replicas: [["w1"]]), ifEpoch: catalog.epoch))
        let text = String(decoding: catalog.bytes, as: UTF8.self)
            .replacing("\"last\":16383", with: "\"last\":16382")
        #expect(throws: DecodingError.self) { try Catalog(bytes: Array(text.utf8)) }
    }
}
