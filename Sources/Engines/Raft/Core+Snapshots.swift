public import Primitives

extension Core {
    /// Drops the entries up to an index that was applied; peers that still need them get a snapshot.
    public mutating func compact(to index: LogIndex) {
        precondition(
            index <= appliedIndex, "index \(index) is not applied, only \(appliedIndex) is")
        // A reset that is not written yet must not be overtaken.
        if case .reset = ready.persist.base { return }
        guard index > log.base.index, index <= log.persistedIndex else { return }
        ready.persist.base = .compact(log.compact(to: index))
    }

    /// The state machine has durably become that of a snapshot of the leader's.
    public mutating func snapshotInstalled(_ base: LogBase) {
        guard base.index > commitIndex else { return }
        // A log that agrees goes on behind the snapshot, and what it has durably was acknowledged, so
        // that it stays. All else is of no use.
        let agrees = log.term(at: base.index) == base.term && base.index <= log.persistedIndex
        if !agrees {
            log.reset(to: base)
            forgetWritesBehindEnd()
            if !PlantedFault.snapshotWithoutLogReset.isActive {
                ready.persist.base = .reset(base)
            }
        }
        commitIndex = base.index
        deliveredIndex = base.index
        appliedIndex = base.index
        if let leader { hold(.appended(through: base.index), for: leader) }
    }

    /// A snapshot has arrived at a peer, or has not.
    ///
    /// - Parameter index: What the peer has applied by it; nil: it did not arrive.
    public mutating func snapshotEnded(to peer: PeerID, at index: LogIndex?) {
        guard role == .leader, var known = progress[peer], known.state == .snapshot else { return }
        known.begin(.probe)
        if let index {
            known.matched(
                through: min(index, lastIndex), lastIndex: lastIndex, tick: clock.tick,
                limit: settings.electionTickCount)
        } else {
            // The next heartbeat's answer tries again, if the peer is there to give one.
            known.isProbing = true
        }
        progress[peer] = known
        advanceCommit()
    }
}
