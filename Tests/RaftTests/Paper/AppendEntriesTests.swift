import Primitives
import Raft
import Testing

// Ongaro and Ousterhout 2014, figure 2, "AppendEntries RPC".

@Suite struct `An append` {
    private var group = Group(voters: [1, 2, 3])

    // leaderId: so that a follower can redirect clients.
    @Test mutating func `tells who leads`() {
        group.tell(1, from: 3, term: 1, .append(behind: 0, 0))
        #expect(group.core(1).status.leader == 3)
        #expect(throws: Refusal.notLeader(3)) { try group.propose("x", at: 1) }
    }

    // entries[]: empty for a heartbeat; may be more than one.
    @Test(arguments: 0...3) mutating func `carries none, one or many entries`(count: Int) {
        let terms = Array(repeating: Term(1), count: count)
        let answers = group.tell(1, from: 2, term: 1, .append(behind: 0, 0, terms))
        #expect(answers.map(\.body) == [.appended(through: LogIndex(count))])
        #expect(group.terms(1) == terms)
    }

    // Receiver, 1: reply false if term < currentTerm. Results, term: for the leader to update itself.
    @Test(arguments: [
        Message.Body.append(behind: 0, 0, [1], commit: 1),
        .heartbeat(commit: 1, round: 1, quiesces: false),
    ])
    mutating func `of an older term does nothing and is answered with the newer one`(
        request: Message.Body
    ) {
        group.give(1, term: 5, log: [])
        let answers = group.tell(1, from: 2, term: 4, request)
        #expect(answers.map(\.term) == [5])
        #expect(group.core(1).lastIndex == 0 && group.core(1).commitIndex == 0)
        #expect(group.core(1).status.leader == nil)
    }

    @Test mutating func `that is answered with a newer term ends the lead`() {
        group.elect(2)
        group.settle()
        group.tell(2, from: 1, term: 9, .heartbeatReply(round: 0))
        #expect(group.core(2).status == Status(role: .follower, term: 9, leader: nil))
    }

    // Receiver, 2: reply false if there is no entry at prevLogIndex with prevLogTerm.
    @Test mutating func `behind an entry that is not there is refused`() {
        group.give(1, term: 1, log: [1, 1])
        let answers = group.tell(1, from: 2, term: 1, .append(behind: 3, 1, [1], commit: 4))
        guard case .appendRefused(3, let hintIndex, _)? = answers.first?.body else {
            Issue.record("\(answers)")
            return
        }
        #expect(hintIndex <= 2)
        #expect(group.terms(1) == [1, 1] && group.core(1).commitIndex == 0)
    }

    @Test mutating func `behind an entry of another term is refused`() {
        group.give(1, term: 2, log: [1, 2])
        let answers = group.tell(1, from: 2, term: 3, .append(behind: 2, 1, [3], commit: 3))
        guard case .appendRefused(2, let hintIndex, _)? = answers.first?.body else {
            Issue.record("\(answers)")
            return
        }
        #expect(hintIndex <= 1)
        #expect(group.terms(1) == [1, 2] && group.core(1).commitIndex == 0)
    }

    // Receiver, 3: an entry that conflicts goes, with all that follow.
    @Test mutating func `takes the place of entries of another term`() {
        group.give(1, term: 2, log: [1, 2, 2, 2])
        group.tell(1, from: 2, term: 3, .append(behind: 1, 1, [3]))
        #expect(group.terms(1) == [1, 3])
        #expect(group[1].disk.entries.map(\.term) == [1, 3])
    }

    // Receiver, 4: append new entries that are not in the log already.
    @Test mutating func `adds what is missing and leaves what is there, also behind it`() {
        group.give(1, term: 1, log: [1, 1, 1])
        group.tell(1, from: 2, term: 2, .append(behind: 1, 1, [1]))
        #expect(group.terms(1) == [1, 1, 1])
        group.tell(1, from: 2, term: 2, .append(behind: 1, 1, [1, 1, 2, 2]))
        #expect(group.terms(1) == [1, 1, 1, 2, 2])
    }

    // Receiver, 5: commitIndex = min(leaderCommit, index of the last new entry).
    @Test mutating func `commits as far as the leader has, but no further than it reaches`() {
        group.give(1, term: 1, log: [1, 1, 1, 1])
        group.tell(1, from: 2, term: 2, .append(behind: 1, 1, [1], commit: 9))
        #expect(group.core(1).commitIndex == 2)
        group.tell(1, from: 2, term: 2, .append(behind: 2, 1, [1, 1], commit: 3))
        #expect(group.core(1).commitIndex == 3)
    }

    // Results, success: the follower has the entry at prevLogIndex with prevLogTerm.
    @Test mutating func `is acknowledged as far as it reaches, not as far as the log does`() {
        group.give(1, term: 1, log: [1, 1, 1, 1])
        let answers = group.tell(1, from: 2, term: 2, .append(behind: 1, 1, [1]))
        #expect(answers.map(\.body) == [.appended(through: 2)])
    }
}
