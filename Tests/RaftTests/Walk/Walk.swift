import Primitives
import Raft

/// A group to which random things happen; the seed decides which.
///
/// Messages are lost, doubled and reordered, ways cut, peers crash and start, disks and state machines
/// are slow, members change, leaders give their place away, snapshots replace logs.
struct Walk {
    private static let maxPeerCount: UInt64 = 7
    private static let maxFlyingCount = 150

    private(set) var group: Group
    private(set) var history = History()
    private var random: SeededGenerator
    private let usesLease: Bool
    private var lastPeer: UInt64
    private var lastCommand = 0
    private var lastRead: UInt64 = 0
    /// The snapshots that leaders want to send.
    private var wanted: [(leader: PeerID, peer: PeerID)] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        usesLease = seed % 4 == 3
        var settings = Settings()
        settings.maxInflightMessageCount = 1 + Int(random.next() % 4)
        settings.maxMessageByteCount = 16 + Int(random.next() % 100)
        settings.maxInflightByteCount = 64 + Int(random.next() % 400)
        settings.maxUncommittedByteCount = 600
        settings.maxWaitingReadCount = 20
        settings.heartbeatTickCount = 1 + Int(random.next() % 3)
        if random.next() % 3 == 0 { settings.quiesceTickCount = 15 }
        if usesLease { settings.readMode = .lease(maxDrift: 0) }
        lastPeer = 1 + random.next() % 5
        let voters = (1...lastPeer).map { PeerID($0) }
        group = Group(voters: voters, settings: settings)
    }

    /// Does one random thing.
    ///
    /// - Returns: what has become untrue by it, or nil.
    mutating func step() -> String? {
        switch random.next() % 200 {
        case 0..<90: deliver()
        case 90..<96: loseOrDouble()
        case 96..<130: tick()
        case 130..<146: propose()
        case 146..<154: read()
        case 154..<157: if let id = anyRunning() { group.crash(id) }
        case 157..<163: if let id = anyStopped() { group.start(id) }
        case 163..<167: if let id = anyRunning() { group[id].holdsWrites = true }
        case 167..<176: if let id = anyRunning() { group.release(id, count: 1) }
        case 176..<179: if let id = anyRunning() { group.release(id) }
        case 179..<181: if let id = anyRunning() { group[id].holdsApply.toggle() }
        case 181..<183: if let id = anyRunning() { group.apply(id, count: 2) }
        case 183..<187: change()
        case 187..<189: transfer()
        case 189..<192: compact()
        case 192..<195: snapshot()
        case 195..<197: cutOrHeal()
        case 197: if let id = anyRunning() { try? group.act(id) { $0.leaderLost() } }
        case 198: if let id = anyRunning() { try? group.act(id) { $0.campaign() } }
        default: if let id = anyRunning() { try? group.act(id) { $0.suspendLease() } }
        }
        return look()
    }

    private mutating func look() -> String? {
        let events = group.takeEvents()
        for case .wantsSnapshot(let leader, let peer) in events { wanted.append((leader, peer)) }
        history.look(at: group, touched: group.takeTouched(), events: events)
        return history.violation
    }

    // MARK: Choosing

    private mutating func any<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(random.next() % UInt64(elements.count))]
    }

    private mutating func anyRunning() -> PeerID? { any(group.running) }

    private mutating func anyStopped() -> PeerID? {
        any(group.peers.filter { $0.core == nil }.map(\.id))
    }

    /// Mostly a leader: what is asked of others is refused.
    private mutating func anyLeader() -> PeerID? {
        random.next() % 8 == 0 ? anyRunning() : any(group.leaders) ?? anyRunning()
    }
}

// MARK: - What happens

extension Walk {
    private mutating func deliver() {
        if group.flying.count > Self.maxFlyingCount { group.flying.removeFirst(50) }
        guard !group.flying.isEmpty else { return tick() }
        // Mostly in order: else hardly anything would ever be agreed on.
        let isInOrder = random.next() % 4 != 0
        let place = isInOrder ? 0 : Int(random.next() % UInt64(group.flying.count))
        group.deliver(group.flying.remove(at: place))
    }

    private mutating func loseOrDouble() {
        guard !group.flying.isEmpty else { return }
        let place = Int(random.next() % UInt64(group.flying.count))
        if random.next() % 2 == 0 {
            group.flying.remove(at: place)
        } else {
            group.flying.append(group.flying[place])
        }
    }

    private mutating func tick() {
        // Leases trust clocks, so with them all clocks go alike.
        if usesLease {
            for id in group.running { group.tick(id) }
        } else if let id = anyRunning() {
            group.tick(id, 1 + Int(random.next() % 3))
        }
    }

    private mutating func propose() {
        guard let id = anyLeader() else { return }
        lastCommand += 1
        let command = Array("c\(lastCommand)".utf8)
        try? group.act(id) { core throws(Refusal) in _ = try core.propose(command) }
    }

