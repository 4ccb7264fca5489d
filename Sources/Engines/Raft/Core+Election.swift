import Primitives

extension Core {
    /// Asks whether an election could be won, and begins one if so.
    ///
    /// Section 9.6 of the thesis: a peer that was cut off comes back without raising the term of all
    /// others.
    public mutating func campaign() {
        drawElectionTimeout()
        guard role != .leader, mayCampaign, !isBoundByLease else { return }
        wake()
        leader = nil
        role = .preCandidate
        failReads()
        votes = [id: true]
        if configuration.isQuorum({ $0 == id }) { return becomeCandidate(isTransfer: false) }
        for peer in configuration.members where peer != id && configuration.isVoter(peer) {
            ready.messages.append(
                Message(
                    sender: id, recipient: peer, term: hardState.term + 1,
                    body: .preVoteRequest(lastIndex: log.lastIndex, lastTerm: log.lastTerm)))
        }
    }

    /// Whether this peer is a voter, or was one until a change that may not be committed.
    ///
    /// Section 4.2.2 of the thesis: if only peers that are to leave have the new configuration, the
    /// others, whose logs are older, cannot be elected without them. Their votes do not count then.
    private var mayCampaign: Bool {
        configuration.isVoter(id)
            || configurationIndex > commitIndex && log.previousConfiguration.isVoter(id)
    }

    /// Begins an election in a new term.
    ///
    /// The own vote counts once it is durable, like all others.
    mutating func becomeCandidate(isTransfer: Bool) {
        become(.candidate, term: hardState.term + 1, leader: nil)
        hardState.vote = id
        votes = [:]
        hold(.voteReply(isGranted: true), for: id)
        for peer in configuration.members where peer != id && configuration.isVoter(peer) {
            hold(
                .voteRequest(
                    lastIndex: log.lastIndex, lastTerm: log.lastTerm, isTransfer: isTransfer),
                for: peer)
        }
    }

    /// Takes a role in a term that is not older than the present one.
    mutating func become(_ role: Status.Role, term: Term, leader: PeerID?) {
        precondition(term >= hardState.term, "term \(term) is older than \(hardState.term)")
        if term > hardState.term {
            hardState = HardState(term: term)
            writing.isHardStateNew = true
        }
        if self.role == .leader {
            progress = [:]
            leadership = Leadership()
        }
        self.role = role
        self.leader = leader
        isQuiescent = false
        clock.sinceActivity = 0
        drawElectionTimeout()
        failReads()
        writing.acknowledgement = nil
    }

    mutating func answerPreVote(
        _ sender: PeerID, term: Term, lastIndex: LogIndex, lastTerm: Term
    ) {
        let isGranted =
            term > hardState.term && !hearsLeader
            && log.isCovered(byLastIndex: lastIndex, term: lastTerm)
        // A grant speaks of the term that was asked about, a refusal of the own.
        ready.messages.append(
            Message(
                sender: id, recipient: sender, term: isGranted ? term : hardState.term,
                body: .preVoteReply(isGranted: isGranted)))
    }

    /// Figure 2, RequestVote RPC: one vote a term, for a log that is at least as complete.
    mutating func answerVote(_ sender: PeerID, lastIndex: LogIndex, lastTerm: Term) {
        let mayVote = hardState.vote == sender || (hardState.vote == nil && leader == nil)
        guard mayVote, log.isCovered(byLastIndex: lastIndex, term: lastTerm) else {
            return hold(.voteReply(isGranted: false), for: sender)
        }
        if hardState.vote != sender {
            hardState.vote = sender
            writing.isHardStateNew = true
        }
        clock.sinceElection = 0
        hold(.voteReply(isGranted: true), for: sender)
    }

    mutating func count(vote isGranted: Bool, of peer: PeerID) {
        votes[peer] = votes[peer] ?? isGranted
        if configuration.isQuorum({ votes[$0] == true }) {
            if role == .preCandidate { becomeCandidate(isTransfer: false) } else { becomeLeader() }
        } else if configuration.isLost({ votes[$0] == false }) {
            role = .follower
        }
    }

    /// Section 8 of the paper: a new leader begins with an entry that says nothing, since only
    /// entries of its own term tell it what is committed.
    private mutating func becomeLeader() {
        role = .leader
        leader = id
        clock.sinceHeartbeat = 0
        clock.sinceQuorumCheck = 0
        leadership = Leadership(firstIndex: log.lastIndex + 1)
        progress = [:]
        meetMembers()
        appendOwn(.empty)
    }
}
