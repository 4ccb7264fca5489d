import Primitives
import Raft
import Testing

// Ongaro and Ousterhout 2014, figure 2, "Rules for Servers".

@Suite struct `All servers` {
    // If commitIndex > lastApplied: apply log[lastApplied + 1].
    @Test func `apply what is committed, in order`() {
        var group = Group(voters: [1, 2, 3])
        group.tell(1, from: 2, term: 1, .append(behind: 0, 0, [1, 1, 1], commit: 2))
        #expect(group[1].machine.commands == ["1@1", "2@1"])
        group.tell(1, from: 2, term: 1, .append(behind: 3, 1, [], commit: 3))
        #expect(group[1].machine.commands == ["1@1", "2@1", "3@1"])
    }

    // If a request or answer has a newer term: enter it, become a follower.
    @Test(arguments: [
        Message.Body.append(behind: 0, 0), .appended(through: 1),
        .appendRefused(previousIndex: 1, hintIndex: 0, hintTerm: 0),
        .heartbeat(commit: 0, round: 1, quiesces: false), .heartbeatReply(round: 1),
        .voteReply(isGranted: true), .voteReply(isGranted: false),
        .preVoteReply(isGranted: false),
        .voteRequest(lastIndex: 9, lastTerm: 9, isTransfer: true),
        .readRequest(id: 1), .readReply(id: 1, index: nil),
    ])
    func `enter a newer term and follow, whatever tells of it`(body: Message.Body) {
        var group = Group(voters: [1, 2, 3])
        group.elect(1)
        group.tell(1, from: 2, term: 9, body)
        #expect(group.role(1) == .follower)
        #expect(group[1].disk.hardState.term == 9)
    }

    // Not in the figure: thesis, section 9.6. A pre-vote speaks of a term that nobody is in.
    @Test func `do not enter the term that a pre-vote is about`() {
        var group = Group(voters: [1, 2, 3])
        group.tell(1, from: 2, term: 9, .preVoteRequest(lastIndex: 0, lastTerm: 0))
        group.tell(1, from: 2, term: 9, .preVoteReply(isGranted: true))
        #expect(group.core(1).status.term == 0)
    }
}

@Suite struct `Followers` {
    // Respond to RPCs from candidates and leaders.
    @Test func `answer leaders and candidates and say nothing else`() {
        var group = Group(voters: [1, 2, 3])
        #expect(group.said { $0.tick(1, 9) }.isEmpty)
        #expect(group.tell(1, from: 2, term: 1, .append(behind: 0, 0)).count == 1)
        #expect(
            group.tell(1, from: 2, term: 1, .heartbeat(commit: 0, round: 1, quiesces: false)).count
                == 1)
        #expect(group.tell(1, from: 3, term: 1, .voteRequest(0, 0)).count == 1)
    }

    // If an election timeout passes without an append of the leader: become a candidate.
    @Test func `want to lead when an election timeout has passed in silence`() {
        var group = Group(voters: [1, 2, 3])
        group.tick(1, 9)
        #expect(group.role(1) == .follower)
        group.tick(1, 10)
        #expect(group.role(1) == .preCandidate)
    }

    // Section 5.2: timeouts are chosen at random from an interval.
    @Test func `wait for times of their own`() {
        var timeouts: Set<Int> = []
        for life in 0..<30 {
            var group = Group(voters: [1, 2, 3])
            for _ in 0..<life {
                group.crash(1)
                group.start(1)
            }
            var count = 0
            while group.role(1) == .follower, count < 40 {
                group.tick(1)
                count += 1
            }
            #expect((10..<20).contains(count))
            timeouts.insert(count)
        }
        #expect(timeouts.count >= 8)
    }

    @Test(arguments: [
        Message.Body.append(behind: 0, 0), .heartbeat(commit: 0, round: 1, quiesces: false),
    ])
    func `wait anew when the leader is heard`(body: Message.Body) {
        var group = Group(voters: [1, 2, 3])
        for _ in 0..<20 {
            group.tick(1, 9)
            group.tell(1, from: 2, term: 1, body)
        }
        #expect(group.role(1) == .follower)
    }

    // … or granting a vote.
    @Test func `wait anew when they have given their vote`() {
        var group = Group(voters: [1, 2, 3])
        group.tick(1, 9)
        group.tell(1, from: 2, term: 1, .voteRequest(0, 0))
        group.tick(1, 9)
        #expect(group.role(1) == .follower)
    }

    @Test func `do not wait anew because an old leader is heard, or a vote was refused`() {
        var group = Group(voters: [1, 2, 3])
        group.give(1, term: 3, vote: 2, log: [1])
        group.tick(1, 9)
        group.tell(1, from: 2, term: 2, .append(behind: 0, 0))
        group.tell(1, from: 3, term: 3, .voteRequest(9, 3))
        group.tick(1, 10)
        #expect(group.role(1) == .preCandidate)
    }
}

