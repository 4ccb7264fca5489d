import PlacementDriver
import Primitives
import Protocols
import Vectors

extension Catalog {
    /// A catalog whose life has begun, and nothing else.
    static var initialized: Catalog {
        var catalog = Catalog()
        _ = catalog.apply(.initialize(cluster: 99))
        return catalog
    }

    /// A catalog with workers `w1`, `w2`, … on the stores 1, 2, …, and a collection `books` of one
    /// shard, whose replicas have the same numbers as their workers.
    static func withShard(replicaCount: Int, workerCount: Int) throws -> Catalog {
        var catalog = Catalog.initialized
        for number in 1...workerCount {
            _ = try catalog.apply(.registerWorker(.numbered(number, store: number))).get()
        }
        _ = try catalog.apply(
            .createCollection(
                CollectionConfiguration(
                    name: "books", dimension: 3, metric: .dot, replicaCount: replicaCount),
                Placement(replicas: [(1...replicaCount).map { "w\($0)" }]), ifEpoch: catalog.epoch)
        ).get()
        return catalog
    }

    /// The one shard of a catalog that has one.
    var shard: ShardRecord { collections[0].shards[0] }
}

extension WorkerRecord {
    /// The worker `w` and its number, on a store of a number.
    static func numbered(_ number: Int, store: Int) -> WorkerRecord {
        WorkerRecord(
            node: "w\(number)", endpoint: "tcp://h:\(number)", store: StoreID(UInt64(store)))
    }
}
