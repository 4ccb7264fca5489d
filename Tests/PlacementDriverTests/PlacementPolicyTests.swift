import PlacementDriver
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `The placement policy` {
    private func catalog(workers: [WorkerRecord]) -> Catalog {
        var catalog = Catalog.initialized
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

    private func shards(_ count: Int, replicaCount: Int? = nil) -> CollectionConfiguration {
        CollectionConfiguration(
            name: "books", dimension: 2, metric: .dot, shardCount: count,
            replicaCount: replicaCount)
    }

    private func leaders(_ placement: Placement) -> [String: Int] {
        Dictionary(placement.replicas.map { ($0[0], 1) }, uniquingKeysWith: +)
    }

    /// The largest difference between two workers.
    private func spread(_ counts: [String: Int], over workers: [WorkerRecord]) -> Int {
        let values = workers.map { counts[$0.node, default: 0] }
        return (values.max() ?? 0) - (values.min() ?? 0)
    }

    private func counts(_ placement: Placement) -> [String: Int] {
        Dictionary(placement.replicas.joined().map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test func `spreads 16 shards of 3 replicas over 6 workers, 8 on each`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shards(16), in: catalog(workers: workers(6)), where: { _ in true })
        #expect(counts(placement) == ["w1": 8, "w2": 8, "w3": 8, "w4": 8, "w5": 8, "w6": 8])
        for replicas in placement.replicas { #expect(Set(replicas).count == 3) }
    }

    @Test func `puts the replicas of a shard into different failure domains`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shards(16), in: catalog(workers: workers(6) { "zone-\($0 % 3)" }),
            where: { _ in true })
        #expect(counts(placement) == ["w1": 8, "w2": 8, "w3": 8, "w4": 8, "w5": 8, "w6": 8])
        for replicas in placement.replicas {
            let zones = replicas.compactMap { Int($0.dropFirst()) }.map { $0 % 3 }
            #expect(Set(zones).count == 3)
        }
    }

    @Test func `uses a failure domain twice when there are too few`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shards(4), in: catalog(workers: workers(4) { "zone-\($0 % 2)" }),
            where: { _ in true })
        #expect(counts(placement) == ["w1": 3, "w2": 3, "w3": 3, "w4": 3])
    }

    @Test func `begins where the fewest replicas are, then by name`() throws {
        var catalog = catalog(workers: workers(3))
        _ = catalog.apply(
            .createCollection(
                CollectionConfiguration(name: "a", dimension: 2, metric: .dot, shardCount: 2),
                Placement(replicas: [["w1"], ["w2"]]), ifEpoch: catalog.epoch))
        let placement = try PlacementPolicy().place(
            shards(3), in: catalog, where: { _ in true })
        #expect(placement.replicas == [["w3"], ["w1"], ["w2"]])
    }

    @Test func `leaves out workers that are not eligible`() throws {
        let placement = try PlacementPolicy().place(
            shards(2), in: catalog(workers: workers(3)), where: { $0.node != "w1" })
        #expect(placement.replicas == [["w2"], ["w3"]])
    }

    @Test(arguments: [0, 2])
    func `says what to do when there are too few workers`(count: Int) {
        let catalog = count == 0 ? Catalog.initialized : catalog(workers: workers(count))
        let error = #expect(throws: ServiceError.self) {
            try PlacementPolicy(replicaCount: 3).place(
                shards(1), in: catalog, where: { _ in true })
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("start a worker") == true)
    }

    @Test func `has a collection's own number of replicas`() throws {
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shards(4, replicaCount: 2), in: catalog(workers: workers(3)), where: { _ in true })
        #expect(placement.replicas.allSatisfy { $0.count == 2 })
    }

    @Test func `spreads the preferred leaders`() throws {
        for zones in [1, 2, 3, 6] {
            let placement = try PlacementPolicy(replicaCount: 3).place(
                shards(16), in: catalog(workers: workers(6) { "zone-\($0 % zones)" }),
                where: { _ in true })
            #expect(Set(counts(placement).values) == [8])
            #expect(Set(leaders(placement).values) == [2, 3])
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 7])
    func `is even for any number of workers, shards and replicas`(replicaCount: Int) throws {
        for workerCount in replicaCount...9 {
            for shardCount in [1, 2, 3, 5, 8, 16, 17] {
                let workers = workers(workerCount)
                let placement = try PlacementPolicy(replicaCount: replicaCount).place(
                    shards(shardCount), in: catalog(workers: workers), where: { _ in true })
                #expect(spread(counts(placement), over: workers) <= 1)
                #expect(spread(leaders(placement), over: workers) <= 1)
                for replicas in placement.replicas { #expect(Set(replicas).count == replicaCount) }
            }
        }
    }

    /// Sizes of zones, and how many replicas the fullest worker must have at least, of 12 shards
    /// with three replicas in three different zones.
    @Test(
        arguments: [
            ([2, 2, 2], 6), ([1, 1, 1], 12), ([1, 2, 3], 12), ([2, 2, 3], 6), ([1, 1, 1, 1], 9),
            ([2, 1, 1, 1], 8), ([1, 1, 1, 3], 8), ([2, 2, 2, 2], 5),
        ] as [([Int], Int)])
    func `is as even as zones of different sizes let it be`(
        sizes: [Int], fullest: Int
    ) throws {
        let zones = sizes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        let workers = workers(zones.count) { "zone-\(zones[$0 - 1])" }
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shards(12), in: catalog(workers: workers), where: { _ in true })
        for replicas in placement.replicas {
            let used = replicas.compactMap { Int($0.dropFirst()) }.map { zones[$0 - 1] }
            #expect(Set(used).count == 3)
        }
        #expect(counts(placement).values.max() == fullest)
        #expect(spread(leaders(placement), over: workers) <= 1)
    }

    @Test func `fills up a worker that has joined`() throws {
        var catalog = catalog(workers: workers(3))
        for name in ["a", "b"] {
            if name == "b" {
                _ = catalog.apply(
                    .registerWorker(WorkerRecord(node: "w4", endpoint: "tcp://h:4", store: 1)))
            }
            var configuration = shards(6)
            configuration.name = name
            let placement = try PlacementPolicy(replicaCount: 2).place(
                configuration, in: catalog, where: { _ in true })
            _ = try catalog.apply(
                .createCollection(configuration, placement, ifEpoch: catalog.epoch)
            ).get()
        }
        let replicas = catalog.collections.flatMap(\.shards).flatMap(\.replicas)
        let counts = Dictionary(replicas.map { ($0.worker, 1) }, uniquingKeysWith: +)
        #expect(counts == ["w1": 6, "w2": 6, "w3": 6, "w4": 6])
        let leaders = catalog.collections.flatMap(\.shards).map(\.replicas[0].worker)
        #expect(
            Dictionary(leaders.map { ($0, 1) }, uniquingKeysWith: +)
                == ["w1": 3, "w2": 3, "w3": 3, "w4": 3])
    }

    @Test func `takes no longer than a request may for the largest collection`() throws {
        let workers = workers(40) { "zone-\($0 % 7 / 2)" }
        let placement = try PlacementPolicy(replicaCount: 3).place(
            shards(256), in: catalog(workers: workers), where: { _ in true })
        #expect(placement.replicas.count == 256)
    }

    @Test func `replaces a replica where none is, in another zone, where little is`() throws {
        var catalog = catalog(workers: workers(6) { "zone-\($0 % 3)" })
        let placement = Placement(replicas: [["w1", "w2", "w3"], ["w4", "w2", "w3"]])
        _ = try catalog.apply(.createCollection(shards(2), placement, ifEpoch: catalog.epoch)).get()
        let shard = catalog.collections[0].shards[0]
        let policy = PlacementPolicy()
        // w4 shares the zone of w1, which goes.
        #expect(
            try policy.successor(of: 1, in: shard, of: catalog, where: { _ in true }) == "w4")
        #expect(
            try policy.successor(of: 1, in: shard, of: catalog, where: { $0.node != "w4" }) == "w5")
        let error = #expect(throws: ServiceError.self) {
            try policy.successor(of: 1, in: shard, of: catalog, where: { $0.node < "w4" })
        }
        #expect(error?.code == .unavailable)
    }
}
