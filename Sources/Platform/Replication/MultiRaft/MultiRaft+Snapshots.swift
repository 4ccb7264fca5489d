import Primitives
package import Raft

/// A snapshot on its way to a peer: one part at a time, each sent until it is answered.
struct SnapshotSending: Sendable {
    let peer: PeerID
    let stream: UInt64
    /// Known once the snapshot was opened.
    var base: LogBase?
    /// The part that is on its way.
    var part: SnapshotChunk?
    var isPartUnsent = false
    var nextNumber: UInt64 = 0
    var checksum = CRC32C()
    var ticksSinceSending = 0
    var tryCount = 0
}

/// A snapshot that comes from the leader.
struct SnapshotReceiving: Sendable {
    let sender: PeerID
    let stream: UInt64
    let base: LogBase
    var next: UInt64 = 0
    var checksum = CRC32C()
    /// Whether a part is being stored, or all are being installed.
    var isBusy = false
    var isComplete = false
}

// MARK: - Sending

extension MultiRaft {
    mutating func beginSending(to peer: PeerID, of id: GroupID) {
        let count = ids.reduce(0) { $0 + (groups[$1]?.sending.count ?? 0) }
        guard count < settings.maxSnapshotCount else {
            // The next heartbeat's answer asks again.
            return withCore(id) { $0.snapshotEnded(to: peer, at: nil) }
        }
        let stream = nextStream
        nextStream &+= 1
        groups[id]?.sending.append(SnapshotSending(peer: peer, stream: stream))
        work.snapshots.append(.open(id, stream: stream))
    }

    /// The driver has begun to read a snapshot; nil: there is none to be had.
    package mutating func snapshotOpened(_ id: GroupID, stream: UInt64, base: LogBase?) {
        // One that does not know who is in the group yet has nothing to tell a newcomer.
        guard let base, !base.configuration.members.isEmpty else {
            return endSending(of: id, stream: stream, at: nil)
        }
        updateSending(of: id, stream: stream) { $0.base = base }
        readPart(of: id, stream: stream)
    }

    private mutating func readPart(of id: GroupID, stream: UInt64) {
        work.snapshots.append(
            .read(id, stream: stream, maxByteCount: settings.snapshotChunkByteCount))
        markDirty(id)
    }

    /// The driver has read the next part; nil: it could not.
    package mutating func chunkRead(
        _ id: GroupID, stream: UInt64, bytes: [UInt8]?, isLast: Bool
    ) {
        guard let bytes else { return endSending(of: id, stream: stream, at: nil) }
        updateSending(of: id, stream: stream) { sending in
            guard let base = sending.base else { return }
            bytes.withUnsafeBytes { sending.checksum.update($0) }
            sending.part = SnapshotChunk(
                base: base, stream: stream, number: sending.nextNumber, bytes: bytes,
                checksum: CRC32C.checksum(of: bytes),
                totalChecksum: isLast ? sending.checksum.value : nil)
            sending.nextNumber += 1
            sending.isPartUnsent = true
            sending.tryCount = 0
        }
        markDirty(id)
    }

    /// Puts the parts that are ready, or were lost, among the messages.
    mutating func sendParts(of id: GroupID, _ messages: inout MessageSorter) {
        guard var group = groups[id], !group.sending.isEmpty else { return }
        for index in group.sending.indices where group.sending[index].isPartUnsent {
            group.sending[index].isPartUnsent = false
            group.sending[index].ticksSinceSending = 0
            let sending = group.sending[index]
            guard let part = sending.part, let node = group.nodes[sending.peer] else { continue }
            messages.add(
                GroupMessage(
                    group: id,
                    message: Message(
                        sender: group.core.id, recipient: sending.peer,
                        term: group.core.status.term, body: .snapshotChunk(part))), to: node)
        }
        groups[id] = group
    }

    /// Sends parts again whose answer is overdue, and gives up on peers that never answer.
    mutating func tickSnapshots(of id: GroupID) {
        guard let group = groups[id], !group.sending.isEmpty else { return }
        for sending in group.sending where sending.part != nil && !sending.isPartUnsent {
            let isOverdue = sending.ticksSinceSending + 1 >= settings.raft.electionTickCount
            let isHopeless = isOverdue && sending.tryCount + 1 >= settings.maxSnapshotTryCount
            if isHopeless {
                endSending(of: id, stream: sending.stream, at: nil)
                continue
            }
            updateSending(of: id, stream: sending.stream) { sending in
                sending.ticksSinceSending += 1
                guard isOverdue else { return }
                sending.tryCount += 1
                sending.isPartUnsent = true
            }
        }
    }

    private mutating func snapshotAnswered(_ reply: SnapshotReply, of id: GroupID) {
        guard
            let sending = groups[id]?.sending.first(where: { $0.stream == reply.stream }),
            let base = sending.base
        else { return }
        switch reply.state {
        case .installed:
            endSending(of: id, stream: reply.stream, at: base.index)
        case .refused:
            endSending(of: id, stream: reply.stream, at: nil)
        case .receiving:
            guard let part = sending.part else { return }
            if reply.next == part.number + 1 {
                // After the last part only the installation is waited for.
                updateSending(of: id, stream: reply.stream) { sending in
                    sending.tryCount = 0
                    sending.ticksSinceSending = 0
                }
                guard part.totalChecksum == nil else { return }
                updateSending(of: id, stream: reply.stream) { $0.part = nil }
                readPart(of: id, stream: reply.stream)
            } else if reply.next < part.number {
                endSending(of: id, stream: reply.stream, at: nil)
            }
        }
    }

