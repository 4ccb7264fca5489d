import Primitives

extension Core {
    /// A message has come.
    ///
    /// It may be old, doubled or from a peer that is no member any more.
    public mutating func receive(_ message: Message) {
        guard message.recipient == id, message.sender != id else { return }
        if !message.body.isHeartbeat { wake() }
        if message.term > hardState.term {
            guard enterTerm(of: message) else { return }
        } else if message.term < hardState.term {
            return answerOldTerm(message)
        }
        dispatch(message)
    }

    /// Takes over a newer term, if the message is one that says it is the group's.
    ///
    /// - Returns: Whether the message is to be looked at.
    private mutating func enterTerm(of message: Message) -> Bool {
        switch message.body {
        case .preVoteRequest:
            // Asks about a term that nobody has begun.
            if hearsLeader { return false }
            if PlantedFault.preVoteRaisesTerm.isActive {
                become(.follower, term: message.term, leader: nil)
            }
            return true
        case .preVoteReply(isGranted: true):
            // Speaks of the term that was asked about.
            return true
        case .voteRequest(_, _, let isTransfer) where hearsLeader && !isTransfer:
            // Section 4.2.3 of the thesis: a server that was removed, or was cut off, disrupts nobody.
            return false
        case .append, .heartbeat, .snapshotChunk:
            become(.follower, term: message.term, leader: message.sender)
            return true
        default:
            become(.follower, term: message.term, leader: nil)
            return true
        }
    }

    /// Lets whoever lives in an old term know of the newer one, if it would not find out otherwise.
    private mutating func answerOldTerm(_ message: Message) {
        switch message.body {
        case .append, .heartbeat, .snapshotChunk:
            hold(.heartbeatReply(round: 0), for: message.sender)
        case .preVoteRequest:
            hold(.preVoteReply(isGranted: false), for: message.sender)
        case .voteRequest:
            hold(.voteReply(isGranted: false), for: message.sender)
        default:
            break
        }
    }

    private mutating func dispatch(_ message: Message) {
        let sender = message.sender
        switch message.body {
        case .preVoteRequest(let lastIndex, let lastTerm):
            answerPreVote(sender, term: message.term, lastIndex: lastIndex, lastTerm: lastTerm)
        case .preVoteReply(let isGranted):
            guard role == .preCandidate, !isGranted || message.term == hardState.term + 1 else {
                return
            }
            count(vote: isGranted, of: sender)
        case .voteRequest(let lastIndex, let lastTerm, _):
            answerVote(sender, lastIndex: lastIndex, lastTerm: lastTerm)
        case .voteReply(let isGranted):
            guard role == .candidate else { return }
            count(vote: isGranted, of: sender)
        case .append(let previousIndex, let previousTerm, let commit, let entries):
            follow(sender)
            append(
                entries, behind: previousIndex, previousTerm, commit: commit, from: sender)
        case .heartbeat(let commit, let round, let quiesces):
            follow(sender)
            heard(commit: commit, round: round, quiesces: quiesces, from: sender)
        case .snapshotChunk:
            follow(sender)
            ready.snapshotMessages.append(message)
        case .snapshotReply:
            guard role == .leader else { return }
            progress[sender]?.isActive = true
            ready.snapshotMessages.append(message)
        case .appended(let index):
            appended(through: index, by: sender)
        case .appendRefused(let previousIndex, let hintIndex, let hintTerm):
            refused(
                by: sender, previousIndex: previousIndex, hintIndex: hintIndex, hintTerm: hintTerm)
        case .heartbeatReply(let round):
            heartbeatAnswered(by: sender, round: round)
        case .readRequest(let id):
            readRequested(id, by: sender)
        case .readReply(let id, let index):
            readAnswered(id, index)
        case .timeoutNow:
            guard role == .follower, configuration.isVoter(self.id) else { return }
            becomeCandidate(isTransfer: true)
        }
    }

    /// The sender leads in the present term.
    private mutating func follow(_ sender: PeerID) {
        precondition(
            role != .leader, "peers \(id) and \(sender) both lead in term \(hardState.term)")
        if role != .follower || leader != sender {
            become(.follower, term: hardState.term, leader: sender)
        }
        noteContact()
    }
}

extension Message.Body {
    /// Whether it is no reason to start a clock that stands.
    fileprivate var isHeartbeat: Bool {
        switch self {
        case .heartbeat(_, _, let quiesces): quiesces
        case .heartbeatReply: true
        default: false
        }
    }
}