@Suite struct `Candidates` {
    private var group = Group(voters: [1, 2, 3])

    private mutating func stand() -> [Message] {
        try? group.act(1) { $0.campaign() }
        return group.tell(
            1, from: 2, term: group.core(1).status.term + 1, .preVoteReply(isGranted: true))
    }

    // On conversion: raise the term, vote for oneself, ask all others.
    @Test mutating func `raise the term, vote for themselves and ask all others`() {
        let requests = stand()
        #expect(group[1].disk.hardState == HardState(term: 1, vote: 1))
        #expect(requests.map(\.recipient) == [2, 3])
        #expect(requests.allSatisfy { $0.body == .voteRequest(0, 0) && $0.term == 1 })
    }

    // On conversion: reset the election timer.
    @Test mutating func `give the others an election timeout`() {
        group.tick(1, 9)
        _ = stand()
        group.tick(1, 9)
        #expect(group.role(1) == .candidate)
    }

    // If a majority votes for it: become leader.
    @Test mutating func `lead once a majority has voted for them`() {
        _ = stand()
        group.tell(1, from: 2, term: 1, .voteReply(isGranted: false))
        #expect(group.role(1) == .candidate)
        group.tell(1, from: 3, term: 1, .voteReply(isGranted: true))
        #expect(group.core(1).status == Status(role: .leader, term: 1, leader: 1))
    }

    @Test mutating func `count each vote once, and only those of voters of this term`() {
        group = Group(voters: [1, 2, 3, 4, 5], learners: [6])
        try? group.act(1) { $0.campaign() }
        for id: PeerID in [2, 3] {
            group.tell(1, from: id, term: 1, .preVoteReply(isGranted: true))
        }
        for _ in 0..<3 { group.tell(1, from: 2, term: 1, .voteReply(isGranted: true)) }
        group.tell(1, from: 6, term: 1, .voteReply(isGranted: true))
        group.tell(1, from: 9, term: 1, .voteReply(isGranted: true))
        group.tell(1, from: 3, term: 0, .voteReply(isGranted: true))
        #expect(group.role(1) == .candidate)
        group.tell(1, from: 3, term: 1, .voteReply(isGranted: true))
        #expect(group.role(1) == .leader)
    }

    // If a new leader's append comes: become a follower.
    @Test mutating func `follow a leader of their term`() {
        _ = stand()
        group.tell(1, from: 3, term: 1, .append(behind: 0, 0))
        #expect(group.core(1).status == Status(role: .follower, term: 1, leader: 3))
        #expect(group.core(1).hardState.vote == 1)
    }

    @Test mutating func `do not follow a leader of an older term`() {
        group.give(1, term: 4, log: [])
        _ = stand()
        group.tell(1, from: 3, term: 4, .append(behind: 0, 0))
        #expect(group.core(1).status == Status(role: .candidate, term: 5, leader: nil))
    }

    // If the election timeout passes: begin a new election.
    @Test mutating func `begin again when nobody wins`() {
        _ = stand()
        group.tick(1, 19)
        #expect(group.role(1) == .preCandidate)
        group.tell(1, from: 2, term: 2, .preVoteReply(isGranted: true))
        #expect(group[1].disk.hardState == HardState(term: 2, vote: 1))
    }
}

@Suite struct `Leaders` {
    private var group: Group

    init() {
        group = Group(voters: [1, 2, 3])
        group.elect(1)
        group.run(ticks: 2)
        _ = group.takeEvents()
    }

