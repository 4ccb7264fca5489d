import Primitives
package import Raft

/// How one peer goes on alone when the quorum of its group is lost for ever: the only thing that the
/// group itself must never do.
///
/// Everything in the survivor's log counts as committed. Behind it comes a configuration with the
/// survivor as its only member, in a term far above all that the others can have seen, so that none
/// of them is followed or voted for. What the lost majority has acknowledged and the survivor never
/// got is lost; entries that were never acknowledged may come to life.
///
/// *Source*: the "unsafe recovery" of TiKV and the quorum repair of Dragonboat, which reset the
/// members too. Differs: the change is an entry of the log, so that whoever joins gets it like all
/// others.
package struct GroupRecovery: Sendable, Hashable {
    /// The group.
    package let group: GroupID
    /// The survivor.
    package let peer: PeerID
    /// What the log had, adapted to what was applied.
    package let stored: StoredLog
    /// Who was in the group.
    package let members: Configuration
    /// The term of the new configuration.
    package let term: Term
    /// What is to be written, all of it at once.
    package let records: [LogRecord]

    /// By how much the term rises: more elections than a minority that is cut off ever begins.
    package static let termStep: Term = 1_000

    /// Plans the recovery of a group that does not run.
    ///
    /// - Parameters:
    ///   - applied: What the survivor's state machine has durably.
    ///   - commands: To be applied behind the new configuration.
    /// - Throws: ``RecoveryRefusal``.
    package init(
        of group: GroupID, stored: StoredLog, applied: LogBase, commands: [[UInt8]] = []
    ) throws(RecoveryRefusal) {
        var stored = stored
        var records: [LogRecord] = []
        let isContinued = stored.agrees(with: applied)
        if !isContinued {
            stored.base = applied
            stored.entries = []
        }
        let peer = stored.peer
        members = stored.configuration
        guard !members.members.isEmpty else { throw .knowsNothing }
        guard members.contains(peer) else { throw .removed(members) }
        guard members != Configuration(voters: [peer]) else { throw .notNeeded }
        term = max(stored.hardState.term, stored.lastTerm) + Self.termStep
        // The own vote, so that nobody else can lead in the term of the entries.
        let hardState = HardState(term: term, vote: peer)
        if !isContinued { records.append(.reset(group, peer: peer, hardState, stored.base)) }
        let contents =
            [.configuration(Configuration(voters: [peer]))] + commands.map(Entry.Content.command)
        var entries: [Entry] = []
        for (index, content) in zip((stored.lastIndex + 1)..., contents) {
            entries.append(Entry(term: term, index: index, content: content))
        }
        self.records = records + [.hardState(group, hardState), .entries(group, entries)]
        self.group = group
        self.peer = peer
        self.stored = stored
    }

    /// The voters that do not count any more; nothing of them must ever come back.
    package var discarded: [PeerID] { members.members.filter { $0 != peer } }
}

/// Why a group is not recovered from a peer.
package enum RecoveryRefusal: Error, Sendable, Hashable {
    /// The peer is the only member already.
    case notNeeded
    /// The peer was added and has heard nothing of its group: it has no data.
    case knowsNothing
    /// The group did without the peer when it was last heard.
    case removed(Configuration)
}

extension RecoveryRefusal: CustomStringConvertible {
    /// What is the case, and what to do.
    package var description: String {
        switch self {
        case .notNeeded: "it is the only member of its group already; start the node"
        case .knowsNothing: "it has heard nothing of its group and has no data; use another one"
        case .removed(let configuration):
            "it was removed from its group, which is \(configuration); use one of those"
        }
    }
}

extension StoredLog {
    /// The newest configuration, committed or not.
    package var configuration: Configuration {
        for entry in entries.reversed() {
            if case .configuration(let configuration) = entry.content { return configuration }
        }
        return base.configuration
    }

    /// The term of the last entry.
    package var lastTerm: Term { entries.last?.term ?? base.term }

    /// Whether the log can go on from what the state machine has applied.
    package func agrees(with applied: LogBase) -> Bool {
        if applied.index < base.index { return true }
        if applied.index == base.index { return applied.term == base.term || applied.index == 0 }
        guard applied.index <= lastIndex else { return false }
        return entries[Int(applied.index - base.index - 1)].term == applied.term
    }
}
