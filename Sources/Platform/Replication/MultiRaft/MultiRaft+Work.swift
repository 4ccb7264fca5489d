package import Raft

extension MultiRaft {
    /// What is to be done; it is the caller's now.
    package mutating func takeWork() -> Work {
        // A group that becomes dirty meanwhile, itself or another, has its turn the next time.
        let ids = dirty
        dirty = []
        var messages = MessageSorter()
        for id in ids {
            guard groups[id] != nil else { continue }
            groups[id]?.isDirty = false
            take(id, &messages)
        }
        liveness.takeDue(&messages)
        work.outgoing += messages.sorted
        defer { work = Work() }
        return work
    }

    private mutating func take(_ id: GroupID, _ messages: inout MessageSorter) {
        // In place: a copy of the group would make each change copy what it changes.
        guard let ready = groups[id]?.core.takeReady() else { return }
        take(ready.persist, of: id)
        for message in ready.messages {
            let message = GroupMessage(group: id, message: message)
            if let node = groups[id]?.nodes[message.message.recipient] {
                messages.add(message, to: node)
            } else {
                for node in groups[id]?.candidateNodes ?? [] { messages.add(message, to: node) }
            }
        }
        if !ready.committed.isEmpty {
            work.applies.append(.init(group: id, entries: ready.committed))
        }
        work.reads += ready.reads.map { .init(group: id, result: $0) }
        if let status = ready.status { work.statuses.append(.init(group: id, status: status)) }
        for message in ready.snapshotMessages { takeSnapshot(message, of: id, &messages) }
        for peer in ready.snapshotsWanted { beginSending(to: peer, of: id) }
        if ready.status != nil, ready.status?.role != .leader { endSending(of: id) }
        sendParts(of: id, &messages)
    }

    private mutating func take(_ persist: Ready.Persist, of id: GroupID) {
        guard !persist.isEmpty, let core = groups[id]?.core else { return }
        switch persist.base {
        case .reset(let base):
            work.records.append(.reset(id, peer: core.id, core.hardState, base))
            groups[id]?.logByteCount = 0
            groups[id]?.durableIndex = base.index
        case .compact(let base):
            work.records.append(.compact(id, base))
        case nil:
            break
        }
        if let state = persist.hardState { work.records.append(.hardState(id, state)) }
        if !persist.entries.isEmpty {
            work.records.append(.entries(id, persist.entries))
            groups[id]?.logByteCount += persist.entries.reduce(0) { $0 + $1.byteCount }
        }
        work.writes.append(.init(group: id, peer: core.id, number: persist.number))
    }

    /// These writes, and all before them, are durable.
    package mutating func persisted(_ writes: [Work.GroupWrite]) {
        for write in writes where groups[write.group]?.core.id == write.peer {
            withCore(write.group) { $0.persisted(write.number) }
        }
    }

    /// A state machine has applied the entries up to this index, so that reads see them.
    package mutating func applied(_ id: GroupID, through index: LogIndex) {
        withCore(id) { $0.applied(through: index) }
        considerCompaction(id)
    }
}

// MARK: - Cutting the log

extension MultiRaft {
    /// Asks the state machine to become durable if the log has grown long.
    private mutating func considerCompaction(_ id: GroupID) {
        guard let group = groups[id], !group.isMakingDurable else { return }
        let entryCount = group.core.appliedIndex - group.core.base.index
        guard
            entryCount > UInt64(settings.maxLogEntryCount)
                || group.logByteCount > settings.maxLogByteCount
        else { return }
        // What an earlier sync made cuttable may already be enough.
        guard group.core.appliedIndex > group.durableIndex else { return compact(id) }
        groups[id]?.isMakingDurable = true
        work.syncs.append(id)
        markDirty(id)
    }

    /// The state machine has everything up to this index on the disk for certain.
    package mutating func madeDurable(_ id: GroupID, through index: LogIndex) {
        guard let known = groups[id]?.durableIndex else { return }
        groups[id]?.isMakingDurable = false
        groups[id]?.durableIndex = max(known, index)
        compact(id)
    }

    private mutating func compact(_ id: GroupID) {
        guard let index = compactionIndex(of: id) else { return }
        // Nothing else holds the entries by now, or cutting them would copy them all.
        withCore(id) { $0.compact(to: index) }
        let byteCount = groups[id]?.core.entries.reduce(0) { $0 + $1.byteCount }
        groups[id]?.logByteCount = byteCount ?? 0
    }

    /// Up to where a group's log may be cut; nil: nowhere.
    private func compactionIndex(of id: GroupID) -> LogIndex? {
        guard let group = groups[id] else { return nil }
        let core = group.core
        let isFull = group.logByteCount > settings.maxLogByteCount
        let trailing =
            isFull
            ? settings.trailingEntryCount / 8
            : min(settings.trailingEntryCount, UInt64(settings.maxLogEntryCount) / 2)
        var index = min(group.durableIndex, core.appliedIndex)
        index = index > trailing ? index - trailing : 0
        if core.status.role == .leader, group.logByteCount <= settings.hardMaxLogByteCount {
            for peer in core.configuration.members where peer != core.id {
                // One that is away is not waited for: it will get a snapshot.
                guard let known = core.progress(of: peer), known.isActive else { continue }
                index = min(index, known.match)
            }
        }
        return index > core.base.index ? index : nil
    }
}

/// Sorts messages by node and lane.
struct MessageSorter {
    private var messages: [Key: [GroupMessage]] = [:]

    private struct Key: Hashable, Comparable {
        var node: String
        var lane: NodeMessages.Lane

        static func < (left: Key, right: Key) -> Bool {
            (left.node, left.lane.rawValue) < (right.node, right.lane.rawValue)
        }
    }

    mutating func add(_ message: GroupMessage, to node: String) {
        messages[Key(node: node, lane: message.message.body.lane), default: []].append(message)
    }

    /// Makes sure that a node gets a message, be it an empty one.
    mutating func addSign(to node: String) {
        let key = Key(node: node, lane: .control)
        if messages[key] == nil { messages[key] = [] }
    }

    var sorted: [NodeMessages] {
        messages.keys.sorted().map { key in
            NodeMessages(node: key.node, lane: key.lane, messages: messages[key] ?? [])
        }
    }
}

extension Message.Body {
    var lane: NodeMessages.Lane {
        switch self {
        case .append, .snapshotChunk: .bulk
        default: .control
        }
    }
}