    // Upon election: send appends to all at once; repeat heartbeats in idle times.
    @Test mutating func `are heard by all at once and ever after`() {
        group.loseLeader(2, 3)
        group.crash(1)
        try? group.act(2) { $0.campaign() }
        group.tell(2, from: 3, term: 2, .preVoteReply(isGranted: true))
        let first = group.tell(2, from: 3, term: 2, .voteReply(isGranted: true))
        #expect(Set(first.map(\.recipient)) == [1, 3])
        for _ in 0..<20 {
            let heartbeats = group.said { $0.tick(2) }
            if group.role(2) != .leader { break }
            #expect(Set(heartbeats.map(\.recipient)).isSuperset(of: [1, 3]))
            group.settle()
        }
    }

    // If a command comes: append it to the log, answer when it is applied.
    @Test mutating func `append a command at once and apply it when it is committed`() throws {
        let position = try group.propose("x", at: 1)
        #expect(position == Position(term: 1, index: 2))
        #expect(group[1].disk.lastIndex == 2)
        #expect(group[1].machine.commands.isEmpty)
        group.settle()
        #expect(group[1].machine.commands == ["x"])
    }

    // If last log index ≥ nextIndex: send entries from nextIndex on.
    @Test mutating func `send each follower what it lacks`() throws {
        group.isolate(3)
        try group.propose("a", at: 1)
        group.settle()
        group.cut = []
        let early = group.said { _ = try? $0.propose("b", at: 1) }
        #expect(
            early.map(\.body).contains(
                .append(
                    previousIndex: 2, previousTerm: 1, commit: 2,
                    Array(group.core(1).entries.suffix(1)))))
        group.settle()
        #expect(group.terms(3) == [1, 1, 1])
    }

    // … success: raise nextIndex and matchIndex.
    @Test mutating func `learn from an acknowledgement what a follower has`() throws {
        try group.propose("a", at: 1)
        group.settle()
        let progress = try #require(group.core(1).progress(of: 2))
        #expect(progress.match == 2 && progress.next == 3)
    }

    // … failure by inconsistency: lower nextIndex and try again.
    @Test mutating func `go back and try again when a follower refuses`() throws {
        group.crash(1)
        group.give(2, term: 1, log: [1, 1, 1])
        group.give(3, term: 1, log: [1])
        group.isolate(3)
        group.cut = []
        try? group.act(2) { $0.campaign() }
        group.tell(2, from: 3, term: 2, .preVoteReply(isGranted: true))
        group.tell(2, from: 3, term: 2, .voteReply(isGranted: true))
        #expect(group.core(2).progress(of: 3)?.next == 4)
        let retried = group.tell(
            2, from: 3, term: 2, .appendRefused(previousIndex: 3, hintIndex: 1, hintTerm: 1))
        guard case .append(1, 1, _, let entries)? = retried.first?.body else {
            Issue.record("\(retried)")
            return
        }
        #expect(entries.map(\.index) == [2, 3, 4])
    }

    // If a majority has N, and log[N] is of the current term: commit N.
    @Test mutating func `commit what a majority has`() throws {
        try group.propose("a", at: 1)
        #expect(group.core(1).commitIndex == 1)
        group.tell(1, from: 3, term: 1, .appended(through: 2))
        #expect(group.core(1).commitIndex == 2)
    }

    // Figure 8, section 5.4.2.
    @Test mutating func `do not commit an entry of an older term by counting`() {
        group = Group(voters: [1, 2, 3])
        group.give(1, term: 2, log: [1, 2])
        try? group.act(1) { $0.campaign() }
        group.tell(1, from: 2, term: 3, .preVoteReply(isGranted: true))
        group.tell(1, from: 2, term: 3, .voteReply(isGranted: true))
        group.tell(1, from: 2, term: 3, .appended(through: 2))
        group.tell(1, from: 3, term: 3, .appended(through: 2))
        #expect(group.core(1).commitIndex == 0)
        group.tell(1, from: 2, term: 3, .appended(through: 3))
        #expect(group.core(1).commitIndex == 3)
    }

    // Section 5.3: a leader never overwrites or deletes entries of its own log.
    @Test mutating func `never change what is in their log`() throws {
        try group.propose("a", at: 1)
        let before = group.core(1).entries
        group.tell(
            1, from: 2, term: 1, .appendRefused(previousIndex: 1, hintIndex: 0, hintTerm: 0))
        group.settle()
        #expect(group.core(1).entries.starts(with: before))
    }
}
