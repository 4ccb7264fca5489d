public import Primitives

extension Core {
    /// Changes who is in the group, by joint consensus: from the old configuration through one that
    /// needs both majorities to the new one.
    ///
    /// New voters must have been learners and have caught up; new learners may be anybody.
    ///
    /// - Parameters:
    ///   - voters: Who votes after the change.
    ///   - learners: Who gets the log without a vote after the change.
    ///   - index: ``configurationIndex``, as the caller knows it: compare and set.
    /// - Returns: Where the change stands; it is done once the configuration there, and that
    ///   behind it if it is joint, is committed.
    /// - Throws: ``Refusal``: nothing was done.
    @discardableResult
    public mutating func change(
        voters: [PeerID], learners: [PeerID], ifNewest index: LogIndex
    ) throws(Refusal) -> LogIndex {
        try checkLeads()
        guard index == configurationIndex else { throw .configurationChanged(configurationIndex) }
        let isOpen =
            hasCommittedInTerm && configurationIndex <= commitIndex && !configuration.isJoint
        guard isOpen || PlantedFault.changeWithoutOwnCommit.isActive else { throw .notReady }
        let next = Configuration(voters: voters, learners: learners)
        try check(next)
        guard next != configuration else { return configurationIndex }
        wake()
        if next.voters == configuration.voters { return adopt(next) }
        return adopt(
            Configuration(
                voters: next.voters, outgoing: configuration.voters, learners: next.learners))
    }

    private func check(_ next: Configuration) throws(Refusal) {
        guard !next.voters.isEmpty else { throw .invalid("a group needs a voter") }
        let demoted = next.learners.filter(configuration.isVoter)
        guard demoted.isEmpty else {
            throw .invalid("voters \(demoted) cannot become learners; remove them first")
        }
        let late = next.voters.filter { !configuration.isVoter($0) && !hasCaughtUp($0) }
        guard late.isEmpty else { throw .notCaughtUp(late) }
    }

    /// Whether a learner is near enough to the end of the log to vote.
    public func hasCaughtUp(_ peer: PeerID) -> Bool {
        guard let known = progress(of: peer), known.match > 0 else { return false }
        let isStuck =
            known.match < lastIndex
            && clock.tick - known.catchUp.start >= UInt64(settings.electionTickCount)
        return known.catchUp.isNear && !isStuck
    }

    /// A configuration counts as soon as it is in the log: section 4.1 of the thesis.
    private mutating func adopt(_ next: Configuration) -> LogIndex {
        let index = appendOwn(.configuration(next))
        meetMembers()
        advanceCommit()
        return index
    }

    /// Begins to know the members that are new, and forgets those that are gone.
    mutating func meetMembers() {
        let old = progress
        progress = [:]
        for peer in configuration.members where peer != id {
            progress[peer] =
                old[peer]
                ?? Progress(next: lastIndex + 1, lastIndex: lastIndex, tick: clock.tick)
        }
    }

    /// Goes on with a change whose configuration is committed: leaves a joint one, and leaves the
    /// lead if this peer is not a voter any more.
    mutating func finishChange() {
        guard configurationIndex <= commitIndex else { return }
        if configuration.isJoint {
            guard hasCommittedInTerm else { return }
            _ = adopt(
                Configuration(voters: configuration.voters, learners: configuration.learners))
        } else if !configuration.isVoter(id) {
            handOver()
        }
    }

    /// The leader is no voter any more: the most complete of the others is to lead at once.
    private mutating func handOver() {
        let best = configuration.voters.max { left, right in
            (progress[left]?.match ?? 0) < (progress[right]?.match ?? 0)
        }
        replicate()  // so that the others learn what is committed
        if let best { send(.timeoutNow, to: best) }
        become(.follower, term: hardState.term, leader: nil)
    }
}

// MARK: - Transfer of leadership

extension Core {
    /// Gives the lead to a voter: it is brought to the end of the log and told to begin an election
    /// at once.
    ///
    /// Proposals are refused meanwhile; after an election timeout the leader goes on.
    ///
    /// *Source*: Ongaro 2014, section 3.10.
    public mutating func transferLeadership(to target: PeerID) throws(Refusal) {
        guard role == .leader else { throw .notLeader(leader) }
        guard target != id else { return }
        guard configuration.voters.contains(target) else {
            throw .invalid("peer \(target) is no voter, it cannot lead")
        }
        wake()
        leadership.transfer = Transfer(target: target)
        leadership.mayBeChallenged = true
        continueTransfer(with: target)
    }

    mutating func continueTransfer(with peer: PeerID) {
        guard leadership.transfer?.target == peer, progress[peer]?.match == lastIndex else {
            return
        }
        send(.timeoutNow, to: peer)
    }
}
