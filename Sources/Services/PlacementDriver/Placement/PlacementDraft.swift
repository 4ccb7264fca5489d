import Protocols

/// A placement in the making: shards are added one by one, then evened out.
///
/// Invariant: each shard has `replicaCount` workers, all different; `loads` counts them.
struct PlacementDraft {
    private var loads: [WorkerLoad]
    private let replicaCount: Int
    /// The workers of each shard, as indexes of `loads`, the preferred leader first.
    private var shards: [[Int]] = []

    /// Begins with workers, at least as many as replicas.
    init(_ loads: [WorkerLoad], replicaCount: Int) {
        precondition(loads.count >= replicaCount, "fewer workers than replicas")
        self.loads = loads
        self.replicaCount = replicaCount
    }

    /// The placement so far.
    var placement: Placement {
        Placement(replicas: shards.map { $0.map { loads[$0].worker.node } })
    }

    /// Adds a shard: each replica goes first into a failure domain that has none of it, then to
    /// where the fewest replicas are, then by name.
    mutating func addShard() {
        var chosen: [Int] = []
        while chosen.count < replicaCount {
            let domains = chosen.map { loads[$0].domain }
            let next = loads.indices.filter { !chosen.contains($0) }.min { left, right in
                loads[left].key(avoiding: domains) < loads[right].key(avoiding: domains)
            }
            guard let next else { preconditionFailure("fewer workers than replicas") }
            loads[next].replicaCount += 1
            chosen.append(next)
        }
        loads[chosen[0]].leaderCount += 1
        shards.append(chosen)
    }
}

// MARK: - Evening out

extension PlacementDraft {
    /// Moves replicas of the new shards until no worker has two more than one that could take them.
    ///
    /// What ``addShard()`` does alone is even unless failure domains have different sizes. A move never
    /// leaves a shard on fewer domains.
    mutating func evenReplicas() {
        // Each step makes the sum of squares smaller; the bound is for proof.
        for _ in 0..<(shards.count * replicaCount) {
            var passes = EveningPath.Passes(count: loads.count)
            for shard in shards.indices {
                for from in shards[shard] {
                    for to in loads.indices where canMove(shard, from: from, to: to) {
                        passes.add(from: from, to: to, unit: shard)
                    }
                }
            }
            var next = self
            guard let path = passes.path(evening: loads.map(\.replicaCount)),
                path.allSatisfy({ next.move($0.unit, from: $0.from, to: $0.to) })
            else { return }
            self = next
        }
    }

    private func canMove(_ shard: Int, from: Int, to: Int) -> Bool {
        let workers = shards[shard]
        guard workers.contains(from), !workers.contains(to) else { return false }
        return domainCount(workers.map { $0 == from ? to : $0 }) >= domainCount(workers)
    }

    private func domainCount(_ workers: [Int]) -> Int {
        workers.indices.count { index in
            let domain = loads[workers[index]].domain
            return !workers[..<index].contains { loads[$0].domain == domain }
        }
    }

    /// Moves a replica, if that may still be: two steps of a path may be of one shard.
    private mutating func move(_ shard: Int, from: Int, to: Int) -> Bool {
        guard canMove(shard, from: from, to: to) else { return false }
        if shards[shard][0] == from {
            loads[from].leaderCount -= 1
            loads[to].leaderCount += 1
        }
        shards[shard] = shards[shard].map { $0 == from ? to : $0 }
        loads[from].replicaCount -= 1
        loads[to].replicaCount += 1
        return true
    }

    /// Chooses other preferred leaders among the replicas of the new shards until no worker leads two
    /// more than one that could.
    mutating func evenLeaders() {
        for _ in 0..<(shards.count * replicaCount) {
            var passes = EveningPath.Passes(count: loads.count)
            for shard in shards.indices {
                for to in shards[shard].dropFirst() {
                    passes.add(from: shards[shard][0], to: to, unit: shard)
                }
            }
            guard let path = passes.path(evening: loads.map(\.leaderCount)) else { return }
            // Each step is of another shard, since each begins at another leader.
            for step in path {
                guard let position = shards[step.unit].firstIndex(of: step.to) else { return }
                shards[step.unit].swapAt(0, position)
                loads[step.from].leaderCount -= 1
                loads[step.to].leaderCount += 1
            }
        }
    }
}
