import PlacementDriver
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `A worker with another disk` {
    @Test func `gets new replicas in the place of those that it lost`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        let effect = try catalog.apply(.registerWorker(.numbered(2, store: 22))).get()
        #expect(effect == .registered(.numbered(2, store: 22), lost: [2]))
        let shard = catalog.shard
        #expect(
            shard.replicas == [
                ReplicaRecord(id: 1, worker: "w1"),
                ReplicaRecord(id: 4, worker: "w2", isFounder: false),
                ReplicaRecord(id: 3, worker: "w3"),
            ])
        #expect(shard.version == 2)
        #expect(shard.founders == [1, 2, 3])
        #expect(shard.voters == [1, 2, 3])
        #expect(shard.removed == [2])
        #expect(catalog.worker(named: "w2")?.store == 22)
    }

    @Test func `changes nothing when it registers again`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        _ = try catalog.apply(.registerWorker(.numbered(2, store: 22))).get()
        let before = catalog
        #expect(try catalog.apply(.registerWorker(.numbered(2, store: 22))).get() == .unchanged)
        #expect(catalog == before)
    }

    @Test func `keeps its replicas when only its endpoint is new`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        var moved = WorkerRecord.numbered(2, store: 2)
        moved.endpoint = "tcp://elsewhere:1"
        #expect(try catalog.apply(.registerWorker(moved)).get() == .registered(moved, lost: []))
        #expect(catalog.shard.version == 1)
    }

    @Test(arguments: [(3, 2), (2, 1), (1, 1), (4, 2), (5, 3), (6, 3), (7, 4)])
    func `is refused once too few would remain that have the data`(
        replicaCount: Int, fatal: Int
    ) throws {
        var catalog = try Catalog.withShard(replicaCount: replicaCount, workerCount: replicaCount)
        for number in 1..<fatal {
            _ = try catalog.apply(.registerWorker(.numbered(number, store: 100))).get()
        }
        let before = catalog
        let error = #expect(throws: ServiceError.self) {
            try catalog.apply(.registerWorker(.numbered(fatal, store: 100))).get()
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("disk") == true)
        #expect(error?.message.contains("recovery tool") == (replicaCount > 1))
        #expect(error?.isRetryable == (fatal > 1))
        #expect(catalog == before)
    }

    @Test func `may come again when its successor has the data and the vote`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        for (store, lost, voters) in [
            (22, 2, [1, 3, 4]), (33, 4, [1, 3, 5]),
        ] as [(Int, ReplicaID, [ReplicaID])] {
            let effect = try catalog.apply(.registerWorker(.numbered(2, store: store))).get()
            #expect(effect == .registered(.numbered(2, store: store), lost: [lost]))
            _ = try catalog.apply(
                .configurationApplied(
                    catalog.shard.id, ifVersion: catalog.shard.version, voters: voters)
            ).get()
            #expect(catalog.shard.removed == [])
        }
        // And now the others may lose theirs.
        let effect = try catalog.apply(.registerWorker(.numbered(1, store: 11))).get()
        #expect(effect == .registered(.numbered(1, store: 11), lost: [1]))
    }

    @Test func `may come again before that, and the map does not grow for ever`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        for store in 0..<Catalog.maxRemovedCount {
            _ = try catalog.apply(.registerWorker(.numbered(2, store: 100 + store))).get()
        }
        let error = #expect(throws: ServiceError.self) {
            try catalog.apply(.registerWorker(.numbered(2, store: 1_000))).get()
        }
        #expect(error?.isRetryable == true)
        #expect(catalog.shard.removed.count == Catalog.maxRemovedCount)
    }

    @Test func `loses all its replicas or none`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        _ = try catalog.apply(
            .createCollection(
                CollectionConfiguration(name: "alone", dimension: 3, metric: .dot),
                Placement(replicas: [["w2"]]), ifEpoch: catalog.epoch)
        ).get()
        let before = catalog
        let error = #expect(throws: ServiceError.self) {
            try catalog.apply(.registerWorker(.numbered(2, store: 22))).get()
        }
        #expect(error?.message.contains("only replica") == true)
        #expect(catalog == before)
        _ = try catalog.apply(.deleteCollection("alone", 2)).get()
        _ = try catalog.apply(.registerWorker(.numbered(2, store: 22))).get()
        #expect(catalog.shard.removed == [2])
    }

    @Test func `must have a number`() {
        var catalog = Catalog.initialized
        #expect(throws: ServiceError.self) {
            try catalog.apply(.registerWorker(.numbered(1, store: 0))).get()
        }
    }
}

@Suite struct `Replacing a replica` {
    private var catalog: Catalog

    init() throws { catalog = try Catalog.withShard(replicaCount: 3, workerCount: 5) }

    private mutating func replace(
        _ remove: ReplicaID, by worker: String, ifVersion version: UInt64? = nil
    ) throws -> CatalogEffect {
        try catalog.apply(
            .replaceReplica(
                ReplicaReplacement(
                    shard: catalog.shard.id, ifVersion: version ?? catalog.shard.version,
                    remove: remove, worker: worker))
        ).get()
    }

    private mutating func report(
        _ voters: [ReplicaID], ifVersion version: UInt64? = nil
    ) throws -> CatalogEffect {
        try catalog.apply(
            .configurationApplied(
                catalog.shard.id, ifVersion: version ?? catalog.shard.version, voters: voters)
        ).get()
    }

    private func code(_ body: () throws -> Void) -> ServiceError.Code? {
        #expect(throws: ServiceError.self, performing: body)?.code
    }

