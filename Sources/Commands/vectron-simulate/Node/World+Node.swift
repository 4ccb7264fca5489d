import Primitives
package import Raft
import Replication

// The lives of processes: what begins, what a crash leaves, and what is found then.
extension World {
    /// Makes the first replicas of all groups.
    func bootstrap() {
        for node in nodes { start(node) }
    }

    /// Puts a new replica on a node that runs.
    package func create(_ peer: PeerID, of group: GroupID, at node: Node, founders: [PeerID] = []) {
        let base = LogBase(configuration: Configuration(voters: founders))
        node.stores[group] = AppliedStore(
            AppliedState(base: base, isCatalog: directory.isCatalog(group)))
        node.raft.create(
            group, peer: peer, founders: founders, nodes: directory[group].nodeNames)
        keep(group, at: node)
        pump(node, touched: [group])
    }

    private func keep(_ group: GroupID, at node: Node) {
        guard let core = node.raft.core(group) else { return }
        let index = node.replicas.firstIndex { $0.group > group } ?? node.replicas.count
        node.replicas.insert(Replica(group: group, core: core), at: index)
    }

    /// A process begins with what its disk holds.
    func start(_ node: Node) {
        node.life += 1
        node.isUp = true
        node.isPaused = false
        node.lastTick = now
        node.raft = MultiRaft(
            node: Node.name(node.number), settings: plan.replication, seed: nodeRandom.next())
        let disk: DurableLogs
        do {
            disk = try node.device.open()
        } catch {
            return report("a log is what was written", "node \(node.number): \(error)")
        }
        for group in disk.groups {
            if let stored = disk[group] { restore(stored, of: group, at: node) }
        }
        foundAgain(at: node, unless: disk.groups)
        log?("\(now) node \(node.number) starts with groups \(node.replicas.map(\.group))")
        schedule(
            .tick(node: node.number, life: node.life),
            after: nodeRandom.below(node.tickLength))
        pump(node, touched: disk.groups)
    }

    /// Founders begin.
    ///
    /// One whose beginning was not durable when its process ended begins again, as a worker does
    /// whose map assigns it one: nobody has heard of it.
    private func foundAgain(at node: Node, unless stored: [GroupID]) {
        for group in directory.groups where !stored.contains(group.id) {
            for peer in group.first.voters
            where group.node(of: peer) == node.number && group.living.contains(peer)
                && !group.lost.contains(peer)
            {
                create(peer, of: group.id, at: node, founders: group.first.voters)
            }
        }
    }

    private func restore(_ stored: StoredLog, of group: GroupID, at node: Node) {
        guard let base = node.stores[group]?.state.base else {
            // A replica that has left may stand in the log if the power failed while it left.
            if !directory[group].living.contains(stored.peer) { return }
            return report("a log has a state", "group \(group) at node \(node.number)")
        }
        guard base.index >= stored.base.index else {
            return report(
                "the log is cut below the state only",
                """
                node \(node.number), group \(group): applied \(base.index), the log begins behind \
                \(stored.base.index)
                """)
        }
        node.raft.restore(
            group, stored: stored, applied: base, nodes: directory[group].nodeNames)
        keep(group, at: node)
    }

    /// A process ends, wherever it is.
    func crash(_ node: Node) {
        guard node.isUp else { return }
        log?("\(now) node \(node.number) ends")
        node.isUp = false
        node.life += 1
        node.isPaused = false
        node.effectsUntilCrash = nil
        node.backlog = []
        for replica in node.replicas { node.stores[replica.group]?.crash(using: &nodeRandom) }
        node.replicas = []
        node.reads = [:]
        node.device.crash(writing: node.writing?.records ?? [])
        node.writing = nil
        node.queue = Node.WriteBatch()
        guard !isHealed else { return }
        // The others may see the connections close, or may not.
        for other in nodes where other.number != node.number && nodeRandom.chance(0.5) {
            guard let delay = network.delays(from: node.number, to: other.number).0 else {
                continue
            }
            schedule(.lost(node.number, to: other.number), after: delay)
        }
    }

    /// Whether the process goes on, rather than ending right here.
    func survives(_ node: Node) -> Bool {
        guard node.isUp, violation == nil else { return false }
        if let left = node.effectsUntilCrash {
            node.effectsUntilCrash = left > 0 ? left - 1 : nil
            guard left == 0 else { return true }
        } else {
            guard !isHealed, nodeRandom.chance(plan.crashRate) else { return true }
        }
        crash(node)
        schedule(
            .start(node: node.number, life: node.life),
            after: nodeRandom.span(mean: 20 * tickLength))
        return false
    }
}
