import Primitives
import Raft
import Replication
import Testing
import vectron_simulate

@Suite struct `A world` {
    /// A plan of a seed that is over soon.
    private func plan(_ seed: UInt64) -> Plan {
        var plan = Plan(seed: seed)
        plan.faultTickCount = 150
        plan.groupCount = min(plan.groupCount, 2)
        return plan
    }

    @Test(arguments: [3, 17, 41] as [UInt64])
    func `is the same for the same seed`(seed: UInt64) {
        let first = World.run(plan(seed))
        let second = World.run(plan(seed))
        #expect(first.trace == second.trace)
        #expect(first.stepCount == second.stepCount)
    }

    @Test func `is another one for another seed`() {
        #expect(World.run(plan(3)).trace != World.run(plan(4)).trace)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `obeys all invariants`(seed: UInt64) {
        let outcome = World.run(plan(seed))
        #expect(outcome.violation == nil, "tools/simulate --seed \(seed)")
        #expect(outcome.operationCount > 0)
    }

    @Test func `does much in thirty seeds`() {
        let outcomes = (1...30 as ClosedRange<UInt64>).map { World.run(plan($0)) }
        #expect(outcomes.reduce(0) { $0 + $1.committedCount } > 500)
        #expect(outcomes.reduce(0) { $0 + $1.unknownCount } > 10, "things must go wrong")
    }

    #if MUTANTS
        @Test func `finds a planted fault`() {
            PlantedFault.active = .answerBeforePersist
            defer { PlantedFault.active = nil }
            #expect(
                (1...50 as ClosedRange<UInt64>).contains { World.run(plan($0)).violation != nil })
        }
    #endif
}

@Suite struct `The oracle` {
    private let world = World(Plan(seed: 1))

    /// A node that leads a group of its own in term 1, and nobody knows of the others.
    private func leader(_ number: Int, of group: GroupID = 1) -> Node {
        let node = world.nodes[number]
        node.isUp = true
        world.create(1, of: group, at: node, founders: [1])
        for _ in 0..<40 {
            node.raft.tick()
            world.pump(node, touched: [group])
            while node.writing != nil { world.written(at: node) }
        }
        return node
    }

    @Test func `is content with one leader`() {
        let node = leader(0)
        #expect(node.raft.core(1)?.status.role == .leader)
        #expect(world.violation == nil)
    }

    @Test func `reports two leaders of one term`() {
        _ = leader(0)
        world.oracle.groups[0].leaders[1] = 7
        let replica = world.nodes[0].replica(of: 1)
        replica?.seen = Replica.Seen(term: 0, commit: 0, role: .follower)
        world.oracle.observe(1, at: world.nodes[0], in: world)
        #expect(world.violation?.name == "election safety")
    }

    @Test func `reports a leader that lacks what is committed`() {
        _ = leader(0)
        world.oracle.groups[0].committed = Array(
            repeating: Oracle.Committed(term: 1, digest: 0, header: nil), count: 9)
        let replica = world.nodes[0].replica(of: 1)
        replica?.seen = Replica.Seen(term: 0, commit: 0, role: .follower)
        world.oracle.observe(1, at: world.nodes[0], in: world)
        #expect(world.violation?.name == "leader completeness")
    }

    @Test func `reports a second vote in a term`() {
        func vote(for candidate: PeerID) -> Work {
            var work = Work()
            let message = Message(
                sender: 2, recipient: candidate, term: 5, body: .voteReply(isGranted: true))
            work.outgoing = [
                NodeMessages(
                    node: "n0", lane: .control,
                    messages: [GroupMessage(group: 1, message: message)])
            ]
            return work
        }
        world.oracle.observe(vote(for: 1), at: world.nodes[1], in: world)
        world.oracle.observe(vote(for: 1), at: world.nodes[1], in: world)
        #expect(world.violation == nil)
        world.oracle.observe(vote(for: 3), at: world.nodes[1], in: world)
        #expect(world.violation?.name == "one vote a term")
    }

    @Test func `counts both majorities of a joint configuration`() {
        let joint = Configuration(voters: [1, 2, 3], outgoing: [3, 4, 5])
        #expect(Oracle.isQuorum([2, 3, 4], of: joint))
        #expect(!Oracle.isQuorum([1, 2, 3], of: joint))
    }
}

@Suite struct `A simulated log` {
    private let records: [LogRecord] = [
        .reset(1, peer: 1, HardState(), LogBase(configuration: Configuration(voters: [1]))),
        .hardState(1, HardState(term: 1, vote: 1)),
    ]

    @Test func `keeps what was synced through any crash`() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let device = LogDevice(random: SeededGenerator(seed: seed))
            _ = try device.open()
            try device.append(records)
            for index in 1...30 as ClosedRange<LogIndex> {
                let entry = Entry(term: 1, index: index, content: .command([1, 2, 3]))
                if index % 5 == 0 {
                    device.crash(writing: [.entries(1, [entry])])
                    _ = try device.open()
                    if device.durable[1]?.lastIndex == index { continue }
                }
                try device.append([.entries(1, [entry])])
            }
            #expect(device.durable[1]?.lastIndex == 30)
        }
    }

    @Test func `knows what was lost by flipped bits`() throws {
        var lostCount = 0
        for seed in 1...40 as ClosedRange<UInt64> {
            let device = LogDevice(random: SeededGenerator(seed: seed))
            _ = try device.open()
            try device.append(records)
            for index in 1...40 as ClosedRange<LogIndex> {
                let content = Entry.Content.command([UInt8](repeating: 7, count: 60))
                try device.append([.entries(1, [Entry(term: 1, index: index, content: content)])])
            }
            device.crash(writing: [])
            lostCount += try device.corrupt().count
        }
        #expect(lostCount > 5)
    }
}