    private mutating func endSending(of id: GroupID, stream: UInt64, at index: LogIndex?) {
        guard let sending = groups[id]?.sending.first(where: { $0.stream == stream }) else {
            return
        }
        groups[id]?.sending.removeAll { $0.stream == stream }
        work.snapshots.append(.close(id, stream: stream))
        withCore(id) { $0.snapshotEnded(to: sending.peer, at: index) }
    }

    /// The peer does not lead any more: what it sends does not count.
    mutating func endSending(of id: GroupID) {
        for sending in groups[id]?.sending ?? [] {
            work.snapshots.append(.close(id, stream: sending.stream))
        }
        groups[id]?.sending = []
    }

    private mutating func updateSending(
        of id: GroupID, stream: UInt64, _ body: (inout SnapshotSending) -> Void
    ) {
        guard let index = groups[id]?.sending.firstIndex(where: { $0.stream == stream }) else {
            return
        }
        markDirty(id)
        body(&groups[id]!.sending[index])
    }
}

// MARK: - Receiving

extension MultiRaft {
    mutating func takeSnapshot(
        _ message: Message, of id: GroupID, _ messages: inout MessageSorter
    ) {
        switch message.body {
        case .snapshotReply(let reply):
            snapshotAnswered(reply, of: id)
        case .snapshotChunk(let part):
            if let reply = answer(to: part, from: message.sender, of: id) {
                send(reply, to: message.sender, of: id, &messages)
            }
        default:
            break
        }
    }

    private func send(
        _ reply: SnapshotReply, to peer: PeerID, of id: GroupID, _ messages: inout MessageSorter
    ) {
        guard let group = groups[id], let node = group.nodes[peer] else { return }
        messages.add(
            GroupMessage(
                group: id,
                message: Message(
                    sender: group.core.id, recipient: peer, term: group.core.status.term,
                    body: .snapshotReply(reply))), to: node)
    }

    /// Takes a part, and says what to answer at once, if anything.
    private mutating func answer(
        to part: SnapshotChunk, from sender: PeerID, of id: GroupID
    ) -> SnapshotReply? {
        guard let group = groups[id] else { return nil }
        func reply(_ next: UInt64, _ state: SnapshotReply.State) -> SnapshotReply {
            SnapshotReply(stream: part.stream, next: next, state: state)
        }
        if part.base.index <= group.core.commitIndex { return reply(0, .installed) }
        if let receiving = group.receiving, receiving.isComplete {
            // What is being installed is finished first.
            return receiving.stream == part.stream ? reply(receiving.next, .receiving) : nil
        }
        if group.receiving?.stream != part.stream {
            guard part.number == 0 else { return reply(0, .refused) }
            groups[id]?.receiving = SnapshotReceiving(
                sender: sender, stream: part.stream, base: part.base)
        }
        guard var receiving = groups[id]?.receiving, !receiving.isBusy else { return nil }
        guard part.number == receiving.next else { return reply(receiving.next, .receiving) }
        guard CRC32C.checksum(of: part.bytes) == part.checksum, part.base == receiving.base else {
            return reply(receiving.next, .receiving)
        }
        part.bytes.withUnsafeBytes { receiving.checksum.update($0) }
        if let total = part.totalChecksum {
            guard total == receiving.checksum.value else {
                groups[id]?.receiving = nil
                return reply(0, .refused)
            }
            receiving.isComplete = true
        }
        receiving.next += 1
        receiving.isBusy = true
        groups[id]?.receiving = receiving
        work.snapshots.append(
            .store(id, stream: part.stream, bytes: part.bytes, isFirst: part.number == 0))
        return nil
    }

    /// The driver has stored the part that it was given last; nil stream: it could not.
    package mutating func chunkStored(_ id: GroupID, stream: UInt64) {
        guard var receiving = groups[id]?.receiving, receiving.stream == stream else { return }
        receiving.isBusy = receiving.isComplete
        groups[id]?.receiving = receiving
        // What was committed meanwhile must not be undone by an older state.
        if receiving.isComplete, receiving.base.index <= groups[id]?.core.commitIndex ?? 0 {
            groups[id]?.receiving = nil
            return reply(to: receiving, of: id, .installed)
        }
        if receiving.isComplete {
            if PlantedFault.logResetBeforeSnapshot.isActive {
                withCore(id) { $0.snapshotInstalled(receiving.base) }
            }
            work.snapshots.append(.install(id, stream: stream, base: receiving.base))
        }
        reply(to: receiving, of: id, .receiving)
    }

    /// The driver could not store or install what came.
    package mutating func snapshotFailed(_ id: GroupID, stream: UInt64) {
        guard let receiving = groups[id]?.receiving, receiving.stream == stream else { return }
        groups[id]?.receiving = nil
        reply(to: receiving, of: id, .refused)
    }

    /// The state machine is that of the snapshot, durably.
    package mutating func snapshotInstalled(_ id: GroupID, stream: UInt64) {
        guard let receiving = groups[id]?.receiving, receiving.stream == stream else { return }
        groups[id]?.receiving = nil
        withCore(id) { $0.snapshotInstalled(receiving.base) }
        reply(to: receiving, of: id, .installed)
    }

    private mutating func reply(
        to receiving: SnapshotReceiving, of id: GroupID, _ state: SnapshotReply.State
    ) {
        guard let group = groups[id], let node = group.nodes[receiving.sender] else { return }
        let body = Message.Body.snapshotReply(
            SnapshotReply(stream: receiving.stream, next: receiving.next, state: state))
        let message = Message(
            sender: group.core.id, recipient: receiving.sender, term: group.core.status.term,
            body: body)
        work.outgoing.append(
            NodeMessages(
                node: node, lane: .control, messages: [GroupMessage(group: id, message: message)]))
        markDirty(id)
    }
}
