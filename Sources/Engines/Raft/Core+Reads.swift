import Primitives

/// The reads that wait for a read index.
///
/// *Source*: Ongaro 2014, section 6.4. All reads that wait when a round of heartbeats begins are
/// answered by it together.
struct Reads: Sendable {
    /// A read of this peer, or of another one that has asked the leader.
    enum Origin: Sendable, Hashable {
        case own(UInt64)
        case peer(PeerID, id: UInt64)
    }

    /// Reads that a round of heartbeats answers.
    struct Batch: Sendable {
        var round: UInt64
        var index: LogIndex
        var origins: [Origin]
    }

    /// Reads that the leader was asked about.
    struct Request: Sendable {
        var id: UInt64
        var reads: [UInt64]
        var tick: UInt64
    }

    /// The reads that no round was begun for.
    var waiting: [Origin] = []
    /// Those whose round is under way, the oldest first.
    var batches: [Batch] = []
    /// Those that the leader was asked about.
    var requests: [Request] = []
    /// The number of the next request.
    var nextRequest: UInt64 = 0
    /// The number of the last round of heartbeats of this term.
    var round: UInt64 = 0
    /// When the last rounds began, in ticks, for leases.
    var roundTicks: [(round: UInt64, tick: UInt64)] = []
    /// Rounds up to here say nothing of leases: the clock stood since.
    var suspendedRound: UInt64 = 0

    static let maxRoundCount = 64

    var isEmpty: Bool { waiting.isEmpty && batches.isEmpty && requests.isEmpty }

    var count: Int {
        waiting.count + batches.reduce(0) { $0 + $1.origins.count }
            + requests.reduce(0) { $0 + $1.reads.count }
    }
}

extension Core {
    /// Asks for an index such that whoever has applied it sees every write that was acknowledged
    /// before now.
    ///
    /// The answer comes in ``Ready/reads``.
    ///
    /// - Parameter id: Comes back in the answer.
    /// - Throws: ``Refusal/notLeader(_:)`` if nobody is known to lead, ``Refusal/overloaded``.
    public mutating func read(id: UInt64) throws(Refusal) {
        guard leader != nil else { throw .notLeader(nil) }
        guard reads.count < settings.maxWaitingReadCount else { throw .overloaded }
        wake()
        reads.waiting.append(.own(id))
    }

    /// The driver's clock stood still, or may have: leases that it has measured do not count.
    public mutating func suspendLease() {
        if PlantedFault.leaseIgnoresPause.isActive { return }
        reads.suspendedRound = reads.round
    }

    /// Begins what the reads that wait need: a round of heartbeats, or a question to the leader.
    mutating func beginReads() {
        guard !reads.waiting.isEmpty else { return }
        if role == .leader { beginRound() } else { askLeader() }
    }

    private mutating func beginRound() {
        guard hasCommittedInTerm || PlantedFault.readWithoutOwnCommit.isActive else { return }
        let origins = reads.waiting
        reads.waiting = []
        if holdsLease { return answer(origins, index: commitIndex) }
        broadcastHeartbeat()
        reads.batches.append(
            Reads.Batch(round: reads.round, index: commitIndex, origins: origins))
        finishReads()
    }

    /// Whether nobody can have been elected: a quorum heard this leader so lately that it would not
    /// vote for another.
    private var holdsLease: Bool {
        guard case .lease(let maxDrift) = settings.readMode, !leadership.mayBeChallenged else {
            return false
        }
        // A tick less on either side: neither this clock nor that of a voter counts parts of one.
        let term = Double(settings.electionTickCount - 1) * (1 - maxDrift)
        return reads.roundTicks.contains { round, tick in
            round > reads.suspendedRound && Double(clock.tick - tick) + 1 < term
                && isAnswered(round: round)
        }
    }

    private func isAnswered(round: UInt64) -> Bool {
        let wanted = PlantedFault.readAcknowledgedByOldRound.isActive ? 1 : round
        return configuration.isQuorum { $0 == id || (progress[$0]?.round ?? 0) >= wanted }
    }

    /// Answers the batches whose round a quorum has answered.
    mutating func finishReads() {
        while let batch = reads.batches.first, isAnswered(round: batch.round) {
            reads.batches.removeFirst()
            answer(batch.origins, index: batch.index)
        }
    }

    private mutating func answer(_ origins: [Reads.Origin], index: LogIndex?) {
        for origin in origins {
            switch origin {
            case .own(let id): ready.reads.append(ReadResult(id: id, index: index))
            case .peer(let peer, let id): send(.readReply(id: id, index: index), to: peer)
            }
        }
    }

    // MARK: Between follower and leader

    private mutating func askLeader() {
        guard let leader else { return failReads() }
        let ids = reads.waiting.compactMap { origin in
            if case .own(let id) = origin { id } else { nil }
        }
        reads.waiting = []
        let request = Reads.Request(id: reads.nextRequest, reads: ids, tick: clock.tick)
        reads.nextRequest &+= 1
        reads.requests.append(request)
        send(.readRequest(id: request.id), to: leader)
    }

    mutating func readRequested(_ id: UInt64, by peer: PeerID) {
        guard role == .leader, reads.count < settings.maxWaitingReadCount else {
            return send(.readReply(id: id, index: nil), to: peer)
        }
        reads.waiting.append(.peer(peer, id: id))
    }

    mutating func readAnswered(_ id: UInt64, _ index: LogIndex?) {
        guard let position = reads.requests.firstIndex(where: { $0.id == id }) else { return }
        let request = reads.requests.remove(at: position)
        for read in request.reads { ready.reads.append(ReadResult(id: read, index: index)) }
    }

    /// Gives up on requests whose answer would have come long ago.
    mutating func expireReads() {
        while let request = reads.requests.first,
            clock.tick - request.tick >= UInt64(settings.electionTickCount)
        {
            readAnswered(request.id, nil)
        }
    }

    /// Everything that waits fails: who leads has changed, or nobody does.
    mutating func failReads() {
        let origins = reads.waiting + reads.batches.flatMap(\.origins)
        let requests = reads.requests
        reads.waiting = []
        reads.batches = []
        reads.requests = []
        reads.round = 0
        reads.roundTicks = []
        reads.suspendedRound = 0
        answer(origins, index: nil)
        for read in requests.flatMap(\.reads) {
            ready.reads.append(ReadResult(id: read, index: nil))
        }
    }
}
