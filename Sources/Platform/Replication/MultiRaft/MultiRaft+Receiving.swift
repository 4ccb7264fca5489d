import Raft

extension MultiRaft {
    /// Messages have come from a node.
    package mutating func receive(_ messages: [GroupMessage], from node: String) {
        liveness.heard(of: node)
        for message in messages {
            guard groups[message.group] != nil else { continue }
            groups[message.group]?.nodes[message.message.sender] = node
            withCore(message.group) { $0.receive(message.message) }
        }
    }

    /// A node has ended, or is taken for it: groups that it led need not wait for its silence.
    package mutating func nodeLost(_ node: String) {
        for id in ids { loseLeader(of: id, on: node) }
    }

    mutating func loseLeader(of id: GroupID, on node: String) {
        guard let group = groups[id], let leader = group.core.status.leader,
            leader != group.core.id, group.nodes[leader] == node
        else { return }
        withCore(id) { $0.leaderLost() }
    }
}

// MARK: - Time

/// Which nodes live, by their messages: for the groups whose own clocks stand.
struct Liveness: Sendable {
    var tick: UInt64 = 0
    /// When each node was heard last; only looked up.
    var lastHeard: [String: UInt64] = [:]
    /// How many groups sleep that are shared with a node: no zeros, never iterated but sorted.
    var sleeperCounts: [String: Int] = [:]
    /// The nodes that are to know that this one lives, in order.
    var peers: [String] = []
    var isSignDue = false
    /// The groups of lost nodes that are to be started, the next ones first.
    var waking: [(group: GroupID, node: String)] = []

    mutating func heard(of node: String) { lastHeard[node] = tick }

    mutating func takeDue(_ messages: inout MessageSorter) {
        guard isSignDue else { return }
        isSignDue = false
        for peer in peers { messages.addSign(to: peer) }
    }
}

extension MultiRaft {
    /// A tick of the clock has passed.
    package mutating func tick() {
        liveness.tick += 1
        let ids = awake
        awake = []
        for id in ids {
            guard groups[id] != nil else { continue }
            if fallsAsleep(id) { continue }
            awake.append(id)
            withCore(id) { $0.tick() }
            tickSnapshots(of: id)
            reconcile(id)
        }
        guard liveness.tick % UInt64(max(1, settings.raft.heartbeatTickCount)) == 0 else { return }
        tickLiveness()
    }

    /// Leaves a group out of the ticks from this one on if its clock stands.
    private mutating func fallsAsleep(_ id: GroupID) -> Bool {
        guard groups[id]?.core.isQuiescent == true, groups[id]?.sending.isEmpty == true,
            let group = groups[id]
        else { return false }
        // A leader whose voters are to be others has something to do.
        if group.core.status.role == .leader, let wanted = group.wantedVoters, !wanted.isEmpty,
            wanted != group.core.configuration.voters
        {
            return false
        }
        let peers = group.core.configuration.members.filter { $0 != group.core.id }
        var nodes: [String] = []
        for node in peers.compactMap({ group.nodes[$0] }) where !nodes.contains(node) {
            nodes.append(node)
        }
        for node in nodes { liveness.sleeperCounts[node, default: 0] += 1 }
        groups[id]?.isAwake = false
        groups[id]?.sleep = (liveness.tick - 1, nodes)
        return true
    }

    /// Lets a group have its ticks again, before anything happens to it.
    ///
    /// Those that it has slept through are made up for: its core counts them even if they mean nothing.
    mutating func wake(_ id: GroupID) {
        guard groups[id]?.isAwake == false else { return }
        if let (lastTick, nodes) = groups[id]?.sleep {
            groups[id]?.core.sleep(through: liveness.tick - lastTick)
            for node in nodes {
                let count = (liveness.sleeperCounts[node] ?? 0) - 1
                liveness.sleeperCounts[node] = count > 0 ? count : nil
            }
            groups[id]?.sleep = nil
        }
        groups[id]?.isAwake = true
        awake.append(id)
    }

    /// The driver's clock stood still for long: nobody may be judged by it.
    package mutating func clockStood() {
        for id in ids {
            wake(id)
            groups[id]?.core.suspendLease()
        }
        for peer in liveness.peers { liveness.lastHeard[peer] = liveness.tick }
    }

    private mutating func tickLiveness() {
        liveness.peers = liveness.sleeperCounts.keys.sorted()
        // Every other time: what is waited for is five times as long.
        let signInterval = 2 * UInt64(max(1, settings.raft.heartbeatTickCount))
        liveness.isSignDue = !liveness.peers.isEmpty && liveness.tick % signInterval == 0
        for (id, node) in liveness.waking.prefix(settings.maxWakeCount) {
            loseLeader(of: id, on: node)
        }
        liveness.waking.removeFirst(min(settings.maxWakeCount, liveness.waking.count))
        let patience = UInt64(settings.raft.electionTickCount)
        for node in liveness.peers {
            guard let last = liveness.lastHeard[node] else {
                liveness.lastHeard[node] = liveness.tick
                continue
            }
            guard liveness.tick - last >= patience else { continue }
            liveness.lastHeard[node] = nil
            liveness.waking += ids.filter { groups[$0]?.core.isQuiescent == true }
                .map { ($0, node) }
        }
    }
}

// MARK: - Members

extension MultiRaft {
    /// A leader brings the voters to what the catalog wants: new ones as learners first, and, once
    /// they have caught up, all in one joint change.
    private mutating func reconcile(_ id: GroupID) {
        guard let group = groups[id], group.core.status.role == .leader,
            let wanted = group.wantedVoters, !wanted.isEmpty
        else { return }
        let core = group.core
        let now = core.configuration
        guard now.voters != wanted || now.isJoint || !now.learners.isEmpty else { return }
        guard group.knownVoters.allSatisfy(now.isVoter) else { return }
        guard !now.isJoint, core.hasCommittedInTerm, core.configurationIndex <= core.commitIndex
        else { return }
        let missing = wanted.filter { !now.isVoter($0) }
        let isReady = missing.allSatisfy { core.hasCaughtUp($0) }
        let (voters, learners) = isReady ? (wanted, []) : (now.voters, missing)
        guard voters != now.voters || learners != now.learners else { return }
        // A refusal is no error: the next tick tries again.
        try? change(
            id, voters: voters, learners: learners, ifNewest: core.configurationIndex)
    }
}
