extension Core {
    /// The first invariant that does not hold, in words, or nil.
    ///
    /// Looked at after each step in simulation.
    public var violatedInvariant: String? {
        violatedOrder ?? violatedLog ?? violatedRole
    }

    /// Traps if an invariant does not hold.
    public func checkInvariants() {
        if let violatedInvariant { preconditionFailure("peer \(id): \(violatedInvariant)") }
    }

    private var violatedOrder: String? {
        let order = [
            ("the base", log.base.index), ("applied", appliedIndex),
            ("delivered", deliveredIndex), ("committed", commitIndex), ("the last", lastIndex),
        ]
        for (left, right) in zip(order, order.dropFirst()) where left.1 > right.1 {
            return "\(left.0) index \(left.1) is behind \(right.0) index \(right.1)"
        }
        if deliveredIndex > log.persistedIndex {
            return "entry \(deliveredIndex) was delivered before it was durable"
        }
        if log.persistedIndex > lastIndex { return "more is durable than there is" }
        return nil
    }

    private var violatedLog: String? {
        var term = log.base.term
        for (offset, entry) in log.entries.enumerated() {
            if entry.index != log.base.index + UInt64(offset) + 1 {
                return "entry \(entry.index) stands at place \(offset)"
            }
            if entry.term < term { return "entry \(entry.index) is older than the one before" }
            term = entry.term
        }
        if term > hardState.term { return "the log is of term \(term), newer than the peer's" }
        return nil
    }

    private var violatedRole: String? {
        switch role {
        case .leader:
            if leader != id { return "it leads and does not know" }
            let known = configuration.members.filter { $0 != id }
            if known.contains(where: { progress[$0] == nil }) || progress.count != known.count {
                return "it does not know the members of its group"
            }
            return violatedProgress
        case .candidate:
            if hardState.vote != id { return "a candidate has not voted for itself" }
            if leader != nil { return "a candidate has a leader" }
        case .preCandidate, .follower:
            if leader == id { return "it follows itself" }
        }
        return nil
    }

    private var violatedProgress: String? {
        for peer in configuration.members {
            guard let known = progress[peer] else { continue }
            if known.match >= known.next { return "peer \(peer) has what was not sent" }
            if known.next > lastIndex + 1 { return "peer \(peer) was sent more than there is" }
            let byteCount = known.inflights.reduce(0) { $0 + $1.byteCount }
            if byteCount != known.inflightByteCount { return "the window of \(peer) is miscounted" }
        }
        return nil
    }
}
