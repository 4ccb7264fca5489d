import Linearizability
import Primitives
import Raft
import Replication

extension World {
    /// What came of a run.
    package struct Outcome: Sendable {
        /// The seed.
        package var seed: UInt64
        /// The fingerprint of all that happened.
        package var trace: UInt64
        /// How much happened.
        package var stepCount: Int
        /// How many operations the clients finished.
        package var operationCount: Int
        /// How many of them nobody knows the outcome of.
        package var unknownCount: Int
        /// How many entries were committed.
        package var committedCount: Int
        /// What was wrong, if anything was.
        package var violation: Violation?
    }

    /// How long a healed cluster may take to be whole, in ticks.
    private static let maxHealTickCount = 1_000

    /// Lets everything go wrong for a time, then nothing, and judges.
    package static func run(_ plan: Plan, log: ((String) -> Void)? = nil) -> Outcome {
        let world = World(plan)
        world.log = log
        world.runThroughFaults()
        world.runToHealth()
        return Outcome(
            seed: plan.seed, trace: world.trace.value, stepCount: world.stepCount,
            operationCount: world.history.count, unknownCount: world.history.unknownCount,
            committedCount: world.oracle.groups.reduce(0) { $0 + $1.committed.count },
            violation: world.violation)
    }

    private func runThroughFaults() {
        bootstrap()
        for number in clients.indices {
            clients[number].leaders = Array(repeating: nil, count: plan.groupCount)
            clients[number].sessions = Array(repeating: nil, count: plan.groupCount)
            schedule(.client(number, attempt: 0), after: 0)
        }
        schedule(.fault, after: 20 * tickLength)
        schedule(.administer, after: 0)
        run(until: plan.faultTickCount * tickLength)
    }

    private func runToHealth() {
        guard violation == nil else { return }
        heal()
        let start = now
        run(until: start + 40 * tickLength)
        history.isClosed = true
        // Clients end what they are at, then read everything once.
        for group in directory.groups {
            let isCatalog = directory.isCatalog(group.id)
            let keys = isCatalog ? Self.collectionCount : UInt64(plan.keyCount)
            for key in 0..<keys {
                history.finalReads.append(
                    (group.id, isCatalog ? .find(name: key) : .get(key: key)))
            }
            if !isCatalog { history.finalReads.append((group.id, .count)) }
        }
        history.openFinalReadCount = history.finalReads.count
        let end = start + Self.maxHealTickCount * tickLength
        var unrest: String?
        while violation == nil {
            run(until: now + 10 * tickLength)
            unrest = firstUnrest
            if unrest == nil { break }
            if now >= end { break }
        }
        if let unrest {
            tellStates()
            report("a healed cluster becomes whole", unrest)
        }
        if let defect = history.judge() { report("linearizability", defect) }
    }

    /// A client that is free reads a part of the end state.
    func beginFinalRead(client number: Int) {
        guard let next = history.finalReads.popLast() else { return }
        begin(next, client: number)
    }

    /// Tells what every peer is, for whoever asks why a cluster does not become whole.
    private func tellStates() {
        for node in nodes {
            for replica in node.replicas {
                guard let core = node.raft.core(replica.group) else { continue }
                let known = core.configuration.members.map { peer in
                    let progress = core.progress(of: peer)
                    return "\(peer): \(progress.map { "\($0.state) \($0.match)" } ?? "–")"
                }
                log?(
                    """
                    \(now) node \(node.number) group \(replica.group) peer \(core.id) \
                    \(core.status) sleeps \(core.isQuiescent) of \(core.configuration) at \
                    \(core.configurationIndex): log \(core.base.index) … \(core.lastIndex), durable \
                    \(core.persistedIndex), commit \(core.commitIndex), applied \(core.appliedIndex) \
                    \(known)
                    """)
            }
        }
    }

    /// What a healed cluster has not reached yet, in words, or nil.
    private var firstUnrest: String? {
        for client in clients {
            if let current = client.current {
                return
                    "client \(client.number) waits for \(current.action) of group \(current.group)"
            }
        }
        guard history.openFinalReadCount == 0 else {
            return "\(history.openFinalReadCount) reads are not answered"
        }
        for group in directory.groups {
            if let unrest = firstUnrest(of: group) { return "group \(group.id): \(unrest)" }
        }
        return nil
    }

    private func firstUnrest(of group: Directory.Group) -> String? {
        let cores = group.living.compactMap { peer -> Core? in
            let core = nodes[group.node(of: peer)].raft.core(group.id)
            return core?.id == peer ? core : nil
        }
        let leaders = cores.filter { $0.status.role == .leader }
        guard let leader = leaders.max(by: { $0.hardState.term < $1.hardState.term }) else {
            return "nobody leads"
        }
        if leader.configuration.isJoint { return "its members stay \(leader.configuration)" }
        if leader.commitIndex != leader.lastIndex {
            return "\(leader.lastIndex - leader.commitIndex) entries are not committed"
        }
        let applied = LogIndex(oracle.groups[Int(group.id.rawValue) - 1].committed.count)
        for core in cores where leader.configuration.contains(core.id) {
            guard let state = nodes[group.node(of: core.id)].stores[group.id]?.state else {
                return "peer \(core.id) has no state"
            }
            // Equal indexes are equal states: each was compared when it was applied.
            if state.base.index != applied {
                return "peer \(core.id) has applied \(state.base.index) of \(applied)"
            }
        }
        return nil
    }
}
