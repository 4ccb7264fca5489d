import Primitives
import Raft

// Short words for tests that tell one peer something and look at what it says.

extension Group {
    /// A message arrives that nobody sent.
    ///
    /// - Returns: what its recipient says because of it.
    @discardableResult
    mutating func tell(
        _ recipient: PeerID, from sender: PeerID, term: Term, _ body: Message.Body
    ) -> [Message] {
        said { $0.deliver(Message(sender: sender, recipient: recipient, term: term, body: body)) }
    }

    /// What all peers say because of something.
    mutating func said(by action: (inout Group) -> Void) -> [Message] {
        _ = takeEvents()
        action(&self)
        return takeEvents().compactMap { event in
            if case .sent(let message) = event { message } else { nil }
        }
    }

    /// Proposes, and fails a test by trapping if that is refused.
    @discardableResult
    mutating func propose(_ command: String, at id: PeerID) throws(Refusal) -> Position {
        try act(id) { core throws(Refusal) in try core.propose(Array(command.utf8)) }
    }

    /// Asks for another configuration, starting from the newest.
    @discardableResult
    mutating func change(
        at id: PeerID, voters: [PeerID], learners: [PeerID] = []
    ) throws(Refusal) -> LogIndex {
        let newest = core(id).configurationIndex
        return try act(id) { core throws(Refusal) in
            try core.change(voters: voters, learners: learners, ifNewest: newest)
        }
    }

    /// The peers forget the leader, as their drivers can tell them to.
    mutating func loseLeader(_ ids: PeerID...) {
        for id in ids { try? act(id) { $0.leaderLost() } }
    }

    /// Cuts all ways from and to a peer.
    mutating func isolate(_ id: PeerID) {
        for other in peers.map(\.id) where other != id {
            cut.insert(Link(from: id, to: other))
            cut.insert(Link(from: other, to: id))
        }
        flying.removeAll { $0.sender == id || $0.recipient == id }
    }

    /// The terms of a peer's log.
    func terms(_ id: PeerID) -> [Term] { core(id).entries.map(\.term) }

    /// What a peer does.
    func role(_ id: PeerID) -> Status.Role { core(id).status.role }

    /// Starts a peer with a log of these terms.
    mutating func give(_ id: PeerID, term: Term, vote: PeerID? = nil, log terms: [Term]) {
        give(id, HardState(term: term, vote: vote), .log(terms))
    }
}

extension [Entry] {
    /// Entries of these terms, from an index on, each with its own command.
    static func log(_ terms: [Term], from first: LogIndex = 1) -> [Entry] {
        zip(terms, first...).map { term, index in
            Entry(term: term, index: index, content: .command([UInt8]("\(index)@\(term)".utf8)))
        }
    }
}

extension Message.Body {
    /// An append behind a place.
    static func append(
        behind index: LogIndex, _ term: Term, _ terms: [Term] = [], commit: LogIndex = 0
    ) -> Self {
        .append(
            previousIndex: index, previousTerm: term, commit: commit,
            .log(terms, from: index + 1))
    }

    /// A request for a vote of a peer with such a log.
    static func voteRequest(_ index: LogIndex, _ term: Term) -> Self {
        .voteRequest(lastIndex: index, lastTerm: term, isTransfer: false)
    }
}
