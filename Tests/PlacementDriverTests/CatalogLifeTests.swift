import PlacementDriver
import Primitives
import Protocols
import Testing

@Suite struct `A cluster's life` {
    @Test func `begins once`() throws {
        var catalog = Catalog()
        #expect(try catalog.apply(.initialize(cluster: 7)).get() == .initialized)
        #expect(catalog.map.cluster == 7)
        #expect(catalog.epoch == 1)
        #expect(try catalog.apply(.initialize(cluster: 7)).get() == .unchanged)
        let error = #expect(throws: ServiceError.self) {
            try catalog.apply(.initialize(cluster: 8)).get()
        }
        #expect(error?.code == .alreadyExists)
        #expect(catalog.map.cluster == 7)
        #expect(catalog.epoch == 1)
    }

    @Test func `has a number`() {
        var catalog = Catalog()
        #expect(throws: ServiceError.self) { try catalog.apply(.initialize(cluster: 0)).get() }
        #expect(catalog == Catalog())
    }

    @Test func `begins before anything else`() {
        var catalog = Catalog()
        let worker = WorkerRecord(node: "w1", endpoint: "tcp://a:1", store: 1)
        let error = #expect(throws: ServiceError.self) {
            try catalog.apply(.registerWorker(worker)).get()
        }
        #expect(error?.code == .unavailable)
        #expect(catalog == Catalog())
    }
}
