import Primitives
import Raft
import Testing

// Ongaro 2014, chapter 4, "Cluster membership changes".

@Suite struct `A change of members` {
    private var group: Group

    init() {
        group = Group(voters: [1, 2, 3], learners: [4])
        group.elect(1)
        group.run(ticks: 30)
    }

    // Section 4.1: a server uses the newest configuration in its log, committed or not.
    @Test mutating func `counts from the moment that it is in a log`() throws {
        group.isolate(1)
        try group.change(at: 1, voters: [1, 2, 3, 4])
        #expect(group.core(1).configuration.isJoint)
        #expect(group.core(1).configurationIndex > group.core(1).commitIndex)
        #expect(!group.core(2).configuration.isJoint)
    }

    // Section 4.1: if the entry is removed from the log, the server goes back.
    @Test mutating func `goes with its entry`() throws {
        let before = group.core(1).configuration
        group.isolate(1)
        try group.change(at: 1, voters: [1, 2, 3, 4])
        group.loseLeader(2, 3)
        group.elect(2)
        group.cut = []
        group.run(ticks: 3)
        #expect(group.core(1).configuration == before)
        #expect(group.core(1).configurationIndex == 0)
    }

    @Test mutating func `survives a restart with its entry`() throws {
        group.isolate(1)
        try group.change(at: 1, voters: [1, 2, 3, 4])
        let changed = group.core(1).configuration
        group.crash(1)
        group.start(1)
        #expect(group.core(1).configuration == changed)
    }

    @Test mutating func `survives the compaction of its entry`() throws {
        try group.change(at: 1, voters: [1, 2, 3, 4])
        group.run(ticks: 3)
        let (configuration, index) = (group.core(2).configuration, group.core(2).lastIndex)
        group.compact(2, to: index)
        #expect(group.core(2).configuration == configuration)
        group.crash(2)
        group.start(2)
        #expect(group.core(2).configuration == configuration)
        #expect(group[2].disk.base.configuration == configuration)
    }

    // Section 4.1: no change before the last one is committed.
    @Test mutating func `waits for the one before`() throws {
        group.isolate(1)
        try group.change(at: 1, voters: [1, 2, 3, 4])
        #expect(throws: Refusal.notReady) { try group.change(at: 1, voters: [1, 2]) }
        group.cut = []
        group.run(ticks: 10)
        try group.change(at: 1, voters: [1, 2])
    }

    // Ongaro's correction of 2015: the leader has committed an entry of its own term first.
    @Test mutating func `waits until the leader knows what is committed`() {
        group = Group(voters: [1, 2, 3])
        try? group.act(1) { $0.campaign() }
        group.tell(1, from: 2, term: 1, .preVoteReply(isGranted: true))
        group.tell(1, from: 2, term: 1, .voteReply(isGranted: true))
        #expect(group.role(1) == .leader)
        #expect(throws: Refusal.notReady) { try group.change(at: 1, voters: [1, 2]) }
    }

    // Section 4.1: servers answer whoever asks, whether or not they know it as a member.
    @Test mutating func `is no condition of an answer`() {
        let append = group.tell(2, from: 9, term: 8, .append(behind: 1, 1, [8]))
        #expect(append.map(\.body) == [.appended(through: 2)])
        group.loseLeader(3)
        let vote = group.tell(3, from: 8, term: 9, .voteRequest(9, 8))
        #expect(vote.map(\.body) == [.voteReply(isGranted: true)])
    }
}

@Suite struct `A new member` {
    private var group: Group

    init() {
        var settings = Settings()
        settings.maxMessageByteCount = 64
        settings.maxInflightMessageCount = 2
        group = Group(voters: [1, 2, 3], settings: settings)
        group.elect(1)
        for number in 0..<40 { _ = try? group.propose("\(number)", at: 1) }
        group.run(ticks: 5)
        group.add(4)
    }