    private mutating func read() {
        guard let id = random.next() % 2 == 0 ? anyLeader() : anyRunning() else { return }
        lastRead += 1
        let read = lastRead
        history.asked(read: read)
        try? group.act(id) { core throws(Refusal) in try core.read(id: read) }
    }

    private mutating func change() {
        guard let id = anyLeader() else { return }
        let configuration = group.core(id).configuration
        var voters = configuration.voters
        var learners = configuration.learners
        switch random.next() % 4 {
        case 0 where lastPeer < Self.maxPeerCount:
            lastPeer += 1
            group.add(PeerID(lastPeer))
            learners.append(PeerID(lastPeer))
        case 1:
            voters += learners
            learners = []
        case 2 where voters.count > 1:
            voters.remove(at: Int(random.next() % UInt64(voters.count)))
        default:
            guard !learners.isEmpty, !voters.isEmpty else { return }
            voters[Int(random.next() % UInt64(voters.count))] = learners.removeFirst()
        }
        let (newVoters, newLearners) = (voters, learners)
        let index = group.core(id).configurationIndex
        try? group.act(id) { core throws(Refusal) in
            _ = try core.change(voters: newVoters, learners: newLearners, ifNewest: index)
        }
    }

    private mutating func transfer() {
        guard let id = anyLeader(), let target = any(group.core(id).configuration.voters) else {
            return
        }
        try? group.act(id) { core throws(Refusal) in try core.transferLeadership(to: target) }
    }

    private mutating func compact() {
        guard let id = anyRunning() else { return }
        let core = group.core(id)
        let count = core.appliedIndex - core.base.index
        guard count > 0 else { return }
        group.compact(id, to: core.base.index + 1 + random.next() % count)
    }

    private mutating func snapshot() {
        guard !wanted.isEmpty else { return }
        let place = Int(random.next() % UInt64(wanted.count))
        let (leader, peer) = wanted.remove(at: place)
        sendSnapshot(from: leader, to: peer, arrives: random.next() % 4 != 0)
    }

    private mutating func sendSnapshot(from leader: PeerID, to peer: PeerID, arrives: Bool) {
        guard group.running.contains(leader) else { return }
        var base: LogBase?
        if arrives, group.running.contains(peer), group.core(leader).status.role == .leader {
            base = group.install(from: leader, at: peer)
        }
        try? group.act(leader) { $0.snapshotEnded(to: peer, at: base?.index) }
    }

    private mutating func cutOrHeal() {
        guard group.cut.isEmpty, let first = anyRunning() else {
            group.cut = []
            return
        }
        let others = group.peers.map(\.id).filter { $0 != first }
        for other in others where random.next() % 3 != 0 {
            group.cut.insert(Group.Link(from: first, to: other))
            // Some ways are cut in one direction only.
            if random.next() % 4 != 0 { group.cut.insert(Group.Link(from: other, to: first)) }
        }
    }
}

// MARK: - Healing

extension Walk {
    /// Takes all faults away and lets time pass.
    ///
    /// - Returns: why the group does not live, or nil.
    mutating func heal() -> String? {
        group.cut = []
        for peer in group.peers {
            if peer.core == nil { group.start(peer.id) }
            group[peer.id].holdsApply = false
            group.release(peer.id)
            if let violation = look() { return violation }
        }
        if let violation = pass(ticks: 150) { return violation }
        guard let leader = newestLeader else { return "nobody leads" }
        let position: Position
        do throws(Refusal) {
            position = try group.act(leader) { core throws(Refusal) in
                try core.propose(Array("last".utf8))
            }
        } catch {
            return "leader \(leader) refuses a proposal: \(error)"
        }
        if let violation = pass(ticks: 40) { return violation }
        guard newestLeader == leader else { return "leader \(leader) does not stay" }
        return lagging(behind: leader, position)
    }

    private var newestLeader: PeerID? {
        group.leaders.max { group.core($0).status.term < group.core($1).status.term }
    }

    private mutating func pass(ticks: Int) -> String? {
        for _ in 0..<ticks {
            for id in group.running {
                group.tick(id)
                if let violation = look() { return violation }
            }
            for _ in 0..<2_000 where !group.flying.isEmpty {
                group.deliver(group.flying.removeFirst())
                if let violation = look() { return violation }
            }
            let snapshots = wanted
            wanted = []
            for (leader, peer) in snapshots {
                sendSnapshot(from: leader, to: peer, arrives: true)
                if let violation = look() { return violation }
            }
        }
        return nil
    }

    private func lagging(behind leader: PeerID, _ position: Position) -> String? {
        let core = group.core(leader)
        if core.configuration.isJoint { return "the change of members is not finished" }
        for id in core.configuration.members {
            let peer = group[id]
            if peer.machine.base.index < position.index {
                return "peer \(id) has applied \(peer.machine.base.index) of \(position.index)"
            }
            if peer.machine != group[leader].machine { return "peer \(id) holds another state" }
        }
        return nil
    }
}
