import Primitives

/// The part of the log that is kept: the entries behind the base, in memory.
///
/// *Invariants*: indexes have no gaps; terms never fall; ``configurations`` are the configuration
/// entries, in order.
struct Log: Sendable {
    /// The last index that is not kept any more.
    private(set) var base: LogBase
    private(set) var entries: [Entry]
    /// The configurations in ``entries``, by index.
    private(set) var configurations: [(index: LogIndex, configuration: Configuration)] = []
    /// The entries up to here are durable.
    private(set) var persistedIndex: LogIndex
    /// The entries from here on were not given to be written yet.
    private(set) var firstUnwritten: LogIndex

    /// The log that was durable when the peer was started.
    init(_ stored: StoredLog) {
        base = stored.base
        entries = stored.entries
        persistedIndex = stored.lastIndex
        firstUnwritten = stored.lastIndex + 1
        for entry in entries { note(entry) }
    }

    var lastIndex: LogIndex { base.index + LogIndex(entries.count) }
    var lastTerm: Term { entries.last?.term ?? base.term }

    /// The newest configuration, committed or not: it counts from the moment that it is in the log.
    var configuration: Configuration { configurations.last?.configuration ?? base.configuration }
    /// The one before it, or itself if there is none.
    var previousConfiguration: Configuration {
        configurations.dropLast().last?.configuration ?? base.configuration
    }
    /// Where it stands.
    var configurationIndex: LogIndex { configurations.last?.index ?? base.index }

    /// The term at an index, or nil if it is not in the log.
    func term(at index: LogIndex) -> Term? {
        if index == base.index { return base.term }
        guard index > base.index, index <= lastIndex else { return nil }
        return entries[offset(of: index)].term
    }

    func entry(at index: LogIndex) -> Entry { entries[offset(of: index)] }

    /// The entries of these indexes, which the log has.
    func entries(_ range: ClosedRange<LogIndex>) -> [Entry] {
        Array(entries[offset(of: range.lowerBound)...offset(of: range.upperBound)])
    }

    /// The entries from an index on, as many as fit, one at least if there is one.
    func entries(from index: LogIndex, maxByteCount: Int) -> [Entry] {
        guard index <= lastIndex else { return [] }
        var byteCount = 0
        let start = offset(of: index)
        var end = start
        while end < entries.count {
            byteCount += entries[end].byteCount
            if end > start && byteCount > maxByteCount { break }
            end += 1
        }
        return Array(entries[start..<end])
    }

    private func offset(of index: LogIndex) -> Int {
        precondition(
            index > base.index && index <= lastIndex,
            "index \(index) is not in the log of \(base.index + 1) … \(lastIndex)")
        return Int(index - base.index - 1)
    }

    /// Whether a log that ends so is at least as complete as this one: section 5.4.1 of the paper.
    func isCovered(byLastIndex index: LogIndex, term: Term) -> Bool {
        term > lastTerm || (term == lastTerm && index >= lastIndex)
    }

    /// The last index up to `index` whose term is `term` or older: where two logs may still agree.
    func lastIndex(upTo index: LogIndex, withTermAtMost term: Term) -> LogIndex {
        var index = min(index, lastIndex)
        while index > base.index, let found = self.term(at: index), found > term { index -= 1 }
        return index
    }
}

// MARK: - Changing

extension Log {
    /// Adds an entry at the end.
    mutating func append(_ entry: Entry) {
        precondition(
            entry.index == lastIndex + 1, "entry \(entry.index) cannot follow \(lastIndex)")
        entries.append(entry)
        note(entry)
    }

    private mutating func note(_ entry: Entry) {
        if case .configuration(let configuration) = entry.content {
            configurations.append((entry.index, configuration))
        }
    }

    /// Drops the entries from an index on.
    mutating func truncate(from index: LogIndex) {
        entries.removeSubrange(offset(of: index)...)
        if !PlantedFault.configurationKeptOnTruncation.isActive {
            while let last = configurations.last, last.index >= index {
                configurations.removeLast()
            }
        }
        persistedIndex = min(persistedIndex, index - 1)
        firstUnwritten = min(firstUnwritten, index)
    }

    /// The entries that were not given to be written yet; they are now.
    mutating func takeUnwritten() -> [Entry] {
        guard firstUnwritten <= lastIndex else { return [] }
        defer { firstUnwritten = lastIndex + 1 }
        return entries(firstUnwritten...lastIndex)
    }

    var hasUnwritten: Bool { firstUnwritten <= lastIndex }

    /// The entries up to this one are durable, unless they were replaced meanwhile.
    mutating func persisted(through index: LogIndex, term: Term) {
        guard index > persistedIndex, self.term(at: index) == term else { return }
        persistedIndex = index
    }

    /// Drops the entries up to an index that the log has.
    mutating func compact(to index: LogIndex) -> LogBase {
        guard index > base.index else { return base }
        let term = entries[offset(of: index)].term
        let configuration =
            configurations.last { $0.index <= index }?.configuration ?? base.configuration
        entries.removeFirst(offset(of: index) + 1)
        configurations.removeAll { $0.index <= index }
        base = LogBase(index: index, term: term, configuration: configuration)
        persistedIndex = max(persistedIndex, index)
        firstUnwritten = max(firstUnwritten, index + 1)
        return base
    }

    /// Begins anew behind a snapshot.
    mutating func reset(to base: LogBase) {
        self.base = base
        entries = []
        configurations = []
        persistedIndex = base.index
        firstUnwritten = base.index + 1
    }
}
