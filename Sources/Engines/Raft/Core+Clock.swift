import Primitives

extension Core {
    /// A tick of the clock has passed.
    public mutating func tick() {
        clock.tick += 1
        guard !isQuiescent else { return }
        clock.sinceActivity += 1
        expireReads()
        if role == .leader { tickAsLeader() } else { tickAsFollower() }
    }

    /// So many ticks have passed while the clock of the group stood.
    ///
    /// As ``tick()`` of a quiescent group, so often: for drivers that leave out those that sleep.
    public mutating func sleep(through tickCount: UInt64) {
        clock.tick += tickCount
    }

    private mutating func tickAsFollower() {
        clock.sinceContact += 1
        clock.sinceElection += 1
        // Nobody else can lead a group of one voter, so there is nobody to wait for.
        let isAlone = role == .follower && configuration.isOnlyVoter(id)
        if isAlone || clock.sinceElection >= clock.electionTimeout { campaign() }
    }

    private mutating func tickAsLeader() {
        clock.sinceQuorumCheck += 1
        if clock.sinceQuorumCheck >= settings.electionTickCount {
            clock.sinceQuorumCheck = 0
            guard hearsQuorum() else {
                return become(.follower, term: hardState.term, leader: nil)
            }
        }
        if leadership.transfer != nil {
            leadership.transfer?.tickCount += 1
            if leadership.transfer?.tickCount ?? 0 >= settings.electionTickCount {
                leadership.transfer = nil
            }
        }
        clock.sinceHeartbeat += 1
        guard clock.sinceHeartbeat >= settings.heartbeatTickCount else { return }
        if mayQuiesce { quiesce() } else { broadcastHeartbeat() }
    }

    /// Whether a quorum was heard of since the last check; the next check begins.
    private mutating func hearsQuorum() -> Bool {
        let hears = configuration.isQuorum { $0 == id || progress[$0]?.isActive == true }
        for peer in configuration.members { progress[peer]?.isActive = false }
        return hears
    }

    mutating func drawElectionTimeout() {
        let shortest = settings.electionTickCount
        clock.sinceElection = 0
        clock.electionTimeout = shortest + Int(random.next() % UInt64(shortest))
    }

    /// The leader was heard.
    mutating func noteContact() {
        clock.sinceContact = 0
        clock.sinceElection = 0
    }
}

// MARK: - Quiescence

extension Core {
    /// Whether nothing is to be done, by anybody of the group, for as long as nobody asks.
    private var mayQuiesce: Bool {
        guard let limit = settings.quiesceTickCount, clock.sinceActivity >= limit,
            leadership.transfer == nil, reads.isEmpty, !configuration.isJoint,
            commitIndex == lastIndex, appliedIndex == lastIndex, hasCommittedInTerm
        else { return false }
        return configuration.members.allSatisfy { peer in
            guard peer != id else { return true }
            guard let progress = progress[peer] else { return false }
            return progress.match == lastIndex && progress.isActive
                && progress.toldCommit == commitIndex
        }
    }

    private mutating func quiesce() {
        broadcastHeartbeat(quiesces: true)
        isQuiescent = true
    }

    /// Starts the clock again; a leader tells the others by a heartbeat.
    mutating func wake() {
        clock.sinceActivity = 0
        guard isQuiescent else { return }
        isQuiescent = false
        clock.sinceElection = 0
        clock.sinceQuorumCheck = 0
        if role == .leader {
            for peer in configuration.members { progress[peer]?.isActive = true }
            broadcastHeartbeat()
        }
    }

    /// The driver knows that the leader's process has gone: an election need not wait for its
    /// silence.
    ///
    /// The first to ask is drawn by lot.
    public mutating func leaderLost() {
        guard role != .leader else { return }
        wake()
        leader = nil
        failReads()
        // The driver may be wrong, and the leader answer reads by a lease.
        if isBoundByLease { return }
        clock.sinceContact = settings.electionTickCount
        let rest = 1 + Int(random.next() % UInt64(max(1, settings.electionTickCount / 2)))
        clock.sinceElection = max(clock.sinceElection, clock.electionTimeout - rest)
    }
}
