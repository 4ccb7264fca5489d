import Actors
import Primitives
import Protocols
package import Raft

/// What a node knows of one of its groups.
package struct GroupStatus: Sendable, Hashable {
    /// Role, term and leader.
    package var status: Status
    /// The node that leads, if it is known.
    package var leaderNode: String?
    /// Who votes.
    package var voters: [PeerID]
    /// Whether this peer gets the log without a vote.
    package var isLearner: Bool
    /// The last index that is known to be committed.
    package var commitIndex: LogIndex
    /// The last index that was applied.
    package var appliedIndex: LogIndex
    /// Whether no change of members is under way.
    package var isSettled: Bool
}

extension ReplicationEngine {
    /// Adds a group: one that the disk has, or a new one.
    ///
    /// - Parameters:
    ///   - stored: What the log has of the group; nil: it begins now.
    ///   - applied: What the state machine has durably.
    ///   - peer: Which peer this node is, if the group begins now.
    ///   - founders: See ``MultiRaft/create(_:peer:founders:nodes:leads:)``.
    ///   - onStatus: Called by the engine's thread when role, term or leader change.
    package func add(
        _ id: GroupID, machine: any ReplicatedStateMachine, stored: StoredLog?, applied: LogBase,
        peer: PeerID, founders: [PeerID], nodes: [PeerID: String], leads: Bool,
        onStatus: @escaping @Sendable (Status) -> Void
    ) {
        guard machines[id] == nil, refusal == nil else { return }
        if let stored {
            raft.restore(id, stored: stored, applied: applied, nodes: nodes)
        } else {
            raft.create(id, peer: peer, founders: founders, nodes: nodes, leads: leads)
        }
        machines[id] = Machine(
            machine: machine, appliedIndex: raft.core(id)?.appliedIndex ?? 0, onStatus: onStatus)
        submit { _ in }  // so that what the group wants is looked at
    }

    /// Removes a group, from the disk too; only a committed tombstone is a reason.
    ///
    /// - Parameter isStored: Whether the disk has the group though it does not run.
    package func remove(_ id: GroupID, isStored: Bool = false) {
        fail(id, .unknownGroup(id))
        machines[id] = nil
        raft.remove(id, isStored: isStored)
        submit { _ in }
    }

    /// See ``MultiRaft/set(_:nodes:wantedVoters:knownVoters:)``.
    package func set(
        _ id: GroupID, nodes: [PeerID: String], wantedVoters: [PeerID]?,
        knownVoters: [PeerID] = []
    ) {
        raft.set(id, nodes: nodes, wantedVoters: wantedVoters, knownVoters: knownVoters)
    }

    /// See ``MultiRaft/set(_:candidateNodes:)``.
    package func set(_ id: GroupID, candidateNodes: [String]) {
        raft.set(id, candidateNodes: candidateNodes)
    }

    /// See ``MultiRaft/admit(_:as:to:)``.
    package func admit(_ node: String, as peer: PeerID, to id: GroupID) {
        raft.admit(node, as: peer, to: id)
    }

    /// What is known of a group.
    package func status(of id: GroupID) -> GroupStatus? {
        guard let core = raft.core(id) else { return nil }
        let leader = core.status.leader
        return GroupStatus(
            status: core.status, leaderNode: node(of: leader, in: id),
            voters: core.configuration.voters,
            isLearner: !core.configuration.isVoter(core.id), commitIndex: core.commitIndex,
            appliedIndex: machines[id]?.appliedIndex ?? core.appliedIndex,
            isSettled: !core.configuration.isJoint && core.configuration.learners.isEmpty
                && core.configurationIndex <= core.commitIndex)
    }

    private func node(of peer: PeerID?, in id: GroupID) -> String? {
        guard let peer else { return nil }
        return peer == raft.core(id)?.id ? raft.node : raft.node(of: peer, in: id)
    }

    func error(for refusal: Refusal, of id: GroupID) -> ReplicationError {
        switch refusal {
        case .notLeader(let leader): .notLeader(node: node(of: leader, in: id))
        case .transferring(let target): .notLeader(node: node(of: target, in: id))
        case .overloaded: .overloaded
        case .notReady, .configurationChanged, .notCaughtUp, .invalid:
            .notLeader(node: nil)
        }
    }
}

// MARK: - Writing and reading

extension ReplicationEngine {
    /// How long is waited without a deadline of the caller's.
    private static let timeout = Duration.seconds(30)

    private static var end: Instant {
        Deadline.current?.instant ?? .now.advanced(by: timeout)
    }

