import Primitives
package import Raft
package import Replication

/// Knows what has happened everywhere, and says when two things cannot both be.
///
/// Looks at each peer after each of its steps. What it remembers is only looked up by key.
package struct Oracle {
    /// What is known of a group.
    package struct Group {
        /// The committed entries: index `n` is at `n - 1`.
        package var committed: [Committed] = []
        /// The fingerprint of the state after each index.
        var states: [LogIndex: UInt64] = [:]
        /// Who led in each term.
        package var leaders: [Term: PeerID] = [:]
        /// Whom each voter gave its vote.
        var votes: [Ballot: PeerID] = [:]
        /// The terms that a candidate has begun.
        var begunTerms: Set<Term> = []
        /// Every entry that was ever in a log.
        var entries: [Place: Known] = [:]
        /// Every configuration that was ever in a log, by index, with its term.
        package var configurations: [(place: Place, configuration: Configuration)] = []
        /// At which index each command was carried out.
        var executed: [CommandHeader: LogIndex] = [:]
    }

    /// A committed entry.
    package struct Committed {
        var term: Term
        var digest: UInt64
        var header: CommandHeader?
        /// The term of the peer that knew of it first: it was committed in this term or before.
        var commitTerm: Term = 0

        package init(term: Term, digest: UInt64, header: CommandHeader?) {
            self.term = term
            self.digest = digest
            self.header = header
        }
    }

    struct Ballot: Hashable {
        var term: Term
        var voter: PeerID
    }

    /// A place of a log.
    package struct Place: Hashable, Sendable {
        package var index: LogIndex
        package var term: Term
    }

    struct Known {
        var digest: UInt64
        var previousTerm: Term?
    }

    /// The groups; group `n` is at `n - 1`.
    package var groups: [Group]

    init(groupCount: Int) { groups = Array(repeating: Group(), count: groupCount) }

    /// The last configuration that is committed, and those behind it that may yet be.
    package func openConfigurations(of group: GroupID, first: Configuration) -> [Configuration] {
        let known = groups[Int(group.rawValue) - 1]
        var last = first
        var open: [Configuration] = []
        for (place, configuration) in known.configurations {
            if place.index <= LogIndex(known.committed.count) {
                if known.committed[Int(place.index) - 1].term == place.term { last = configuration }
            } else {
                open.append(configuration)
            }
        }
        return [last] + open
    }
}

// MARK: - After each step

extension Oracle {
    private typealias Report = (String, @autoclosure () -> String) -> Void

    /// Looks at what a node wants done: at what it says, and at what it writes.
    package mutating func observe(_ work: Work, at node: Node, in world: World) {
        for batch in work.outgoing {
            for message in batch.messages {
                observe(message.message, slot: Int(message.group.rawValue) - 1, in: world)
            }
        }
        for record in work.records {
            guard case .entries(let group, let entries) = record,
                let core = node.raft.core(group)
            else { continue }
            observe(
                entries, of: core, slot: Int(group.rawValue) - 1,
                report: Self.report(group, core, node, world))
        }
    }

    /// Looks at a peer after a step.
    package mutating func observe(_ group: GroupID, at node: Node, in world: World) {
        guard let core = node.raft.core(group), let replica = node.replica(of: group) else {
            return
        }
        let slot = Int(group.rawValue) - 1
        let report = Self.report(group, core, node, world)
        if let defect = core.violatedInvariant { report("the core's own invariants", defect) }
        let status = core.status
        if status.term != replica.seen.term || status.role != replica.seen.role {
            observe(status, of: core, seen: replica.seen, slot: slot, report: report)
        }
        if core.commitIndex != replica.seen.commit {
            if core.commitIndex < replica.seen.commit {
                report("commit never goes back", "\(core.commitIndex) < \(replica.seen.commit)")
            }
            observeCommit(of: replica, core, slot: slot, in: world, report: report)
        }
        replica.seen = Replica.Seen(
            term: status.term, commit: core.commitIndex, role: status.role)
    }

    private static func report(
        _ group: GroupID, _ core: Core, _ node: Node, _ world: World
    ) -> Report {
        { name, detail in
            world.report(
                name, "group \(group), peer \(core.id) at node \(node.number): \(detail())")
        }
    }

