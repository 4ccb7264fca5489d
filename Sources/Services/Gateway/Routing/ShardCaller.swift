import Actors
import Primitives
import Protocols

/// Calls single shards, over and over inside the caller's deadline, as ``RetryPolicy`` decides.
struct ShardCaller: Sendable {
    let table: RoutingTable

    /// A shard at the time of a call, and the stub of the worker that holds it.
    private struct Target {
        var address: ShardAddress
        var worker: String
    }

    /// Calls the worker that holds a shard.
    ///
    /// - Parameters:
    ///   - shard: The shard.
    ///   - collection: Its collection, as the request was routed by.
    ///   - kind: Whether repeating the call does harm.
    ///   - body: Calls the worker.
    /// - Throws: ``ServiceError``, naming the shard and the worker.
    func call<Value: Sendable>(
        _ shard: ShardID, of collection: CollectionRecord, _ kind: RetryPolicy.Kind,
        _ body: @Sendable ($WorkerService<ClusterActorSystem>, ShardAddress) async throws -> Value
    ) async throws -> Value {
        var attempt = 0
        while true {
            let target = try await target(shard, of: collection)
            do {
                return try await body(table.worker(target.worker), target.address)
            } catch let error as CancellationError {
                throw error
            } catch {
                attempt += 1
                let remaining = Deadline.current?.remaining ?? .zero
                switch RetryPolicy.decide(
                    after: error, kind, attempt: attempt, remaining: remaining)
                {
                case .fail(let error):
                    throw error.naming(
                        shard, of: collection.configuration.name, on: target.worker)
                case .retry(let pause):
                    try await Task.sleep(for: pause)
                case .reconcile(let workerEpoch, let pause):
                    await reconcile(with: target.worker, workerEpoch)
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    private func target(_ shard: ShardID, of collection: CollectionRecord) async throws -> Target {
        let current = try await table.map().collections.first { $0.id == collection.id }
        guard let current else {
            throw ServiceError.unknownCollection(collection.configuration.name)
        }
        guard let record = current.shards.first(where: { $0.id == shard }),
            let worker = record.replicas.first?.worker
        else {
            throw ServiceError(
                .unavailable, "shard \(shard) has no replica by the newest map; try again later")
        }
        return Target(
            address: ShardAddress(
                collection: current.id, shard: record.id, version: record.version),
            worker: worker)
    }

    /// Makes gateway and worker route by one map: the older of both is brought up to date.
    ///
    /// What fails here shows in the next call.
    private func reconcile(with worker: String, _ workerEpoch: UInt64?) async {
        guard let map = try? await table.refreshed(patience: .zero) else { return }
        if let workerEpoch, workerEpoch < map.epoch.rawValue {
            try? await table.worker(worker).install(map)
        }
    }
}
