import Primitives
import Raft

/// All that may never become untrue in a group, whatever happens to it; looked at after each step.
///
/// *Source*: Ongaro and Ousterhout 2014, figure 3; Ongaro 2014, section 4.1 and 6.4.
struct History {
    /// An entry that some leader has committed.
    private struct Committed {
        var entry: Entry
        /// The term of that leader.
        var term: Term
    }

    private struct Place: Hashable {
        var index: LogIndex
        var term: Term
    }

    private struct Vote: Hashable {
        var peer: PeerID
        var term: Term
    }

    /// What a peer was when it was last looked at.
    private struct Seen {
        var lives: UInt64 = 0
        var term: Term = 0
        var isLeader = false
        var commitIndex: LogIndex = 0
        var appliedIndex: LogIndex = 0
        var last = Place(index: 0, term: 0)
        var configuration = Configuration.empty
    }

    /// What was committed, by index from 1; never changed.
    private var committed: [Committed] = []
    private var leaders: [Term: PeerID] = [:]
    private var votes: [Vote: PeerID] = [:]
    /// The entry at each place that any log has had, and the term of the entry before.
    private var entries: [Place: (entry: Entry, previousTerm: Term)] = [:]
    private var seen: [PeerID: Seen] = [:]
    /// What each read that waits must at least see.
    private var reads: [UInt64: LogIndex] = [:]
    /// How many reads were answered.
    private(set) var answeredReadCount = 0
    /// What is untrue; the first of it.
    private(set) var violation: String?

    /// The last index that any leader has committed.
    var committedIndex: LogIndex { LogIndex(committed.count) }
    /// How many terms had a leader.
    var leaderCount: Int { leaders.count }

    private mutating func violated(_ message: String) {
        if violation == nil { violation = message }
    }

    /// A read was asked for: it must see all that was committed before.
    mutating func asked(read id: UInt64) { reads[id] = committedIndex }

    /// Looks at everything that has changed.
    mutating func look(at group: Group, touched: [PeerID], events: [Group.Event]) {
        for peer in touched { look(at: group[peer], of: group) }
        for event in events { look(at: event, of: group) }
    }
}

// MARK: - Peers

extension History {
    private mutating func look(at peer: Peer, of group: Group) {
        guard let core = peer.core else { return }
        var before = seen[peer.id] ?? Seen()
        if before.lives != peer.lives {
            before.lives = peer.lives
            before.isLeader = false
            before.commitIndex = 0
            before.configuration = core.configuration
        }
        lookAtOrder(peer, core, before)
        lookAtLog(peer, core, before)
        if core.status.role == .leader { lookAtLeader(peer, core, before) }
        // A leader that is not in the new group commits that and is no leader any more.
        let leads =
            core.status.role == .leader || before.isLeader && before.term == core.status.term
        if leads, core.commitIndex > before.commitIndex {
            commit(core, before, of: group)
        }
        if core.commitIndex > committedIndex {
            violated("peer \(peer.id) commits \(core.commitIndex), leaders only \(committedIndex)")
        }
        seen[peer.id] = Seen(
            lives: peer.lives, term: core.status.term, isLeader: core.status.role == .leader,
            commitIndex: core.commitIndex, appliedIndex: peer.machine.base.index,
            last: Place(index: core.lastIndex, term: core.term(at: core.lastIndex) ?? 0),
            configuration: core.configuration)
    }

    private mutating func lookAtOrder(_ peer: Peer, _ core: Core, _ before: Seen) {
        if core.status.term < before.term, before.lives == peer.lives,
            seen[peer.id]?.lives == peer.lives
        {
            violated("peer \(peer.id) goes back from term \(before.term) to \(core.status.term)")
        }
        if core.commitIndex < before.commitIndex {
            violated("peer \(peer.id) goes back from commit \(before.commitIndex)")
        }
        if peer.machine.base.index < before.appliedIndex {
            violated("peer \(peer.id) unapplies \(before.appliedIndex)")
        }
    }