    /// Proposes a command to the group that this node leads, and returns what came of it.
    ///
    /// - Throws: ``ReplicationError``.
    package nonisolated func propose(
        _ command: [UInt8], to id: GroupID
    ) async throws -> any Sendable {
        let end = Self.end
        return try await withCheckedThrowingContinuation { continuation in
            submit { $0.propose(command, to: id, continuation, end: end) }
        }
    }

    private func propose(
        _ command: [UInt8], to id: GroupID, _ continuation: ProposalContinuation, end: Instant
    ) {
        if let refusal { return continuation.resume(throwing: refusal) }
        guard machines[id] != nil else {
            return continuation.resume(throwing: ReplicationError.unknownGroup(id))
        }
        do throws(Refusal) {
            let position = try raft.propose(id, command)
            let replaced = machines[id]?.proposals.updateValue(
                Proposal(term: position.term, continuation: continuation, end: end),
                forKey: position.index)
            // An entry of a former lead stood there, and was cut off.
            replaced?.continuation.resume(throwing: ReplicationError.superseded)
        } catch {
            continuation.resume(throwing: self.error(for: error, of: id))
        }
    }

    /// An index such that whoever has applied it sees every write that was acknowledged before the
    /// call; see ``waitUntilApplied(_:of:)``.
    ///
    /// - Throws: ``ReplicationError``: ask again.
    package nonisolated func readIndex(of id: GroupID) async throws -> LogIndex {
        let end = Self.end
        return try await withCheckedThrowingContinuation { continuation in
            submit { $0.read(id, continuation, end: end) }
        }
    }

    private func read(_ id: GroupID, _ continuation: ReadContinuation, end: Instant) {
        if let refusal { return continuation.resume(throwing: refusal) }
        guard machines[id] != nil else {
            return continuation.resume(throwing: ReplicationError.unknownGroup(id))
        }
        let read = nextRead
        nextRead += 1
        do throws(Refusal) {
            try raft.read(id, read: read)
            reads[read] = (id, continuation, end)
        } catch {
            continuation.resume(throwing: self.error(for: error, of: id))
        }
    }

    func finish(_ result: ReadResult) {
        guard let (group, continuation, _) = reads.removeValue(forKey: result.id) else { return }
        if let index = result.index {
            continuation.resume(returning: index)
        } else {
            let leader = node(of: raft.core(group)?.status.leader, in: group)
            continuation.resume(throwing: ReplicationError.notLeader(node: leader))
        }
    }

    /// Returns once the state machine of a group has applied an index.
    package func waitUntilApplied(_ index: LogIndex, of id: GroupID) async throws {
        if let refusal { throw refusal }
        guard let machine = machines[id] else { throw ReplicationError.unknownGroup(id) }
        if machine.appliedIndex >= index { return }
        try await withCheckedThrowingContinuation { continuation in
            machines[id]?.barriers.append((index, continuation))
        }
    }
}

// MARK: - Leading

extension ReplicationEngine {
    /// Gives the lead of a group to another peer; whether it succeeds shows later.
    package func transferLeadership(of id: GroupID, to peer: PeerID) {
        // A refusal means that this node does not lead, or the target cannot: nothing is to be done.
        try? raft.transferLeadership(of: id, to: peer)
        submit { _ in }
    }

    /// Whether a group's clock stands.
    package func isQuiescent(_ id: GroupID) -> Bool { raft.core(id)?.isQuiescent == true }

    /// Stops at once, as if the process had ended: nothing is given away, nothing more is written.
    package func crash() { stop(.stopped("the node has ended")) }

    /// How long others get to take over when a node ends.
    private static let handOverTime = Duration.milliseconds(1_000)

    /// Gives away the lead of all groups, so that nobody has to wait for an election, and stops.
    package func shutDown() async {
        let end = ContinuousClock.now.advanced(by: Self.handOverTime)
        for id in raft.ids { handOver(id) }
        submit { _ in }
        while refusal == nil, leadsWithOthers, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
        stop(.stopped("the node is ending"))
    }

    private var leadsWithOthers: Bool {
        raft.ids.contains { id in
            guard let core = raft.core(id) else { return false }
            return core.status.role == .leader && core.configuration.voters.count > 1
        }
    }

    private func handOver(_ id: GroupID) {
        guard let core = raft.core(id), core.status.role == .leader else { return }
        let others = core.configuration.voters.filter { $0 != core.id }
        let best = others.max { left, right in
            (core.progress(of: left)?.match ?? 0) < (core.progress(of: right)?.match ?? 0)
        }
        if let best { transferLeadership(of: id, to: best) }
    }
}
