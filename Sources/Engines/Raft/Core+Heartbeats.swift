import Primitives

extension Core {
    /// Begins a round of heartbeats: they keep elections away, tell what is committed, and prove by
    /// their answers that the leader still leads.
    mutating func broadcastHeartbeat(quiesces: Bool = false) {
        clock.sinceHeartbeat = 0
        reads.round += 1
        reads.roundTicks.append((reads.round, clock.tick))
        if reads.roundTicks.count > Reads.maxRoundCount { reads.roundTicks.removeFirst() }
        for peer in configuration.members where peer != id {
            let match = progress[peer]?.match ?? 0
            let commit =
                PlantedFault.heartbeatCommitsBeyondMatch.isActive
                ? commitIndex : min(commitIndex, match)
            send(
                .heartbeat(commit: commit, round: reads.round, quiesces: quiesces), to: peer)
        }
    }

    mutating func heartbeatAnswered(by peer: PeerID, round: UInt64) {
        guard role == .leader, var known = progress[peer] else { return }
        known.isActive = true
        known.round = max(known.round, round)
        known.isProbing = false
        if known.state == .replicate {
            if known.isWindowFull(settings) { known.freeFirst() }
            // What was lost shows by a refusal: sent entries that are not acknowledged are checked
            // on by sending again from where the peer is known to be.
            let patience = UInt64(max(2, settings.electionTickCount / 3))
            if known.match < known.next - 1, clock.tick - known.lastAdvance >= patience {
                known.begin(.probe)
                known.next = known.match + 1
                known.lastAdvance = clock.tick
            }
        }
        progress[peer] = known
        finishReads()
    }
}