    // Section 4.2.1: it joins without a vote.
    @Test mutating func `must be a learner first`() {
        #expect(throws: Refusal.notCaughtUp([4])) {
            try group.change(at: 1, voters: [1, 2, 3, 4])
        }
        #expect(group.core(1).configuration == Configuration(voters: [1, 2, 3]))
    }

    @Test mutating func `gets the log and counts for nothing`() throws {
        try group.change(at: 1, voters: [1, 2, 3], learners: [4])
        group.run(ticks: 20)
        #expect(group[4].machine == group[1].machine)
        group.crash(2)
        group.crash(3)
        let position = try group.propose("x", at: 1)
        group.settle()
        #expect(group.terms(4).count == Int(position.index))
        #expect(group.core(1).commitIndex < position.index)
    }

    // Section 4.2.1: rounds; the last one took less than an election timeout.
    @Test mutating func `becomes a voter when its last round was short`() throws {
        try group.change(at: 1, voters: [1, 2, 3], learners: [4])
        group.run(ticks: 20)
        try group.change(at: 1, voters: [1, 2, 3, 4])
        group.run(ticks: 2)
        #expect(group.core(1).configuration == Configuration(voters: [1, 2, 3, 4]))
    }

    // Section 4.2.1: a server that is unavailable or too slow is not waited for.
    @Test mutating func `that is away does not become a voter`() throws {
        try group.change(at: 1, voters: [1, 2, 3], learners: [4])
        group.isolate(4)
        group.run(ticks: 50)
        #expect(throws: Refusal.notCaughtUp([4])) {
            try group.change(at: 1, voters: [1, 2, 3, 4])
        }
    }

    @Test mutating func `that is too slow does not become a voter`() throws {
        try group.change(at: 1, voters: [1, 2, 3], learners: [4])
        // One message reaches it in half an election timeout, while commands come in.
        for number in 0..<30 {
            for _ in 0..<5 {
                for id in group.running { group.tick(id) }
                for message in group.take(where: { $0.recipient != 4 }) { group.deliver(message) }
            }
            for _ in 0..<5 { _ = try? group.propose("\(number)", at: 1) }
            if !group.flying.isEmpty { group.deliver(group.flying.removeFirst()) }
        }
        #expect(throws: Refusal.notCaughtUp([4])) {
            try group.change(at: 1, voters: [1, 2, 3, 4])
        }
    }

    @Test mutating func `that has caught up and then goes away does not become a voter`() throws {
        try group.change(at: 1, voters: [1, 2, 3], learners: [4])
        group.run(ticks: 20)
        group.isolate(4)
        try group.propose("x", at: 1)
        group.run(ticks: 12)
        #expect(throws: Refusal.notCaughtUp([4])) {
            try group.change(at: 1, voters: [1, 2, 3, 4])
        }
    }

    // Section 4.4: a new server has an empty configuration and waits to be added.
    @Test mutating func `that nobody has added stays still`() {
        group.tick(4, 200)
        #expect(group.role(4) == .follower)
        try? group.act(4) { $0.campaign() }
        #expect(group.role(4) == .follower)
    }
}

@Suite struct `A member that leaves` {
    private var group: Group

    init() {
        group = Group(voters: [1, 2, 3])
        group.elect(1)
        group.run(ticks: 2)
    }

    // Section 4.2.2: a leader that is not in the new configuration does not count itself.
    @Test mutating func `and leads does not count itself`() throws {
        try group.change(at: 1, voters: [2, 3])
        // Joint: 2 is half of the new voters, and 1 and 2 are a majority of the old.
        group.tell(1, from: 2, term: 1, .appended(through: 2))
        #expect(group.core(1).commitIndex == 1)
        group.tell(1, from: 3, term: 1, .appended(through: 2))
        #expect(group.core(1).commitIndex == 2)
        // The final one, of 2 and 3.
        group.tell(1, from: 2, term: 1, .appended(through: 3))
        #expect(group.core(1).commitIndex == 2)
        #expect(group.role(1) == .leader)
    }

    // Section 4.2.2: … and steps down when the new configuration is committed.
    @Test mutating func `and leads goes when the change is committed`() throws {
        try group.change(at: 1, voters: [2, 3])
        group.run(ticks: 3)
        #expect(group.role(1) == .follower)
        #expect(group.core(1).configuration == Configuration(voters: [2, 3]))
        #expect(group.leaders == [2] || group.leaders == [3])
    }

    // Section 4.2.2: until then it may be needed, so it still begins elections.
    @Test mutating func `may be elected while the change may not be committed`() throws {
        group = Group(voters: [1, 2, 3])
        let configurations = [
            Configuration(voters: [2, 3], outgoing: [1, 2, 3]), Configuration(voters: [2, 3]),
        ]
        group.give(
            1, HardState(term: 1),
            zip(configurations, 1...).map {
                Entry(term: 1, index: $1, content: .configuration($0))
            })
        try group.act(1) { $0.campaign() }
        #expect(group.role(1) == .preCandidate)
        // Its own vote does not count.
        group.tell(1, from: 2, term: 2, .preVoteReply(isGranted: true))
        #expect(group.role(1) == .preCandidate)
        group.tell(1, from: 3, term: 2, .preVoteReply(isGranted: true))
        #expect(group.role(1) == .candidate)
        group.tell(1, from: 2, term: 2, .voteReply(isGranted: true))
        #expect(group.role(1) == .candidate)
        group.tell(1, from: 3, term: 2, .voteReply(isGranted: true))
        #expect(group.role(1) == .leader)
    }

    // Section 4.2.3: it does not hear the leader any more, and must not disturb.
    @Test(arguments: [false, true])
    mutating func `and does not know it disturbs nobody`(asksForVotes: Bool) throws {
        group.isolate(3)
        try group.change(at: 1, voters: [1, 2])
        group.run(ticks: 30)
        group.cut = []
        for _ in 0..<50 {
            for id in group.running { group.tick(id) }
            if asksForVotes {
                // As a server without pre-vote would.
                for id: PeerID in [1, 2] {
                    group.deliver(
                        Message(sender: 3, recipient: id, term: 50, body: .voteRequest(50, 50)))
                }
            }
            group.settle()
        }
        #expect(group.core(1).status == Status(role: .leader, term: 1, leader: 1))
    }