    private mutating func observe(
        _ status: Status, of core: Core, seen: Replica.Seen, slot: Int, report: Report
    ) {
        if status.term < seen.term {
            report("terms never go back", "\(status.term) < \(seen.term)")
        }
        if status.role == .candidate || status.role == .leader {
            groups[slot].begunTerms.insert(status.term)
        }
        if status.term > 0, !groups[slot].begunTerms.contains(status.term) {
            report("only candidates begin terms", "nobody was a candidate in term \(status.term)")
        }
        guard status.role == .leader, seen.role != .leader else { return }
        if let other = groups[slot].leaders[status.term], other != core.id {
            report("election safety", "peer \(other) led in term \(status.term), too")
        }
        groups[slot].leaders[status.term] = core.id
        // One that wins an old term late need not have what newer ones have committed.
        let committed = groups[slot].committed.prefix { $0.commitTerm < status.term }
        guard core.lastIndex >= LogIndex(committed.count) else {
            return report(
                "leader completeness",
                "its log ends at \(core.lastIndex), \(committed.count) are committed")
        }
        for index in max(1, core.base.index)..<LogIndex(committed.count + 1) {
            if core.term(at: index) != committed[Int(index) - 1].term {
                return report("leader completeness", "entry \(index) is not the committed one")
            }
        }
    }

    private mutating func observe(
        _ message: Message, slot: Int, in world: World
    ) {
        let ballot = Ballot(term: message.term, voter: message.sender)
        let choice: PeerID
        switch message.body {
        case .voteReply(isGranted: true): choice = message.recipient
        case .voteRequest: choice = message.sender
        default: return
        }
        if let other = groups[slot].votes.updateValue(choice, forKey: ballot), other != choice {
            world.report(
                "one vote a term",
                "group \(slot + 1): peer \(message.sender) voted for \(other) and for \(choice) in term \(message.term)"
            )
        }
    }

    /// Log matching: what stands at an index with a term is the same everywhere, and so is the term
    /// of what stands before it; hence all that stands before it.
    private mutating func observe(
        _ entries: [Entry], of core: Core, slot: Int, report: Report
    ) {
        var newest = core.base.configuration
        var newestIndex = core.base.index
        for entry in core.entries {
            if case .configuration(let configuration) = entry.content {
                newest = configuration
                newestIndex = entry.index
            }
        }
        if newest != core.configuration || newestIndex != core.configurationIndex {
            report(
                "the newest configuration in the log counts",
                "\(newest) at \(newestIndex), not \(core.configuration) at \(core.configurationIndex)"
            )
        }
        for entry in entries {
            var digest = Digest()
            digest.mix(entry)
            let place = Place(index: entry.index, term: entry.term)
            let known = Known(
                digest: digest.value, previousTerm: core.term(at: entry.index - 1))
            if let other = groups[slot].entries[place] {
                let agrees =
                    other.digest == known.digest
                    && (other.previousTerm == known.previousTerm || known.previousTerm == nil
                        || other.previousTerm == nil)
                if !agrees {
                    report("log matching", "entry \(entry.index) of term \(entry.term) differs")
                }
                continue
            }
            groups[slot].entries[place] = known
            if case .configuration(let configuration) = entry.content {
                observe(configuration, at: place, of: core, slot: slot, report: report)
            }
        }
    }

    /// Of a configuration that is new in the group: the one before it has to be committed.
    private mutating func observe(
        _ configuration: Configuration, at place: Place, of core: Core, slot: Int, report: Report
    ) {
        groups[slot].configurations.append((place, configuration))
        guard core.status.role == .leader, place.term == core.hardState.term else { return }
        let open = core.entries.filter { entry in
            guard case .configuration = entry.content else { return false }
            return entry.index > core.commitIndex
        }
        if open.count > 1 {
            report(
                "one change of members at a time",
                "entries \(open.map(\.index)) change the members, \(core.commitIndex) is committed")
        }
    }

    private mutating func observeCommit(
        of replica: Replica, _ core: Core, slot: Int, in world: World, report: Report
    ) {
        let first = max(replica.seen.commit + 1, core.base.index, 1)
        guard first <= core.commitIndex else { return }
        for index in first...core.commitIndex {
            guard let term = core.term(at: index) else {
                return report("what is committed is in the log", "entry \(index) is not")
            }
            if index <= LogIndex(groups[slot].committed.count) {
                let committed = groups[slot].committed[Int(index) - 1]
                if committed.term != term {
                    return report(
                        "what is committed never changes",
                        "entry \(index) is of term \(term), of \(committed.term) was committed")
                }
                continue
            }
            guard index == LogIndex(groups[slot].committed.count) + 1, index > core.base.index
            else {
                return report("commits are in order", "entry \(index) was nobody's before")
            }
            let entry = core.entries[Int(index - core.base.index - 1)]
            let configuration = core.configuration
            let holders = configuration.members.filter { world.holds(entry, $0, of: replica.group) }
            if !Self.isQuorum(holders, of: configuration) {
                report(
                    "what is committed is durable at a quorum",
                    "entry \(index) of term \(term) is at \(holders) of \(configuration)")
            }
            var digest = Digest()
            digest.mix(entry)
            groups[slot].committed.append(
                Committed(
                    term: term, digest: digest.value,
                    header: world.directory.isCatalog(replica.group)
                        ? nil : CommandHeader(of: entry)))
            groups[slot].committed[Int(index) - 1].commitTerm = core.status.term
        }
    }