    @Test mutating func `puts a new one in its place`() throws {
        #expect(try replace(1, by: "w4") == .replaced(catalog.shard))
        #expect(catalog.shard.replicas.map(\.id) == [4, 2, 3])
        #expect(catalog.shard.replicas.map(\.worker) == ["w4", "w2", "w3"])
        #expect(catalog.shard.replicas.map(\.isFounder) == [false, true, true])
        #expect(catalog.shard.removed == [1])
        #expect(catalog.shard.version == 2)
    }

    @Test mutating func `may rebuild it where it was`() throws {
        _ = try replace(1, by: "w1")
        #expect(catalog.shard.replicas.map(\.worker) == ["w1", "w2", "w3"])
    }

    @Test mutating func `is done when the group has the wanted voters, in any order`() throws {
        _ = try replace(1, by: "w4")
        let version = catalog.shard.version
        #expect(try report([3, 2]) == .configured(catalog.shard))
        #expect(catalog.shard.removed == [1])
        #expect(try report([4, 3, 2]) == .configured(catalog.shard))
        #expect(catalog.shard.removed == [])
        #expect(catalog.shard.voters == [2, 3, 4])
        #expect(catalog.shard.version == version)
    }

    @Test mutating func `is not undone by an old report`() throws {
        _ = try replace(1, by: "w4")
        _ = try report([2, 3, 4])
        #expect(try report([2, 3]) == .unchanged)
        #expect(catalog.shard.voters == [2, 3, 4])
    }

    @Test mutating func `is refused in view of another version`() throws {
        _ = try replace(1, by: "w4")
        #expect(code { _ = try replace(2, by: "w5", ifVersion: 1) } == .epochNotMatch)
        #expect(code { _ = try report([2, 3, 4], ifVersion: 1) } == .epochNotMatch)
    }

    @Test mutating func `is refused while another voter is being replaced`() throws {
        _ = try replace(1, by: "w4")
        #expect(code { _ = try replace(2, by: "w5") } == .unavailable)
        _ = try report([2, 3, 4])
        _ = try replace(2, by: "w5")
        #expect(catalog.shard.removed == [2])
    }

    @Test mutating func `may be repeated for a successor that never got a vote`() throws {
        _ = try replace(1, by: "w4")
        _ = try replace(4, by: "w5")
        #expect(catalog.shard.replicas.map(\.id) == [5, 2, 3])
        #expect(catalog.shard.removed == [1, 4])
        _ = try report([2, 3, 5])
        #expect(catalog.shard.removed == [])
    }

    @Test mutating func `is refused for what there is not`() {
        #expect(code { _ = try replace(9, by: "w4") } == .notFound)
        #expect(code { _ = try replace(1, by: "w9") } == .notFound)
        #expect(code { _ = try replace(1, by: "w2") } == .alreadyExists)
        #expect(
            code {
                _ = try catalog.apply(
                    .configurationApplied(77, ifVersion: 1, voters: [1])
                ).get()
            } == .notFound)
    }

    @Test(arguments: [[], [1, 2, 9], [1, 1, 2]] as [[ReplicaID]])
    func `believes no report of voters that cannot be`(voters: [ReplicaID]) throws {
        var copy = self
        _ = try copy.replace(1, by: "w4")
        #expect(code { _ = try copy.report(voters) } == .internal)
    }
}

@Suite struct `A shard whose group was recovered offline` {
    private func recovered() throws -> Catalog {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        _ = try catalog.apply(
            .configurationApplied(catalog.shard.id, ifVersion: 1, voters: [3])
        ).get()
        return catalog
    }

    @Test func `keeps the survivor, and has new replicas in the place of all others`() throws {
        let shard = try recovered().shard
        #expect(shard.voters == [3] && shard.removed == [1, 2] && shard.version == 2)
        #expect(
            shard.replicas == [
                ReplicaRecord(id: 4, worker: "w1", isFounder: false),
                ReplicaRecord(id: 5, worker: "w2", isFounder: false),
                ReplicaRecord(id: 3, worker: "w3"),
            ])
    }

    @Test func `takes the others with another disk, and is whole again`() throws {
        var catalog = try recovered()
        for number in 1...2 {
            _ = try catalog.apply(.registerWorker(.numbered(number, store: 100 + number))).get()
        }
        let shard = catalog.shard
        #expect(shard.replicas.map(\.id) == [6, 7, 3] && shard.voters == [3])
        _ = try catalog.apply(
            .configurationApplied(shard.id, ifVersion: shard.version, voters: [3, 6, 7])
        ).get()
        #expect(catalog.shard.removed.isEmpty)
    }

    @Test func `may have lost one that was refused before`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        _ = try catalog.apply(.registerWorker(.numbered(1, store: 101))).get()
        let second = CatalogCommand.registerWorker(.numbered(2, store: 102))
        #expect(throws: ServiceError.self) { try catalog.apply(second).get() }
        _ = try catalog.apply(
            .configurationApplied(catalog.shard.id, ifVersion: 2, voters: [3])
        ).get()
        #expect(catalog.shard.replicas.map(\.id) == [5, 6, 3] && catalog.shard.removed == [2, 4])
        _ = try catalog.apply(second).get()
    }

    @Test func `never gives numbers that a lost change may have given`() throws {
        var catalog = try Catalog.withShard(replicaCount: 3, workerCount: 3)
        let epoch = catalog.epoch.rawValue
        _ = try catalog.apply(.skipNumbers(1_000)).get()
        #expect(catalog.epoch.rawValue > epoch + 1_000)
        _ = try catalog.apply(.registerWorker(.numbered(1, store: 101))).get()
        #expect(catalog.shard.replicas.map(\.id) == [1_004, 2, 3])
        #expect(throws: ServiceError.self) {
            try catalog.apply(.skipNumbers(Catalog.maxSkippedCount + 1)).get()
        }
    }
}
