import Primitives

// MARK: - The leader's side

extension Core {
    /// Puts a command at the end of the log.
    ///
    /// It is committed once it comes out of ``Ready/committed`` at this position with this term.
    ///
    /// - Throws: ``Refusal``: nothing was done.
    public mutating func propose(_ command: [UInt8]) throws(Refusal) -> Position {
        try checkLeads()
        guard
            leadership.uncommittedByteCount + command.count <= settings.maxUncommittedByteCount
                || leadership.uncommittedByteCount == 0
        else { throw .overloaded }
        wake()
        let index = appendOwn(.command(command))
        return Position(term: hardState.term, index: index)
    }

    func checkLeads() throws(Refusal) {
        guard role == .leader else { throw .notLeader(leader) }
        if let transfer = leadership.transfer { throw .transferring(to: transfer.target) }
    }

    /// Adds an entry of the own term; it is sent, together with others, by the next `takeReady`.
    @discardableResult
    mutating func appendOwn(_ content: Entry.Content) -> LogIndex {
        let entry = Entry(term: hardState.term, index: log.lastIndex + 1, content: content)
        log.append(entry)
        leadership.uncommittedByteCount += entry.byteCount
        return entry.index
    }

    /// Sends every peer what it lacks, as far as its window allows.
    mutating func replicate() {
        for peer in configuration.members where peer != id {
            while replicate(to: peer) {}
        }
    }

    /// Sends one message to a peer if there is something to say, and says whether more could follow.
    private mutating func replicate(to peer: PeerID) -> Bool {
        guard let known = progress[peer] else { return false }
        switch known.state {
        case .snapshot:
            return false
        case .probe:
            let isNews = known.next <= log.lastIndex || known.toldCommit < commitIndex
            guard !known.isProbing, isNews || known.match == 0 else { return false }
            sendAppend(to: peer)
            return false
        case .replicate:
            let isNewsOfCommit = known.toldCommit < min(commitIndex, known.next - 1)
            guard known.next <= log.lastIndex || isNewsOfCommit,
                !known.isWindowFull(settings)
            else { return false }
            sendAppend(to: peer)
            return progress[peer].map { $0.next <= log.lastIndex } ?? false
        }
    }

    /// Sends the next entries, or none, behind what the peer should have.
    private mutating func sendAppend(to peer: PeerID) {
        guard var known = progress[peer] else { return }
        defer { progress[peer] = known }
        guard let previousTerm = log.term(at: known.next - 1) else {
            known.begin(.snapshot)
            ready.snapshotsWanted.append(peer)
            return
        }
        let previousIndex = known.next - 1
        let entries = log.entries(from: known.next, maxByteCount: settings.maxMessageByteCount)
        let byteCount = entries.reduce(0) { $0 + $1.byteCount }
        if known.state == .probe {
            known.isProbing = true
        } else if let last = entries.last {
            known.sent(through: last.index, byteCount: byteCount, tick: clock.tick)
        }
        known.toldCommit = commitIndex
        send(
            .append(
                previousIndex: previousIndex, previousTerm: previousTerm, commit: commitIndex,
                entries),
            to: peer)
    }

    mutating func appended(through index: LogIndex, by peer: PeerID) {
        // More than there is: the peer is not whom it says it is, or has lost its disk.
        guard role == .leader, index <= log.lastIndex, var known = progress[peer] else { return }
        known.isActive = true
        let isNews = index > known.match || (known.state == .probe && index == known.next - 1)
        known.matched(
            through: index, lastIndex: log.lastIndex, tick: clock.tick,
            limit: settings.electionTickCount)
        if known.state != .replicate, isNews, log.term(at: known.match) != nil {
            known.begin(.replicate)
        }
        progress[peer] = known
        advanceCommit()
        continueTransfer(with: peer)
    }

    mutating func refused(
        by peer: PeerID, previousIndex: LogIndex, hintIndex: LogIndex, hintTerm: Term
    ) {
        guard role == .leader, var known = progress[peer] else { return }
        known.isActive = true
        defer { progress[peer] = known }
        switch known.state {
        case .snapshot: return
        case .probe: guard previousIndex == known.next - 1 else { return }
        case .replicate: guard previousIndex > known.match else { return }
        }
        // The logs can only agree where the terms do: section 5.3 of the paper, in one step a term.
        let agreed = log.lastIndex(upTo: min(hintIndex, previousIndex), withTermAtMost: hintTerm)
        known.begin(.probe)
        known.next = max(known.match, min(previousIndex - 1, agreed)) + 1
    }