    /// Log matching: the same place holds the same entry behind the same place, in all logs.
    private mutating func lookAtLog(_ peer: Peer, _ core: Core, _ before: Seen) {
        let last = Place(index: core.lastIndex, term: core.term(at: core.lastIndex) ?? 0)
        guard last != before.last else { return }
        var previousTerm = core.base.term
        for entry in core.entries {
            let place = Place(index: entry.index, term: entry.term)
            if let known = entries[place] {
                if known.entry != entry || known.previousTerm != previousTerm {
                    violated("peer \(peer.id) holds another entry at \(entry.index)@\(entry.term)")
                }
            } else {
                entries[place] = (entry, previousTerm)
            }
            previousTerm = entry.term
        }
    }

    private mutating func lookAtLeader(_ peer: Peer, _ core: Core, _ before: Seen) {
        let term = core.status.term
        if let leader = leaders[term], leader != peer.id {
            violated("both \(leader) and \(peer.id) lead term \(term)")
        }
        leaders[term] = peer.id
        if !before.isLeader || before.term != term {
            // Leader completeness.
            for known in committed where known.term < term && known.entry.index > core.base.index {
                if core.term(at: known.entry.index) != known.entry.term {
                    violated(
                        "the leader \(peer.id) of term \(term) misses \(known.entry.index), "
                            + "committed in term \(known.term)")
                }
            }
        }
        let open = core.entries.filter { entry in
            guard entry.index > committedIndex, entry.index > core.commitIndex else { return false }
            if case .configuration = entry.content { return true } else { return false }
        }
        if open.count > 1 { violated("leader \(peer.id) has \(open.count) changes under way") }
    }

    /// A leader has committed more: it is durable on a quorum.
    private mutating func commit(_ core: Core, _ before: Seen, of group: Group) {
        let index = core.commitIndex
        let isDurable: (PeerID) -> Bool = { id in
            let peer = group[id]
            return peer.machine.base.index >= index || peer.disk.base.index >= index
                || peer.disk.entry(at: index)?.term == core.term(at: index)
        }
        if !before.configuration.isQuorum(isDurable) && !core.configuration.isQuorum(isDurable) {
            violated("leader \(core.id) commits \(index), which is not on the disks of a quorum")
        }
        guard index > committedIndex else { return }
        guard core.base.index <= committedIndex else {
            return violated("leader \(core.id) has cut off what nobody has committed")
        }
        for entry in core.entries where entry.index > committedIndex && entry.index <= index {
            committed.append(Committed(entry: entry, term: core.status.term))
        }
    }
}

// MARK: - Events

extension History {
    private mutating func look(at event: Group.Event, of group: Group) {
        switch event {
        case .applied(let id, let entry):
            // State machine safety.
            if entry.index > committedIndex || committed[Int(entry.index) - 1].entry != entry {
                violated("peer \(id) applies \(entry.index)@\(entry.term), which is not committed")
            }
        case .read(let id, let read):
            guard let least = reads.removeValue(forKey: read.id) else {
                return violated("peer \(id) answers read \(read.id), which does not wait")
            }
            guard let index = read.index else { return }
            answeredReadCount += 1
            if index < least { violated("read \(read.id) at \(index) is older than \(least)") }
        case .sent(let message):
            if case .voteRequest = message.body {
                look(atVoteOf: message.sender, in: message.term, for: message.sender)
            }
            if message.body == .voteReply(isGranted: true) {
                look(atVoteOf: message.sender, in: message.term, for: message.recipient)
                if group[message.sender].disk.hardState.term < message.term {
                    violated("peer \(message.sender) votes before the vote is durable")
                }
            }
            if case .appended(let index) = message.body {
                let peer = group[message.sender]
                if max(peer.disk.lastIndex, peer.machine.base.index) < index
                    || peer.disk.hardState.term < message.term
                {
                    violated("peer \(peer.id) acknowledges \(index) before it is durable")
                }
            }
        case .status, .lost, .wrote, .wantsSnapshot, .installed:
            break
        }
    }

    private mutating func look(atVoteOf peer: PeerID, in term: Term, for candidate: PeerID) {
        let vote = Vote(peer: peer, term: term)
        if let known = votes[vote], known != candidate {
            violated("peer \(peer) votes for \(known) and \(candidate) in term \(term)")
        }
        votes[vote] = candidate
    }
}
