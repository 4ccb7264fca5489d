import Primitives
import Raft
import Replication
import Worker

// Who looks after the groups: replaces lost peers, moves others, and gives leads away.
extension World {
    /// Does something for one of the groups, and plans the next.
    func administer() {
        schedule(
            .administer, after: administrationRandom.span(mean: plan.administrationGap * tickLength)
        )
        let slot = administrationRandom.below(directory.groups.count)
        retire(in: slot)
        guard !isHealed, let (core, node) = leader(of: directory.groups[slot].id) else { return }
        switch administrationRandom.below(8) {
        case 7: compareHashes(in: slot, at: node)
        case 0: transfer(core, in: slot, at: node)
        case 1...3 where plan.reconciles: wantOthers(than: core, in: slot)
        case 1: addLearner(to: core, in: slot, at: node)
        default: if !plan.reconciles { changeMembers(of: core, in: slot, at: node) }
        }
        pump(node, touched: [directory.groups[slot].id])
    }

    /// Somebody who believes to lead.
    private func leader(of group: GroupID) -> (Core, Node)? {
        var found: [(Core, Node)] = []
        for node in nodes where node.isUp && !node.isPaused {
            guard let core = node.raft.core(group), core.status.role == .leader else { continue }
            found.append((core, node))
        }
        return found.isEmpty ? nil : administrationRandom.pick(found)
    }

    private func transfer(_ core: Core, in slot: Int, at node: Node) {
        let target = administrationRandom.pick(core.configuration.voters)
        // A refusal is no news here, nor below: the administrator comes again.
        _ = try? node.raft.transferLeadership(of: directory.groups[slot].id, to: target)
    }

    /// Lets the replicas of a shard compare their states.
    private func compareHashes(in slot: Int, at node: Node) {
        let group = directory.groups[slot].id
        guard !directory.isCatalog(group) else { return }
        _ = try? node.raft.propose(group, ShardEntry(.markHash).bytes)
    }

    /// Puts a new peer on a node that has none of the group.
    private func newPeer(in slot: Int) -> PeerID? {
        let group = directory.groups[slot]
        let free = nodes.filter { $0.isUp && !$0.isPaused && $0.raft.core(group.id) == nil }
        guard !free.isEmpty else { return nil }
        let home = administrationRandom.pick(free)
        directory.groups[slot].nodes.append(home.number)
        let peer = PeerID(UInt64(directory.groups[slot].nodes.count))
        log?("\(now) peer \(peer) of group \(group.id) comes to node \(home.number)")
        create(peer, of: group.id, at: home)
        tellAll(of: slot)
        return peer
    }

    /// Everybody who runs learns from the catalog where the peers are, and who shall vote; who is
    /// paused will have its map once it goes on.
    private func tellAll(of slot: Int) {
        let group = directory.groups[slot]
        for node in nodes where node.isUp {
            node.raft.set(group.id, nodes: group.nodeNames, wantedVoters: group.wantedVoters)
        }
    }

    private func addLearner(to core: Core, in slot: Int, at node: Node) {
        let configuration = core.configuration
        guard configuration.learners.count < 2, let peer = newPeer(in: slot) else { return }
        change(
            core, in: slot, at: node, voters: configuration.voters,
            learners: configuration.learners + [peer])
    }

    private func change(
        _ core: Core, in slot: Int, at node: Node, voters: [PeerID], learners: [PeerID]
    ) {
        _ = try? node.raft.change(
            directory.groups[slot].id, voters: voters, learners: learners,
            ifNewest: core.configurationIndex)
    }

    /// Replaces, promotes or removes somebody.
    private func changeMembers(of core: Core, in slot: Int, at node: Node) {
        let configuration = core.configuration
        let living = directory.groups[slot].living
        var voters = configuration.voters
        var learners = configuration.learners.filter { living.contains($0) }
        let lost = voters.filter { !living.contains($0) }
        if let peer = learners.first(where: { core.hasCaughtUp($0) }) {
            learners.removeAll { $0 == peer }
            voters.append(peer)
            if let gone = lost.first {
                voters.removeAll { $0 == gone }
            } else if voters.count > plan.voterCount {
                let gone = administrationRandom.pick(configuration.voters)
                voters.removeAll { $0 == gone }
            }
        } else if let gone = lost.first, administrationRandom.chance(0.3) {
            voters.removeAll { $0 == gone }
        } else if learners.isEmpty {
            return addLearner(to: core, in: slot, at: node)
        } else if voters.count > 2, lost.isEmpty, administrationRandom.chance(0.2) {
            let gone = administrationRandom.pick(voters)
            voters.removeAll { $0 == gone }
        }
        guard keepsMajority(voters, in: slot) else { return }
        change(core, in: slot, at: node, voters: voters, learners: learners)
    }

    /// As much as goes wrong, an administrator never takes the majority away.
    private func keepsMajority(_ voters: [PeerID], in slot: Int) -> Bool {
        let living = directory.groups[slot].living
        return Oracle.isQuorum(
            voters.filter { living.contains($0) }, of: Configuration(voters: voters))
    }

    /// Wants a lost voter, or any, replaced: leaders see to it.
    private func wantOthers(than core: Core, in slot: Int) {
        let group = directory.groups[slot]
        let living = group.living
        var voters = group.wantedVoters ?? core.configuration.voters
        let isUnderWay = voters.contains { !core.configuration.isVoter($0) && living.contains($0) }
        if !isUnderWay {
            let lost = voters.filter { !living.contains($0) }
            let gone = lost.first ?? administrationRandom.pick(voters)
            if let peer = newPeer(in: slot) { voters.append(peer) }
            if voters.count > 2 { voters.removeAll { $0 == gone } }
        }
        guard keepsMajority(voters, in: slot) else { return }
        directory.groups[slot].wantedVoters = voters
        tellAll(of: slot)
    }

    /// Takes replicas from their nodes that are in no configuration and will be in none.
    private func retire(in slot: Int) {
        let group = directory.groups[slot]
        let possible = possibleConfigurations(of: group)
        for peer in group.living where !possible.contains(where: { $0.contains(peer) }) {
            let node = nodes[group.node(of: peer)]
            guard node.isUp, !node.isPaused else { continue }
            log?("\(now) peer \(peer) of group \(group.id) leaves node \(node.number)")
            node.replicas.removeAll { $0.group == group.id }
            node.stores[group.id] = nil
            node.raft.remove(group.id)
            directory.groups[slot].retired.append(peer)
            pump(node, touched: [])
        }
    }
}
