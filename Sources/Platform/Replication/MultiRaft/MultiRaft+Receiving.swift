package import Raft

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
        for id in ids {
            guard let group = groups[id] else { continue }
            if group.core.isQuiescent, group.sending.isEmpty {
                groups[id]?.core.tick()
                continue
            }
            withCore(id) { $0.tick() }
            tickSnapshots(of: id)
            reconcile(id)
        }
        guard liveness.tick % UInt64(max(1, settings.raft.heartbeatTickCount)) == 0 else { return }
        tickLiveness()
    }

    /// The driver's clock stood still for long: nobody may be judged by it.
    package mutating func clockStood() {
        for id in ids { groups[id]?.core.suspendLease() }
        for peer in liveness.peers { liveness.lastHeard[peer] = liveness.tick }
    }

    private mutating func tickLiveness() {
        liveness.peers = quiescentPeers()
        liveness.isSignDue = !liveness.peers.isEmpty
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

    /// The nodes that share a group with this one whose clock stands.
    private func quiescentPeers() -> [String] {
        var nodes: [String] = []
        for id in ids {
            guard let group = groups[id], group.core.isQuiescent else { continue }
            for peer in group.core.configuration.members where peer != group.core.id {
                if let node = group.nodes[peer], !nodes.contains(node) { nodes.append(node) }
            }
        }
        return nodes.sorted()
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
