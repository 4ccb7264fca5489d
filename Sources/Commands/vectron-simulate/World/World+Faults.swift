import Primitives
import Raft
import Replication

// What goes wrong.
extension World {
    /// Lets something go wrong, and plans the next.
    func breakSomething() {
        schedule(.fault, after: faultRandom.span(mean: plan.faultGap * tickLength))
        guard !plan.faults.isEmpty else { return }
        let fault = faultRandom.pick(plan.faults)
        let node = nodes[faultRandom.below(nodes.count)]
        log?("\(now) \(fault) of node \(node.number)")
        switch fault {
        case .crash: crashSoon(node)
        case .powerFailure: if faultRandom.chance(0.3) { failPower() }
        case .pause: pause(node)
        case .isolation: cut { $0.isolate(node.number) }
        case .split: split()
        case .oneWay:
            let other = faultRandom.below(nodes.count)
            cut { $0.cut(from: node.number, to: other) }
        case .partial: cutPartially(around: node.number)
        case .slowDisk: slowDisk(of: node)
        case .slowNode:
            let delay = faultRandom.within(1...8) * tickLength
            cut { $0.slow(node.number, by: delay) }
        case .wipe: if faultRandom.chance(0.5) { wipe(node) }
        case .corruption: if faultRandom.chance(0.5) { corrupt(node) }
        case .clock:
            let drift = plan.clockDrift * Double(faultRandom.within(-100...100)) / 100
            node.tickLength = Int(Double(tickLength) * (1 + drift))
        }
    }

    private func crashSoon(_ node: Node) {
        guard node.isUp else { return }
        if faultRandom.chance(0.5) {
            // At one of the next effects, whichever that is.
            node.effectsUntilCrash = faultRandom.below(60)
        } else {
            crash(node)
            schedule(.start(node: node.number, life: node.life), after: downTime())
        }
    }

    private func downTime() -> Time { faultRandom.span(mean: 30 * tickLength) }

    private func failPower() {
        for node in nodes {
            crash(node)
            schedule(.start(node: node.number, life: node.life), after: downTime())
        }
    }

    private func pause(_ node: Node) {
        guard node.isUp, !node.isPaused else { return }
        node.isPaused = true
        // A tenth of an election timeout to ten of them.
        let time = tickLength * faultRandom.pick([1, 3, 8, 12, 15, 20, 40, 100])
        schedule(.resume(node: node.number, life: node.life), after: time)
    }

    private func cut(_ change: (inout Network) -> Void) {
        if faultRandom.chance(0.5) { network.join() }
        change(&network)
        schedule(.join, after: faultRandom.span(mean: 60 * tickLength))
    }

    private func split() {
        var order = Array(nodes.indices)
        faultRandom.shuffle(&order)
        let size = faultRandom.within(1...nodes.count - 1)
        cut { network in
            for one in order[..<size] {
                for other in order[size...] { network.cutBoth(one, other) }
            }
        }
    }

    /// A chain, or a star: nobody else can talk directly.
    private func cutPartially(around middle: Int) {
        var order = Array(nodes.indices)
        faultRandom.shuffle(&order)
        let isChain = faultRandom.chance(0.5)
        cut { network in
            for one in order.indices {
                for other in order.indices.dropFirst(one + 1) {
                    let stays =
                        isChain
                        ? other == one + 1 : order[one] == middle || order[other] == middle
                    if !stays { network.cutBoth(order[one], order[other]) }
                }
            }
        }
    }

    private func slowDisk(of node: Node) {
        node.syncTime =
            node.syncTime == plan.syncTime
            ? faultRandom.within(2...20) * tickLength : plan.syncTime
    }

    /// Whether every group can bear the loss of a disk: whatever becomes of its configuration, a
    /// majority of the voters keeps its disk.
    private func canLose(_ node: Node) -> Bool {
        directory.groups.allSatisfy { group in
            let here = group.living.filter { group.node(of: $0) == node.number }
            let lost = group.lost + here
            return here.isEmpty
                || possibleConfigurations(of: group).allSatisfy { configuration in
                    Oracle.isQuorum(
                        configuration.members.filter { !lost.contains($0) }, of: configuration)
                }
        }
    }

    /// Bits flip on the disk of a node that is down: its log must see it.
    private func corrupt(_ node: Node) {
        guard canLose(node) else { return }
        crash(node)
        let lost: [GroupID]
        do {
            lost = try node.device.corrupt()
        } catch {
            return report("damage is seen", "node \(node.number): \(error)")
        }
        log?("\(now) bits flip at node \(node.number), groups \(lost) are lost")
        for slot in directory.groups.indices where lost.contains(directory.groups[slot].id) {
            let group = directory.groups[slot]
            directory.groups[slot].lost += group.living.filter {
                group.node(of: $0) == node.number
            }
            node.stores[group.id] = nil
        }
        schedule(.start(node: node.number, life: node.life), after: downTime())
    }

    /// A disk is lost, if that can be borne.
    private func wipe(_ node: Node) {
        guard canLose(node) else { return }
        log?("\(now) node \(node.number) loses its disk")
        crash(node)
        var reborn: [(group: GroupID, peer: PeerID)] = []
        for slot in directory.groups.indices {
            let group = directory.groups[slot]
            let here = group.living.filter { group.node(of: $0) == node.number }
            if PlantedFault.peerReusedAfterWipe.isActive {
                reborn += here.map { (group.id, $0) }
            } else {
                directory.groups[slot].lost += here
            }
        }
        node.device.wipe()
        node.stores = [:]
        if !reborn.isEmpty {
            start(node)
            for (group, peer) in reborn { create(peer, of: group, at: node) }
            return
        }
        schedule(.start(node: node.number, life: node.life), after: downTime())
    }

    /// The configurations that a group has, or may yet have.
    func possibleConfigurations(of group: Directory.Group) -> [Configuration] {
        var possible = oracle.openConfigurations(of: group.id, first: group.first)
        for node in nodes {
            if let core = node.raft.core(group.id) { possible.append(core.configuration) }
        }
        if let wanted = group.wantedVoters { possible.append(Configuration(voters: wanted)) }
        return possible
    }

    /// Everything works again.
    func heal() {
        isHealed = true
        log?("\(now) nothing goes wrong any more")
        network.heal()
        for node in nodes {
            node.effectsUntilCrash = nil
            node.tickLength = tickLength
            node.syncTime = min(plan.syncTime, tickLength)
            if node.isPaused { schedule(.resume(node: node.number, life: node.life), after: 0) }
            if !node.isUp { schedule(.start(node: node.number, life: node.life), after: 0) }
        }
    }
}
