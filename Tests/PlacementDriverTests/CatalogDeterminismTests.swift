import PlacementDriver
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `Any commands` {
    /// Commands of all kinds, some of them wrong, from a linear congruential generator; each in view of
    /// the catalog before it, or of none.
    private struct Commands {
        var state: UInt64

        mutating func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        mutating func next(for catalog: Catalog) -> CatalogCommand {
            switch draw(12) {
            case 0: return .initialize(cluster: UInt64(99 + draw(2)))
            case 1, 2: return .registerWorker(.numbered(draw(6), store: 1 + draw(3) / 2))
            case 3: return .deleteCollection("c\(draw(5))", CollectionID(UInt64(1 + draw(9))))
            case 4, 5, 6: return create(for: catalog)
            case 7, 8:
                let (shard, version, replica) = shard(of: catalog)
                return .replaceReplica(
                    ReplicaReplacement(
                        shard: shard, ifVersion: version, remove: replica, worker: "w\(draw(6))"))
            default:
                let (shard, version, replica) = shard(of: catalog)
                let record = catalog.shard(shard)
                var voters = record?.replicas.map(\.id) ?? [replica]
                if draw(3) == 0 { voters.removeFirst() }
                return .configurationApplied(shard, ifVersion: version, voters: voters)
            }
        }

        private mutating func create(for catalog: Catalog) -> CatalogCommand {
            let replicaCount = 1 + draw(3)
            return .createCollection(
                CollectionConfiguration(
                    name: "c\(draw(5))", dimension: 3, metric: .dot, shardCount: 1 + draw(3)),
                Placement(
                    replicas: (0...draw(3)).map { _ in
                        (0..<replicaCount).map { _ in "w\(draw(6))" }
                    }),
                ifEpoch: draw(5) == 0 ? 0 : catalog.epoch)
        }

        private mutating func shard(of catalog: Catalog) -> (ShardID, UInt64, ReplicaID) {
            let shards = catalog.collections.flatMap(\.shards)
            guard !shards.isEmpty, draw(9) > 0 else { return (7, 1, 1) }
            let shard = shards[draw(shards.count)]
            return (shard.id, shard.version, shard.replicas[draw(shard.replicas.count)].id)
        }
    }

    /// Applies commands, and returns them with the catalog after each and how many did something.
    private func run(
        seed: UInt64, count: Int
    ) -> (commands: [CatalogCommand], catalogs: [Catalog], successCount: Int) {
        var (commands, catalog) = (Commands(state: seed), Catalog())
        var (applied, catalogs, successCount) = ([CatalogCommand](), [Catalog](), 0)
        for _ in 0..<count {
            let command = commands.next(for: catalog)
            if case .success = catalog.apply(command) { successCount += 1 }
            applied.append(command)
            catalogs.append(catalog)
        }
        return (applied, catalogs, successCount)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `keep all invariants, and numbers only grow`(seed: UInt64) throws {
        let (_, catalogs, successCount) = run(seed: seed, count: 300)
        #expect(successCount > 50)
        for (before, after) in zip(catalogs, catalogs.dropFirst()) {
            #expect(after.violatedInvariant == nil)
            #expect(after.epoch == before.epoch || after.epoch == before.epoch.next)
            #expect((after == before) == (after.epoch == before.epoch))
            #expect(after.nextReplica >= before.nextReplica)
            for shard in after.collections.flatMap(\.shards) {
                guard let old = before.shard(shard.id) else { continue }
                #expect(shard.founders == old.founders)
                #expect((shard.version > old.version) == (shard.replicas != old.replicas))
            }
        }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `give the same catalog, byte for byte, whenever they are applied`(seed: UInt64) throws {
        let (commands, catalogs, _) = run(seed: seed, count: 200)
        var again = Catalog()
        for (command, catalog) in zip(commands, catalogs) {
            // As from a log, and sometimes from a snapshot.
            _ = again.apply(try CatalogCommand(bytes: command.bytes))
            #expect(again.stateHash == catalog.stateHash)
            if catalog.epoch.rawValue % 7 == 0 { again = try Catalog(bytes: again.bytes) }
        }
        #expect(again.bytes == catalogs.last?.bytes)
    }

    @Test func `that come twice do nothing the second time`() throws {
        let (commands, catalogs, _) = run(seed: 3, count: 300)
        for (command, catalog) in zip(commands, catalogs) {
            var twice = catalog
            let result = twice.apply(command)
            #expect(twice == catalog, "\(command) did \(result) twice")
        }
    }

    @Test func `have a hash that tells catalogs apart`() throws {
        let (_, catalogs, _) = run(seed: 4, count: 100)
        let hashes = Set(catalogs.map(\.stateHash))
        #expect(hashes.count == Set(catalogs.map(\.bytes)).count)
        #expect(hashes.allSatisfy { $0.count == 16 })
        #expect(Catalog().stateHash == Catalog().stateHash)
    }
}
