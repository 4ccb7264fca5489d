package import Protocols

/// Where the replicas of new shards go: a pure function of the catalog and of who is alive.
package struct PlacementPolicy: Sendable, Hashable {
    /// How many replicas each shard gets.
    package var replicaCount: Int

    /// Makes a policy.
    package init(replicaCount: Int = 1) {
        precondition(replicaCount > 0, "a shard needs a replica")
        self.replicaCount = replicaCount
    }

    /// A worker that may get replicas.
    private struct Candidate {
        var worker: WorkerRecord
        var replicaCount: Int
    }

    /// Places the shards of a new collection.
    ///
    /// Each replica goes to a worker that has none of the shard yet: first into a failure domain
    /// that has none, then to where the fewest replicas are, then by name. A worker without a
    /// failure domain is one of its own.
    ///
    /// - Parameters:
    ///   - shardCount: How many shards.
    ///   - catalog: The workers and what they hold.
    ///   - isEligible: Whether a worker may get replicas.
    /// - Throws: ``ServiceError/Code/unavailable`` if there are fewer eligible workers than replicas.
    /// - Complexity: O(shards · replicas · workers).
    package func place(
        shardCount: Int, in catalog: Catalog, where isEligible: (WorkerRecord) -> Bool
    ) throws(ServiceError) -> Placement {
        var candidates = zip(catalog.workers, catalog.replicaCounts)
            .filter { isEligible($0.0) }
            .map { Candidate(worker: $0, replicaCount: $1) }
        guard candidates.count >= replicaCount else {
            throw ServiceError(
                .unavailable,
                """
                \(candidates.count) of \(catalog.workers.count) registered workers are alive, \
                \(replicaCount) \(replicaCount == 1 ? "is" : "are") needed; \
                start a worker and try again
                """)
        }
        let replicas = (0..<shardCount).map { _ in placeShard(among: &candidates) }
        return Placement(replicas: replicas)
    }

    private func placeShard(among candidates: inout [Candidate]) -> [String] {
        var chosen: [Int] = []
        while chosen.count < replicaCount {
            let usedDomains = chosen.map { candidates[$0].worker.domain }
            let next = candidates.indices.filter { !chosen.contains($0) }.min { left, right in
                key(of: candidates[left], avoiding: usedDomains)
                    < key(of: candidates[right], avoiding: usedDomains)
            }
            guard let next else { preconditionFailure("fewer candidates than replicas") }
            candidates[next].replicaCount += 1
            chosen.append(next)
        }
        return chosen.map { candidates[$0].worker.node }
    }

    /// The smallest goes first.
    private func key(of candidate: Candidate, avoiding domains: [String]) -> (Int, Int, String) {
        (
            domains.contains(candidate.worker.domain) ? 1 : 0, candidate.replicaCount,
            candidate.worker.node
        )
    }
}

extension WorkerRecord {
    /// The failure domain, or the worker itself; the prefixes keep both kinds apart.
    fileprivate var domain: String { failureDomain.map { "domain " + $0 } ?? "worker " + node }
}
