package import Raft

/// What log records mean, in memory: the oracle of every disk of logs.
package struct DurableLogs: Sendable {
    /// By group; only looked up, never iterated.
    package private(set) var logs: [GroupID: StoredLog] = [:]
    /// The groups that are there, in order.
    package private(set) var groups: [GroupID] = []

    /// An empty disk.
    package init() {}

    /// The log of a group, if it is there.
    package subscript(group: GroupID) -> StoredLog? { logs[group] }

    /// Makes a record count.
    ///
    /// - Returns: What is wrong with it, or nil.
    package mutating func apply(_ record: LogRecord) -> String? {
        switch record {
        case .reset(let group, let peer, let hardState, let base):
            if logs[group] == nil {
                groups.append(group)
                groups.sort()
            }
            logs[group] = StoredLog(peer: peer, hardState: hardState, base: base)
        case .hardState(let group, let hardState):
            guard let old = logs[group]?.hardState else { return "group \(group) is not there" }
            logs[group]?.hardState = hardState
            if hardState.term < old.term {
                return "the term goes back from \(old.term) to \(hardState.term)"
            }
            if hardState.term == old.term, let vote = old.vote, hardState.vote != vote {
                return "the vote for \(vote) in term \(old.term) is taken back"
            }
        case .entries(let group, let entries):
            guard let first = entries.first else { return nil }
            guard let log = logs[group] else { return "group \(group) is not there" }
            guard first.index > log.base.index, first.index <= log.lastIndex + 1 else {
                return """
                    entry \(first.index) does not fit the log of \(log.base.index + 1) … \
                    \(log.lastIndex)
                    """
            }
            let keptCount = Int(first.index - log.base.index - 1)
            logs[group]?.entries.removeSubrange(keptCount...)
            logs[group]?.entries.append(contentsOf: entries)
        case .compact(let group, let base):
            guard let log = logs[group] else { return "group \(group) is not there" }
            guard base.index >= log.base.index, base.index <= log.lastIndex else {
                return "the log of \(log.base.index + 1) … \(log.lastIndex) cannot begin behind \(base.index)"
            }
            logs[group]?.entries.removeFirst(Int(base.index - log.base.index))
            logs[group]?.base = base
        case .remove(let group):
            logs[group] = nil
            groups.removeAll { $0 == group }
        }
        return nil
    }
}

extension StoredLog {
    /// The term at an index, if the log reaches there.
    package func term(at index: LogIndex) -> Term? {
        if index == base.index { return base.term }
        guard index > base.index, index <= lastIndex else { return nil }
        return entries[Int(index - base.index - 1)].term
    }

    /// The newest configuration.
    package var configuration: Configuration {
        for entry in entries.reversed() {
            if case .configuration(let configuration) = entry.content { return configuration }
        }
        return base.configuration
    }
}