    /// The oracle counts for itself.
    package static func isQuorum(_ holders: [PeerID], of configuration: Configuration) -> Bool {
        [configuration.voters, configuration.outgoing].allSatisfy { voters in
            voters.isEmpty || 2 * voters.count(where: holders.contains) > voters.count
        }
    }
}

// MARK: - Applying

extension Oracle {
    /// An entry was applied: its content is the committed one, and the state is everybody's.
    mutating func applied(
        _ entry: Entry, _ outcome: AppliedState.Outcome, _ state: AppliedState,
        of replica: Replica, in world: World
    ) {
        let slot = Int(replica.group.rawValue) - 1
        let text = "group \(replica.group), peer \(replica.peer), entry \(entry.index)"
        var digest = Digest()
        digest.mix(entry)
        guard entry.index <= LogIndex(groups[slot].committed.count),
            groups[slot].committed[Int(entry.index) - 1].digest == digest.value
        else { return world.report("state machine safety", "\(text) is not the committed one") }
        compare(state, text, slot: slot, in: world)
        if outcome.hasDiverged { world.report("hashes agree", text) }
        guard outcome.isExecuted, let command = outcome.command else { return }
        let other = groups[slot].executed.updateValue(entry.index, forKey: command)
        if let other, other != entry.index {
            world.report(
                "commands are carried out once",
                "\(text): write \(command.sequence) of session \(command.session), and at \(other)")
        }
    }

    /// A snapshot was installed.
    mutating func installed(_ state: AppliedState, of replica: Replica, in world: World) {
        let text = "group \(replica.group), peer \(replica.peer), snapshot \(state.base.index)"
        if state.base.configuration == .empty {
            world.report("a snapshot knows the members", text)
        }
        compare(state, text, slot: Int(replica.group.rawValue) - 1, in: world)
    }

    private mutating func compare(
        _ state: AppliedState, _ text: String, slot: Int, in world: World
    ) {
        let digest = state.digest
        world.trace.mix(digest)
        let expected = configuration(at: state.base.index, slot: slot, in: world)
        if state.base.configuration != .empty, state.base.configuration != expected {
            world.report(
                "replicas know their members",
                "\(text): \(state.base.configuration) instead of \(expected)")
        }
        if let other = groups[slot].states[state.base.index] {
            if other != digest { world.report("replicas are equal", "\(text) made another state") }
        } else {
            groups[slot].states[state.base.index] = digest
        }
    }

    /// Who is in a group as of a committed index.
    private func configuration(at index: LogIndex, slot: Int, in world: World) -> Configuration {
        let known = groups[slot].configurations.last { place, _ in
            place.index <= index && groups[slot].committed[Int(place.index) - 1].term == place.term
        }
        return known?.configuration ?? world.directory.groups[slot].first
    }

    /// A client was told that its write is done: then it is committed there.
    mutating func acknowledged(
        _ header: CommandHeader?, at position: Position, in group: GroupID, world: World
    ) {
        let committed = groups[Int(group.rawValue) - 1].committed
        guard position.index <= LogIndex(committed.count),
            committed[Int(position.index) - 1].term == position.term,
            committed[Int(position.index) - 1].header == header
        else {
            return world.report(
                "what is acknowledged is committed",
                "entry \(position.index) of group \(group) is not \(String(describing: header))")
        }
    }
}

extension World {
    /// Whether a peer's disk holds an entry, or a snapshot that covers it.
    func holds(_ entry: Entry, _ peer: PeerID, of group: GroupID) -> Bool {
        let known = directory[group]
        // It may have said so before its disk was lost; it never votes again.
        if known.lost.contains(peer) { return true }
        guard Int(peer.rawValue) <= known.nodes.count,
            let log = nodes[known.node(of: peer)].device.durable[group],
            log.peer == peer
        else { return false }
        if entry.index < log.base.index { return true }
        if log.term(at: entry.index) == entry.term { return true }
        // Installed, and the log is about to be reset.
        let state = nodes[known.node(of: peer)].stores[group]?.durable.base
        return state.map { $0.index >= entry.index } ?? false
    }
}
