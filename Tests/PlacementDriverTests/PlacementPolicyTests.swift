import PlacementDriver
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `The placement policy` {
    private func catalog(workers: [WorkerRecord]) -> Catalog {
        var catalog = Catalog()
        for worker in workers { _ = catalog.apply(.registerWorker(worker)) }
        return catalog
    }

    private func workers(_ count: Int, domain: (Int) -> String? = { _ in nil }) -> [WorkerRecord] {
        (1...count).map {
            WorkerRecord(
                node: "w\($0)", endpoint: "tcp://h:\($0)", failureDomain: domain($0),
                store: 1)
        }
    }

    private func counts(_ placement: Placement) -> [String: Int] {
        Dictionary(placement.replicas.joined().map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test func `spreads 16 shards of 3 replicas over 6 workers, 8 on each`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shardCount: 16, in: catalog(workers: workers(6)), where: { _ in true })
        #expect(counts(placement) == ["w1": 8, "w2": 8, "w3": 8, "w4": 8, "w5": 8, "w6": 8])
        for replicas in placement.replicas { #expect(Set(replicas).count == 3) }
    }

    @Test func `puts the replicas of a shard into different failure domains`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shardCount: 16, in: catalog(workers: workers(6) { "zone-\($0 % 3)" }),
            where: { _ in true })
        #expect(counts(placement) == ["w1": 8, "w2": 8, "w3": 8, "w4": 8, "w5": 8, "w6": 8])
        for replicas in placement.replicas {
            let zones = replicas.compactMap { Int($0.dropFirst()) }.map { $0 % 3 }
            #expect(Set(zones).count == 3)
        }
    }

    @Test func `uses a failure domain twice when there are too few`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shardCount: 4, in: catalog(workers: workers(4) { "zone-\($0 % 2)" }),
            where: { _ in true })
        #expect(counts(placement) == ["w1": 3, "w2": 3, "w3": 3, "w4": 3])
    }

    @Test func `begins where the fewest replicas are, then by name`() throws {
        var catalog = catalog(workers: workers(3))
        _ = catalog.apply(
            .createCollection(
                CollectionConfiguration(name: "a", dimension: 2, metric: .dot, shardCount: 2),
                Placement(replicas: [["w1"], ["w2"]])))
        let placement = try PlacementPolicy().place(
            shardCount: 3, in: catalog, where: { _ in true })
        #expect(placement.replicas == [["w3"], ["w1"], ["w2"]])
    }

    @Test func `leaves out workers that are not eligible`() throws {
        let placement = try PlacementPolicy().place(
            shardCount: 2, in: catalog(workers: workers(3)), where: { $0.node != "w1" })
        #expect(placement.replicas == [["w2"], ["w3"]])
    }

    @Test(arguments: [0, 2])
    func `says what to do when there are too few workers`(count: Int) {
        let catalog = count == 0 ? Catalog() : catalog(workers: workers(count))
        let error = #expect(throws: ServiceError.self) {
            try PlacementPolicy(replicaCount: 3).place(
                shardCount: 1, in: catalog, where: { _ in true })
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("start a worker") == true)
    }
}

@Suite struct `The health of workers` {
    private let start = ContinuousClock.now

    @Test func `counts all as alive at first`() {
        let health = HealthTracker(at: start)
        #expect(health.isAlive("w1", at: start + .seconds(10)))
        #expect(!health.isAlive("w1", at: start + .seconds(11)))
    }

    @Test func `counts a silent worker as gone, and as alive when it is heard again`() {
        var health = HealthTracker(at: start)
        health.heard(of: "w1", at: start + .seconds(20))
        #expect(health.isAlive("w1", at: start + .seconds(30)))
        #expect(!health.isAlive("w1", at: start + .seconds(31)))
        health.heard(of: "w1", at: start + .seconds(40))
        #expect(health.isAlive("w1", at: start + .seconds(41)))
    }
}
