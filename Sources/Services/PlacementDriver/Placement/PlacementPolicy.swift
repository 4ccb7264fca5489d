package import Protocols

/// Where the replicas of new shards go: a pure function of the catalog and of who is alive.
///
/// First comes safety: the replicas of a shard are on as many failure domains as there are. Then
/// evenness, of replicas and of preferred leaders, over all collections together. Then names, so
/// that the same question has the same answer.
package struct PlacementPolicy: Sendable, Hashable {
    /// How many replicas a shard gets whose collection does not say.
    package var replicaCount: Int

    /// Makes a policy.
    package init(replicaCount: Int = 1) {
        precondition(replicaCount > 0, "a shard needs a replica")
        self.replicaCount = replicaCount
    }

    /// Places the shards of a new collection.
    ///
    /// - Parameters:
    ///   - configuration: How many shards, and how many replicas of each.
    ///   - catalog: The workers and what they hold.
    ///   - isEligible: Whether a worker may get replicas.
    /// - Throws: ``ServiceError/Code/unavailable`` if there are fewer eligible workers than replicas.
    /// - Complexity: O(shards · replicas · workers) for the first try, and as much again for each
    ///   step that makes it more even.
    package func place(
        _ configuration: CollectionConfiguration, in catalog: Catalog,
        where isEligible: (WorkerRecord) -> Bool
    ) throws(ServiceError) -> Placement {
        let loads = Self.loads(of: catalog).filter { isEligible($0.worker) }
        let replicaCount = configuration.replicaCount ?? replicaCount
        guard loads.count >= replicaCount else {
            throw ServiceError(
                .unavailable,
                """
                \(loads.count) of \(catalog.workers.count) registered workers are alive, \
                \(replicaCount) \(replicaCount == 1 ? "is" : "are") needed; \
                start a worker and try again
                """)
        }
        var draft = PlacementDraft(loads, replicaCount: replicaCount)
        for _ in 0..<configuration.shardCount { draft.addShard() }
        draft.evenReplicas()
        draft.evenLeaders()
        return draft.placement
    }

    /// Chooses the worker that gets a replica instead of one of a shard.
    ///
    /// - Throws: ``ServiceError/Code/unavailable`` if all eligible workers have a replica of it.
    package func successor(
        of replica: ReplicaID, in shard: ShardRecord, of catalog: Catalog,
        where isEligible: (WorkerRecord) -> Bool
    ) throws(ServiceError) -> String {
        let loads = Self.loads(of: catalog)
        let remaining = shard.replicas.filter { $0.id != replica }.map(\.worker)
        let domains = loads.filter { remaining.contains($0.worker.node) }.map(\.domain)
        let candidates = loads.filter {
            isEligible($0.worker) && shard.replica(on: $0.worker.node) == nil
        }
        let best = candidates.min { left, right in
            left.key(avoiding: domains) < right.key(avoiding: domains)
        }
        guard let best else {
            throw ServiceError(
                .unavailable,
                """
                all living workers have a replica of shard \(shard.id) already; \
                start a worker and try again
                """)
        }
        return best.worker.node
    }

    /// What each worker holds, by name.
    private static func loads(of catalog: Catalog) -> [WorkerLoad] {
        let shards = catalog.collections.flatMap(\.shards)
        // Both are only looked up, never iterated.
        let replicas = Dictionary(
            shards.flatMap(\.replicas).map { ($0.worker, 1) }, uniquingKeysWith: +)
        let leaders = Dictionary(
            shards.compactMap(\.replicas.first).map { ($0.worker, 1) }, uniquingKeysWith: +)
        let domains = catalog.workers.map(\.domain)
        return catalog.workers.map { worker in
            WorkerLoad(
                worker: worker, replicaCount: replicas[worker.node, default: 0],
                leaderCount: leaders[worker.node, default: 0],
                domain: domains.firstIndex(of: worker.domain) ?? 0)
        }
    }
}

/// A worker and how much it holds.
struct WorkerLoad {
    var worker: WorkerRecord
    var replicaCount: Int
    /// Of how many shards it is the preferred leader.
    var leaderCount: Int
    /// What falls with the worker, as a number among all.
    var domain: Int

    /// The smallest gets the next replica of a shard that is in `domains` already.
    func key(avoiding domains: [Int]) -> (Int, Int, String) {
        (domains.contains(domain) ? 1 : 0, replicaCount, worker.node)
    }
}

extension WorkerRecord {
    /// The failure domain, or the worker itself; the prefixes keep both kinds apart.
    fileprivate var domain: String { failureDomain.map { "domain " + $0 } ?? "worker " + node }
}
