import PlacementDriver
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `A catalog` {
    private var catalog = Catalog()

    private func worker(
        _ name: String, at endpoint: String = "tcp://a:1", store: StoreID = 1
    ) -> WorkerRecord {
        WorkerRecord(node: name, endpoint: endpoint, store: store)
    }

    private func create(_ name: String, on workers: String...) -> CatalogCommand {
        .createCollection(
            CollectionConfiguration(
                name: name, dimension: 3, metric: .cosine, shardCount: workers.count),
            Placement(replicas: workers.map { [$0] }))
    }

    private func effect(
        _ result: Result<CatalogEffect, ServiceError>
    ) throws -> CatalogEffect { try result.get() }

    @Test mutating func `knows workers by name, in order`() throws {
        for name in ["w3", "w1", "w2"] {
            _ = try effect(catalog.apply(.registerWorker(worker(name))))
        }
        #expect(catalog.workers.map(\.node) == ["w1", "w2", "w3"])
        #expect(catalog.epoch == 3)
    }

    @Test mutating func `learns a worker's new endpoint`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        let moved = worker("w1", at: "tcp://b:2")
        #expect(try effect(catalog.apply(.registerWorker(moved))) == .registered(moved))
        #expect(catalog.workers == [moved])
        #expect(catalog.epoch == 2)
    }

    @Test mutating func `stays as it is when a worker registers again`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        #expect(try effect(catalog.apply(.registerWorker(worker("w1")))) == .unchanged)
        #expect(catalog.epoch == 1)
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
        #expect(catalog == Catalog())
    }

    @Test mutating func `keeps tombstones of a deleted collection's shards`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1", "w1")))
        _ = try effect(catalog.apply(.deleteCollection("books")))
        #expect(catalog.collections == [])
        #expect(catalog.tombstones == [1, 2])
    }

    @Test mutating func `never gives a number twice`() throws {
        _ = try effect(catalog.apply(.registerWorker(worker("w1"))))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        _ = try effect(catalog.apply(.deleteCollection("books")))
        _ = try effect(catalog.apply(create("books", on: "w1")))
        #expect(catalog.collections.map(\.id) == [2])
        #expect(catalog.collections[0].shards.map(\.id) == [2])
    }

    @Test mutating func `refuses to delete a collection that is not there`() {
        let error = #expect(throws: ServiceError.self) {
            try effect(catalog.apply(.deleteCollection("books")))
        }
        #expect(error?.code == .notFound)
    }

    @Test func `is the same, byte for byte, after the same commands`() throws {
        let commands = randomCommands(seed: 7, count: 300)
        var (first, second) = (Catalog(), Catalog())
        for command in commands { _ = first.apply(command) }
        for command in commands { _ = second.apply(command) }
        #expect(first.bytes == second.bytes)
        #expect(try Catalog(bytes: first.bytes) == first)
        #expect(first.violatedInvariant == nil)
    }

    @Test func `does not come back from bytes that break an invariant`() throws {
        var catalog = Catalog()
        _ = catalog.apply(.registerWorker(worker("w1")))
        _ = catalog.apply(create("books", on: "w1"))
        let text = String(decoding: catalog.bytes, as: UTF8.self)
            .replacing("\"last\":16383", with: "\"last\":16382")
        #expect(throws: DecodingError.self) { try Catalog(bytes: Array(text.utf8)) }
    }

    /// Commands of all kinds, some of them wrong, from a linear congruential generator.
    private func randomCommands(seed: UInt64, count: Int) -> [CatalogCommand] {
        var state = seed
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        return (0..<count).map { _ in
            switch draw(4) {
            case 0: .registerWorker(worker("w\(draw(5))", at: "tcp://a:\(draw(3) + 1)"))
            case 1: .deleteCollection("c\(draw(10))")
            default: create("c\(draw(10))", on: "w\(draw(5))", "w\(draw(5))")
            }
        }
    }
}
