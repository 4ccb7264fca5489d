import Primitives
import Raft
import Testing

// Ongaro and Ousterhout 2014, figure 2, "RequestVote RPC", and section 5.4.1.

@Suite struct `A request for a vote` {
    private var group = Group(voters: [1, 2, 3])

    // Receiver, 1: reply false if term < currentTerm. Results, term: for the candidate to update itself.
    @Test mutating func `of an older term is refused with the newer one`() {
        group.give(1, term: 5, log: [])
        let answers = group.tell(1, from: 2, term: 4, .voteRequest(9, 4))
        #expect(answers.map(\.term) == [5])
        #expect(answers.map(\.body) == [.voteReply(isGranted: false)])
        #expect(group.core(1).hardState == HardState(term: 5))
    }

    @Test mutating func `that is answered with a newer term ends the candidacy`() {
        try? group.act(2) { $0.campaign() }
        group.tell(2, from: 1, term: 1, .preVoteReply(isGranted: true))
        #expect(group.role(2) == .candidate)
        group.tell(2, from: 1, term: 5, .voteReply(isGranted: false))
        #expect(group.core(2).status == Status(role: .follower, term: 5, leader: nil))
    }

    // Receiver, 2: votedFor is null or candidateId.
    @Test mutating func `is granted once a term, to the first that asks`() {
        let first = group.tell(1, from: 2, term: 1, .voteRequest(0, 0))
        #expect(first.map(\.body) == [.voteReply(isGranted: true)])
        let second = group.tell(1, from: 3, term: 1, .voteRequest(5, 1))
        #expect(second.map(\.body) == [.voteReply(isGranted: false)])
        let again = group.tell(1, from: 2, term: 1, .voteRequest(0, 0))
        #expect(again.map(\.body) == [.voteReply(isGranted: true)])
        let next = group.tell(1, from: 3, term: 2, .voteRequest(5, 1))
        #expect(next.map(\.body) == [.voteReply(isGranted: true)])
    }

    /// A candidate's log that is judged by one that ends at 3, in term 2.
    struct Judgement: CustomTestStringConvertible {
        var index: LogIndex
        var term: Term
        var isGranted: Bool
        var testDescription: String { "\(index)@\(term)" }
    }

    // Receiver, 2: the candidate's log is at least as up to date; section 5.4.1 says what that is.
    @Test(arguments: [
        Judgement(index: 3, term: 2, isGranted: true),
        Judgement(index: 4, term: 2, isGranted: true),
        Judgement(index: 2, term: 2, isGranted: false),
        Judgement(index: 9, term: 1, isGranted: false),
        Judgement(index: 1, term: 3, isGranted: true),
        Judgement(index: 0, term: 0, isGranted: false),
    ])
    mutating func `is granted only to a log that is as complete`(judgement: Judgement) {
        group.give(1, term: 2, log: [1, 2, 2])
        let answers = group.tell(
            1, from: 2, term: 4, .voteRequest(judgement.index, judgement.term))
        #expect(answers.map(\.body) == [.voteReply(isGranted: judgement.isGranted)])
        #expect(group.core(1).hardState.vote == (judgement.isGranted ? 2 : nil))
        // Either way it is in the candidate's term now.
        #expect(group.core(1).status.term == 4)
    }

    // Arguments, lastLogIndex and lastLogTerm: of the candidate's last entry.
    @Test mutating func `tells where the candidate's log ends`() {
        group.give(2, term: 3, log: [1, 3])
        try? group.act(2) { $0.campaign() }
        let requests = group.tell(2, from: 1, term: 4, .preVoteReply(isGranted: true))
        #expect(requests.map(\.recipient) == [1, 3])
        for request in requests {
            #expect(request.term == 4)
            #expect(request.body == .voteRequest(2, 3))
        }
    }
}
