import Primitives
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
    /// - Throws: What is wrong with it.
    package mutating func apply(_ record: LogRecord) throws(LogDefect) {
        switch record {
        case .reset(let group, let peer, let hardState, let base):
            if logs[group] == nil {
                groups.append(group)
                groups.sort()
            }
            logs[group] = StoredLog(peer: peer, hardState: hardState, base: base)
        case .hardState(let group, let hardState):
            let old = try log(of: group).hardState
            logs[group]?.hardState = hardState
            guard hardState.term >= old.term else {
                throw LogDefect("the term goes back from \(old.term) to \(hardState.term)")
            }
            if hardState.term == old.term, let vote = old.vote, hardState.vote != vote {
                throw LogDefect("the vote for \(vote) in term \(old.term) is taken back")
            }
        case .entries(let group, let entries):
            guard let first = entries.first else { return }
            let log = try log(of: group)
            guard first.index > log.base.index, first.index <= log.lastIndex + 1 else {
                throw LogDefect("entry \(first.index) does not fit \(log.range)")
            }
            let keptCount = Int(first.index - log.base.index - 1)
            logs[group]?.entries.removeSubrange(keptCount...)
            logs[group]?.entries.append(contentsOf: entries)
        case .compact(let group, let base):
            let log = try log(of: group)
            guard base.index >= log.base.index, base.index <= log.lastIndex else {
                throw LogDefect("\(log.range) cannot begin behind \(base.index)")
            }
            logs[group]?.entries.removeFirst(Int(base.index - log.base.index))
            logs[group]?.base = base
        case .remove(let group):
            logs[group] = nil
            groups.removeAll { $0 == group }
        }
    }

    private func log(of group: GroupID) throws(LogDefect) -> StoredLog {
        guard let log = logs[group] else { throw LogDefect("group \(group) is not there") }
        return log
    }
}

extension StoredLog {
    /// The term at an index, if the log reaches there.
    package func term(at index: LogIndex) -> Term? {
        if index == base.index { return base.term }
        guard index > base.index, index <= lastIndex else { return nil }
        return entries[Int(index - base.index - 1)].term
    }

    /// What the log has, in words.
    fileprivate var range: String { "the log of \(base.index + 1) … \(lastIndex)" }

    /// The newest configuration.
    package var configuration: Configuration {
        for entry in entries.reversed() {
            if case .configuration(let configuration) = entry.content { return configuration }
        }
        return base.configuration
    }
}