    // Section 4.2.3: a transfer of leadership is allowed to disturb.
    @Test mutating func `is heard if the leader wants it`() {
        let answers = group.tell(
            2, from: 3, term: 2, .voteRequest(lastIndex: 1, lastTerm: 1, isTransfer: true))
        #expect(answers.map(\.body) == [.voteReply(isGranted: true)])
    }
}

@Suite struct `A joint configuration` {
    private var group: Group

    init() {
        group = Group(voters: [1, 2, 3], learners: [4, 5])
        group.elect(1)
        group.run(ticks: 30)
        _ = try? group.change(at: 1, voters: [1, 4, 5])
    }

    // Section 4.3: entries go to all servers of both configurations.
    @Test mutating func `sends entries to old and new`() throws {
        let appends = group.said { _ = try? $0.propose("x", at: 1) }
        #expect(Set(appends.map(\.recipient)) == [2, 3, 4, 5])
    }

    /// Who agrees, beside the one that asks.
    struct Agreement: CustomTestStringConvertible {
        var peers: [PeerID]
        var isEnough: Bool
        var testDescription: String { "\(peers)" }
    }

    // Section 4.3: agreement needs separate majorities of old and new.
    @Test(arguments: [
        Agreement(peers: [2, 3], isEnough: false), Agreement(peers: [4, 5], isEnough: false),
        Agreement(peers: [2, 4], isEnough: true), Agreement(peers: [3, 5], isEnough: true),
        Agreement(peers: [2], isEnough: false),
    ])
    mutating func `commits by both majorities`(agreement: Agreement) {
        let index = group.core(1).lastIndex
        for id in agreement.peers { group.tell(1, from: id, term: 1, .appended(through: index)) }
        #expect((group.core(1).commitIndex >= index) == agreement.isEnough)
    }

    @Test(arguments: [
        Agreement(peers: [1, 3], isEnough: false), Agreement(peers: [4, 5], isEnough: false),
        Agreement(peers: [1, 4], isEnough: true), Agreement(peers: [3, 4], isEnough: false),
        Agreement(peers: [3, 4, 5], isEnough: true),
    ])
    mutating func `elects by both majorities`(agreement: Agreement) {
        group = Group(voters: [])
        group.add(
            2,
            base: LogBase(configuration: Configuration(voters: [1, 4, 5], outgoing: [1, 2, 3])))
        try? group.act(2) { $0.campaign() }
        for id in agreement.peers {
            group.tell(2, from: id, term: 1, .preVoteReply(isGranted: true))
        }
        #expect((group.role(2) == .candidate) == agreement.isEnough)
        for id in agreement.peers {
            group.tell(2, from: id, term: 1, .voteReply(isGranted: true))
        }
        #expect((group.role(2) == .leader) == agreement.isEnough)
    }

    // Section 4.3: once it is committed, the leader appends the new configuration.
    @Test mutating func `is left when it is committed`() {
        group.settle()
        #expect(group.core(1).configuration == Configuration(voters: [1, 4, 5]))
        #expect(group.core(1).commitIndex == group.core(1).configurationIndex)
    }

    // Section 4.3: any server of either configuration may lead.
    @Test(arguments: [PeerID(2), 4])
    mutating func `may be led by old and new, and is left by them`(next: PeerID) {
        for message in group.take(where: { _ in true }) { group.deliver(message) }
        group.flying = []
        group.crash(1)
        group.loseLeader(2, 3, 4, 5)
        group.elect(next)
        group.run(ticks: 60)
        #expect(group.leaders.count == 1)
        for id in group.leaders {
            #expect(group.core(id).configuration == Configuration(voters: [1, 4, 5]))
            #expect(group.core(id).commitIndex >= group.core(id).configurationIndex)
        }
    }
}

@Suite struct `A first configuration` {
    // Section 4.4: the first log has the configuration; the others are added or begin with it too.
    @Test func `is that of the log's base`() {
        let group = Group(voters: [1, 2, 3], learners: [4])
        for id: PeerID in [1, 2, 3, 4] {
            #expect(
                group.core(id).configuration == Configuration(voters: [1, 2, 3], learners: [4]))
            #expect(group.core(id).configurationIndex == 0)
        }
    }

    @Test func `of one peer is enough to begin`() throws {
        var group = Group(voters: [1])
        group.run(ticks: 20)
        #expect(group.leaders == [1])
        group.add(2)
        try group.change(at: 1, voters: [1], learners: [2])
        group.run(ticks: 12)
        try group.change(at: 1, voters: [1, 2])
        group.run(ticks: 2)
        #expect(group.core(2).configuration == Configuration(voters: [1, 2]))
    }
}
