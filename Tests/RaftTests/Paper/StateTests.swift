import Primitives
import Raft
import Testing

// Ongaro and Ousterhout 2014, figure 2, "State".

@Suite struct `The state of a server` {
    @Test func `begins in term 0, with no vote, no entry and nothing committed`() {
        let group = Group(voters: [1, 2, 3])
        let core = group.core(1)
        #expect(core.status == Status(role: .follower, term: 0, leader: nil))
        #expect(core.hardState == HardState())
        #expect(core.lastIndex == 0 && core.commitIndex == 0 && core.appliedIndex == 0)
    }

    // currentTerm: the latest term that the server has seen, increases only.
    @Test func `keeps the newest term, over restarts and against older ones`() {
        var group = Group(voters: [1, 2, 3])
        group.tell(1, from: 2, term: 7, .append(behind: 0, 0))
        group.crash(1)
        group.start(1)
        #expect(group.core(1).status.term == 7)
        group.tell(1, from: 3, term: 4, .append(behind: 0, 0))
        #expect(group.core(1).status.term == 7)
    }

    // votedFor: the candidate that has the vote in the current term, or nobody.
    @Test func `keeps the vote of its term over restarts, and forgets it with the term`() {
        var group = Group(voters: [1, 2, 3])
        group.tell(1, from: 2, term: 3, .voteRequest(0, 0))
        group.crash(1)
        group.start(1)
        #expect(group.core(1).hardState == HardState(term: 3, vote: 2))
        group.tell(1, from: 3, term: 4, .append(behind: 0, 0))
        #expect(group.core(1).hardState == HardState(term: 4))
    }

    // log[]: each entry holds a command and the term in which the leader got it; the first is 1.
    @Test func `holds the commands with the term of the leader that got them, from index 1`() throws
    {
        var group = Group(voters: [1])
        group.elect(1)
        let position = try group.propose("x", at: 1)
        #expect(position == Position(term: 1, index: 2))
        #expect(
            group[1].disk.entries == [
                Entry(term: 1, index: 1, content: .empty),
                Entry(term: 1, index: 2, content: .command(Array("x".utf8))),
            ])
        group.crash(1)
        group.start(1)
        #expect(group.terms(1) == [1, 1])
    }

    // "Updated on stable storage before responding to RPCs".
    @Test(arguments: [
        Message.Body.append(behind: 0, 0, [1]), .append(behind: 0, 0), .append(behind: 4, 1),
        .heartbeat(commit: 0, round: 1, quiesces: false), .voteRequest(0, 0),
    ])
    func `is on the disk before anything is answered`(request: Message.Body) {
        var group = Group(voters: [1, 2, 3])
        group[1].holdsWrites = true
        #expect(group.tell(1, from: 2, term: 1, request).isEmpty)
        let answers = group.said { $0.release(1) }
        #expect(answers.map(\.recipient) == [2])
        #expect(answers.first?.term == 1)
    }

    // commitIndex: volatile, increases only.
    @Test func `commits and applies forwards only`() {
        var group = Group(voters: [1, 2, 3])
        group.tell(1, from: 2, term: 1, .append(behind: 0, 0, [1, 1, 1], commit: 3))
        group.tell(1, from: 2, term: 1, .append(behind: 3, 1, [], commit: 1))
        #expect(group.core(1).commitIndex == 3)
        #expect(group.core(1).appliedIndex == 3)
    }

    // nextIndex[]: begins at the leader's last index + 1; matchIndex[]: begins at 0.
    @Test func `of a new leader knows nothing of the others' logs`() throws {
        var group = Group(voters: [1, 2, 3])
        for id: PeerID in [1, 2, 3] { group.give(id, term: 1, log: [1, 1, 1]) }
        group.isolate(3)
        group.elect(1)
        let progress = try #require(group.core(1).progress(of: 3))
        #expect(progress.state == .probe && progress.match == 0)
        // The first entry of its own went in behind the three.
        #expect(progress.next == 4)
    }

    // "Reinitialized after election".
    @Test func `of a leader that is elected again is new`() throws {
        var group = Group(voters: [1, 2, 3])
        group.elect(1)
        group.run(ticks: 3)
        #expect(group.core(1).progress(of: 3)?.match == 1)
        try group.act(1) { core throws(Refusal) in try core.transferLeadership(to: 2) }
        group.settle()
        #expect(group.core(1).progress(of: 3) == nil)
        group.run(ticks: 3)
        group.isolate(3)
        try group.act(2) { core throws(Refusal) in try core.transferLeadership(to: 1) }
        group.settle()
        try #require(group.role(1) == .leader)
        #expect(group.core(1).progress(of: 3)?.match == 0)
    }

    // matchIndex[]: increases only.
    @Test func `of a leader never unlearns what a follower has`() {
        var group = Group(voters: [1, 2, 3])
        group.give(1, term: 0, log: [])
        group.elect(1)
        try? group.propose("x", at: 1)
        group.settle()
        #expect(group.core(1).progress(of: 2)?.match == 2)
        group.tell(1, from: 2, term: 1, .appended(through: 1))
        group.tell(
            1, from: 2, term: 1, .appendRefused(previousIndex: 2, hintIndex: 0, hintTerm: 0))
        #expect(group.core(1).progress(of: 2)?.match == 2)
        #expect(group.core(1).progress(of: 2)?.next == 3)
    }
}
