import Primitives

extension Core {
    /// What is to be done; it is the caller's now.
    ///
    /// Entries that were proposed since the last call go out together.
    public mutating func takeReady() -> Ready {
        if role == .leader { replicate() }
        beginReads()
        takePersist()
        takeCommitted()
        if toldStatus != status {
            toldStatus = status
            ready.status = status
        }
        defer { ready = Ready() }
        return ready
    }

    private mutating func takePersist() {
        ready.persist.entries = log.takeUnwritten()
        if writing.isHardStateNew { ready.persist.hardState = hardState }
        guard !ready.persist.isEmpty else { return }
        writing.lastNumber += 1
        if writing.isHardStateNew { writing.hardStateNumber = writing.lastNumber }
        writing.isHardStateNew = false
        ready.persist.number = writing.lastNumber
        writing.underWay.append((writing.lastNumber, log.lastIndex, log.lastTerm))
    }

    private mutating func takeCommitted() {
        let end = min(commitIndex, log.persistedIndex)
        guard end > deliveredIndex else { return }
        ready.committed = log.entries((deliveredIndex + 1)...end)
        deliveredIndex = end
        if role == .leader {
            // Entries of former leaders were not counted: never below nothing.
            let byteCount = ready.committed.reduce(0) { $0 + $1.byteCount }
            leadership.uncommittedByteCount = max(0, leadership.uncommittedByteCount - byteCount)
        }
    }

    /// The write of this number, and all before it, are durable.
    public mutating func persisted(_ number: UInt64) {
        precondition(
            number <= writing.lastNumber,
            "write \(number) was not given, only \(writing.lastNumber)")
        guard number > writing.persistedNumber else { return }
        writing.persistedNumber = number
        while let write = writing.underWay.first, write.number <= number {
            writing.underWay.removeFirst()
            log.persisted(through: write.lastIndex, term: write.lastTerm)
        }
        release()
        acknowledgePersisted()
        advanceCommit()
    }

    /// The state machine has applied the entries up to this index.
    public mutating func applied(through index: LogIndex) {
        precondition(
            index <= deliveredIndex, "index \(index) was not given, only \(deliveredIndex)")
        appliedIndex = max(appliedIndex, index)
    }
}

// MARK: - Saying

extension Core {
    /// Says something that may be said at once.
    mutating func send(_ body: Message.Body, to peer: PeerID) {
        ready.messages.append(
            Message(sender: id, recipient: peer, term: hardState.term, body: body))
    }

    /// Says something once term and vote as they are now are durable.
    mutating func hold(_ body: Message.Body, for peer: PeerID) {
        let number = writing.isHardStateNew ? writing.lastNumber + 1 : writing.hardStateNumber
        if number <= writing.persistedNumber || PlantedFault.answerBeforePersist.isActive,
            peer != id
        {
            return send(body, to: peer)
        }
        writing.held.append(
            (number, Message(sender: id, recipient: peer, term: hardState.term, body: body)))
    }

    private mutating func release() {
        var due: [Message] = []
        while let held = writing.held.first, held.number <= writing.persistedNumber {
            writing.held.removeFirst()
            due.append(held.message)
        }
        for message in due where message.term == hardState.term {
            if message.recipient == id {
                if role == .candidate { count(vote: true, of: id) }
            } else {
                ready.messages.append(message)
            }
        }
    }

    /// Tells the leader what has become durable of what it sent.
    private mutating func acknowledgePersisted() {
        guard let due = writing.acknowledgement, due.leader == leader, role == .follower else {
            return
        }
        let index = min(due.through, log.persistedIndex)
        if index == due.through { writing.acknowledgement = nil }
        hold(.appended(through: index), for: due.leader)
    }
}