    /// Figure 8 of the paper: an entry of an older term is committed only by one of the own.
    mutating func advanceCommit() {
        guard role == .leader else { return }
        var configuration = configuration
        if PlantedFault.learnerCounts.isActive {
            configuration = Configuration(voters: configuration.members)
        }
        let index = configuration.quorumValue { peer in
            peer == id ? log.persistedIndex : progress[peer]?.match ?? 0
        }
        guard index > commitIndex else { return }
        guard
            log.term(at: index) == hardState.term || PlantedFault.commitOfOldTerm.isActive
        else { return }
        commitIndex = index
        finishChange()
    }
}

// MARK: - The follower's side

extension Core {
    mutating func append(
        _ entries: [Entry], behind previousIndex: LogIndex, _ previousTerm: Term,
        commit: LogIndex, from sender: PeerID
    ) {
        // What is before the base was applied: it agrees, whatever its term was.
        var (previousIndex, previousTerm, entries) = (previousIndex, previousTerm, entries[...])
        if previousIndex < log.base.index {
            entries = entries.drop { $0.index <= log.base.index }
            (previousIndex, previousTerm) = (log.base.index, log.base.term)
        }
        guard log.term(at: previousIndex) == previousTerm else {
            let index = log.lastIndex(
                upTo: min(previousIndex, log.lastIndex), withTermAtMost: previousTerm)
            return hold(
                .appendRefused(
                    previousIndex: previousIndex, hintIndex: index,
                    hintTerm: log.term(at: index) ?? 0),
                for: sender)
        }
        let lastIndex = previousIndex + LogIndex(entries.count)
        add(entries)
        if PlantedFault.truncationByStaleAppend.isActive, lastIndex < log.lastIndex,
            lastIndex >= commitIndex
        {
            log.truncate(from: lastIndex + 1)
        }
        commitIndex = max(commitIndex, min(commit, lastIndex))
        acknowledge(through: lastIndex, to: sender)
    }

    /// Figure 2, AppendEntries RPC, steps 3 and 4: only an entry that differs makes those behind it
    /// go, never one that is missing from an old message.
    private mutating func add(_ entries: ArraySlice<Entry>) {
        for entry in entries {
            if let term = log.term(at: entry.index) {
                if term == entry.term { continue }
                precondition(
                    entry.index > commitIndex,
                    """
                    peer \(id) is told that entry \(entry.index) is of term \(entry.term); \
                    it is committed with term \(term)
                    """)
                truncate(from: entry.index)
            }
            log.append(entry)
        }
    }

    /// Drops the entries from an index on.
    ///
    /// The writes of them that are under way prove nothing any more, even if the same entries come
    /// again: other writes will have gone over them.
    private mutating func truncate(from index: LogIndex) {
        log.truncate(from: index)
        forgetWritesBehindEnd()
    }

    /// The writes under way prove nothing of what is not in the log any more.
    mutating func forgetWritesBehindEnd() {
        for place in writing.underWay.indices
        where writing.underWay[place].lastIndex > log.lastIndex {
            writing.underWay[place].lastIndex = log.lastIndex
            writing.underWay[place].lastTerm = log.lastTerm
        }
    }

    /// Tells the leader what is there, once it is durable, and the term is.
    private mutating func acknowledge(through index: LogIndex, to leader: PeerID) {
        if index <= log.persistedIndex || PlantedFault.answerBeforePersist.isActive {
            hold(.appended(through: index), for: leader)
        } else {
            let through = max(index, writing.acknowledgement?.through ?? 0)
            writing.acknowledgement = (leader, through)
        }
    }

    mutating func heard(commit: LogIndex, round: UInt64, quiesces: Bool, from sender: PeerID) {
        // The leader says no more than it knows this log to have.
        commitIndex = max(commitIndex, min(commit, log.lastIndex))
        hold(.heartbeatReply(round: round), for: sender)
        if quiesces, commit == log.lastIndex { isQuiescent = true } else { wake() }
    }
}
