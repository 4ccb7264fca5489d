import Primitives
import Raft

/// A state machine that remembers all that it was given.
struct StateMachine: Hashable {
    /// The last entry that it was given, and who was in the group as of it.
    var base: LogBase
    /// Everything that it was given, in order.
    var entries: [Entry] = []

    /// The commands among the entries, as text.
    var commands: [String] {
        entries.compactMap { entry in
            guard case .command(let bytes) = entry.content else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// One member of a ``Group``: a core, if it runs, and what a crash leaves of it.
struct Peer {
    let id: PeerID
    /// Nil while the peer does not run.
    private(set) var core: Core?
    /// What is durable of the log.
    var disk: StoredLog
    /// What the state machine holds; always durable.
    var machine: StateMachine
    /// The writes that are not durable yet, oldest first.
    var writes: [Ready.Persist] = []
    /// The entries that the state machine has not taken yet.
    var toApply: [Entry] = []
    /// Whether writes wait until the test releases them.
    var holdsWrites = false
    /// Whether the state machine takes entries only when the test says so.
    var holdsApply = false
    /// How often the peer was started.
    private(set) var lives: UInt64 = 0

    init(id: PeerID, base: LogBase) {
        self.id = id
        disk = StoredLog(peer: id, base: base)
        machine = StateMachine(base: base)
    }

    mutating func start(_ settings: Settings) {
        precondition(core == nil, "peer \(id) runs already")
        lives += 1
        // A crash may come between a snapshot's installation and the log's new beginning.
        let applied = machine.base
        let isInLog =
            applied.index == disk.base.index
            || disk.entry(at: applied.index)?.term == applied.term
        if !isInLog {
            // Nor was the term of that leader durable then.
            let hardState =
                disk.hardState.term < applied.term
                ? HardState(term: applied.term) : disk.hardState
            disk = StoredLog(peer: id, hardState: hardState, base: applied)
        }
        core = Core(
            id: id, settings: settings, stored: disk, applied: machine.base.index,
            seed: id.rawValue &* 1_000 &+ lives)
    }

    mutating func crash() {
        core = nil
        writes = []
        toApply = []
        holdsWrites = false
        holdsApply = false
    }

    mutating func act<Result>(
        _ body: (inout Core) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        precondition(core != nil, "peer \(id) does not run")
        return try body(&core!)
    }

    mutating func takeReady() -> Ready {
        precondition(core != nil, "peer \(id) does not run")
        return core!.takeReady()
    }

    mutating func apply(_ entry: Entry) {
        precondition(
            entry.index == machine.base.index + 1,
            "peer \(id): entry \(entry.index) is to be applied behind \(machine.base.index)")
        precondition(
            entry.index <= disk.base.index || disk.entry(at: entry.index) == entry,
            "peer \(id): entry \(entry.index) is applied, but is not durable")
        machine.base.index = entry.index
        machine.base.term = entry.term
        if case .configuration(let configuration) = entry.content {
            machine.base.configuration = configuration
        }
        machine.entries.append(entry)
        core?.applied(through: entry.index)
    }

    /// The oldest write becomes durable.
    mutating func flush() -> Ready.Persist {
        let write = writes.removeFirst()
        disk.write(write)
        core?.persisted(write.number)
        return write
    }
}

extension StoredLog {
    /// The entry at an index, if the log holds it.
    func entry(at index: LogIndex) -> Entry? {
        guard index > base.index, index <= lastIndex else { return nil }
        return entries[Int(index - base.index) - 1]
    }

    fileprivate mutating func write(_ persist: Ready.Persist) {
        switch persist.base {
        case .reset(let base):
            self.base = base
            entries = []
        case .compact(let base):
            entries.removeAll { $0.index <= base.index }
            self.base = base
        case nil: break
        }
        if let hardState = persist.hardState {
            precondition(
                hardState.term > self.hardState.term
                    || hardState.term == self.hardState.term && self.hardState.vote == nil,
                "peer \(peer) writes \(hardState) over \(self.hardState)")
            self.hardState = hardState
        }
        guard let first = persist.entries.first else { return }
        precondition(
            first.index > base.index && first.index <= lastIndex + 1,
            "peer \(peer) writes \(first.index) into \(base.index)...\(lastIndex)")
        entries.removeAll { $0.index >= first.index }
        entries += persist.entries
        for (entry, index) in zip(entries, (base.index + 1)...) {
            precondition(entry.index == index, "peer \(peer) has a gap before \(entry.index)")
        }
    }
}
