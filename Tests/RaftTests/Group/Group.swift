import Primitives
import Raft

/// A whole group in one value: its cores, their disks and state machines, and the network between.
///
/// Nothing happens by itself: a test says which message arrives, whose clock ticks, whose disk is
/// slow and who crashes. The same calls give the same history.
struct Group {
    /// What happened, in order, since ``takeEvents()``.
    enum Event {
        case status(PeerID, Status)
        case sent(Message)
        case lost(Message)
        case wrote(PeerID, Ready.Persist)
        case applied(PeerID, Entry)
        case read(PeerID, ReadResult)
        case wantsSnapshot(PeerID, of: PeerID)
        case installed(PeerID, LogBase)
    }

    /// A way that no message takes.
    struct Link: Hashable {
        var from: PeerID
        var to: PeerID
    }

    /// All peers, also those that do not run, in order.
    private(set) var peers: [Peer] = []
    /// The messages on their way, oldest first.
    var flying: [Message] = []
    /// The ways that are cut.
    var cut: Set<Link> = []
    /// The settings of every peer.
    let settings: Settings
    private var events: [Event] = []
    /// The peers to which something happened since ``takeTouched()``, in order.
    private var touched: [PeerID] = []

    /// A new group of these voters and learners; every peer runs.
    init(voters: [PeerID], learners: [PeerID] = [], settings: Settings = Settings()) {
        self.settings = settings
        let base = LogBase(configuration: Configuration(voters: voters, learners: learners))
        for id in (voters + learners).sorted() { add(id, base: base) }
    }

    /// Adds a peer that runs and knows of no group, or begins at a base.
    mutating func add(_ id: PeerID, base: LogBase = LogBase(configuration: .empty)) {
        peers.append(Peer(id: id, base: base))
        peers.sort { $0.id < $1.id }
        start(id)
    }

    /// What happened since the last time.
    mutating func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    /// The peers to which something happened since the last time, in order.
    mutating func takeTouched() -> [PeerID] {
        defer { touched = [] }
        return touched
    }

    /// The place of a peer in ``peers``.
    private func place(_ id: PeerID) -> Int {
        guard let place = peers.firstIndex(where: { $0.id == id }) else {
            preconditionFailure("there is no peer \(id)")
        }
        return place
    }

    /// A peer.
    subscript(_ id: PeerID) -> Peer {
        get { peers[place(id)] }
        set { peers[place(id)] = newValue }
    }

    /// The core of a peer, which must run.
    func core(_ id: PeerID) -> Core {
        guard let core = self[id].core else { preconditionFailure("peer \(id) does not run") }
        return core
    }

    /// The peers that run.
    var running: [PeerID] { peers.filter { $0.core != nil }.map(\.id) }

    /// The running peers that lead.
    var leaders: [PeerID] { running.filter { core($0).status.role == .leader } }
}

// MARK: - What can happen

extension Group {
    /// Does something with a core and then all that it wants done.
    @discardableResult
    mutating func act<Result>(
        _ id: PeerID, _ body: (inout Core) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        let result: Result
        do throws(Refusal) {
            result = try peers[place(id)].act(body)
        } catch {
            pump(id)
            throw error
        }
        pump(id)
        return result
    }

    /// Ticks of one peer's clock.
    mutating func tick(_ id: PeerID, _ count: Int = 1) {
        for _ in 0..<count { try? act(id) { $0.tick() } }
    }

    /// A message arrives, if its way is open and its recipient runs.
    mutating func deliver(_ message: Message) {
        guard peers.contains(where: { $0.id == message.recipient && $0.core != nil }),
            !cut.contains(Link(from: message.sender, to: message.recipient))
        else { return events.append(.lost(message)) }
        try? act(message.recipient) { $0.receive(message) }
    }

    /// Removes the messages that fit from the network, oldest first.
    mutating func take(where fits: (Message) -> Bool) -> [Message] {
        let taken = flying.filter(fits)
        flying.removeAll(where: fits)
        return taken
    }

    /// Delivers everything that is on its way and what follows from it, at most so many rounds.
    mutating func settle(rounds: Int = 500) {
        for _ in 0..<rounds where !flying.isEmpty {
            for message in take(where: { _ in true }) { deliver(message) }
        }
    }

    /// Lets time pass: every running peer's clock ticks, then all messages arrive.
    mutating func run(ticks: Int) {
        for _ in 0..<ticks {
            for id in running { tick(id) }
            settle()
        }
    }

    /// Makes a peer the leader of a group that has none, and lets everybody hear of it.
    mutating func elect(_ id: PeerID) {
        try? act(id) { $0.campaign() }
        settle()
    }

    /// The process of a peer is gone, with all that was not durable.
    mutating func crash(_ id: PeerID) {
        self[id].crash()
    }

    /// The process of a peer begins with what is on its disk.
    mutating func start(_ id: PeerID) {
        peers[place(id)].start(settings)
        pump(id)
    }

    /// Gives a disk what a test wants to be on it, and restarts the peer.
    mutating func give(_ id: PeerID, _ hardState: HardState, _ entries: [Entry]) {
        crash(id)
        self[id].disk.hardState = hardState
        self[id].disk.entries = entries
        start(id)
    }

    /// The first writes of a slow disk become durable.
    mutating func release(_ id: PeerID, count: Int) {
        for _ in 0..<count where !self[id].writes.isEmpty {
            flush(id)
            pump(id)
        }
    }

    /// The disk of a peer is fast again.
    mutating func release(_ id: PeerID) {
        self[id].holdsWrites = false
        pump(id)
    }

    /// The state machine of a peer takes the first entries that wait for it.
    mutating func apply(_ id: PeerID, count: Int) {
        for entry in self[id].toApply.prefix(count) {
            peers[place(id)].apply(entry)
            events.append(.applied(id, entry))
        }
        self[id].toApply.removeFirst(min(count, self[id].toApply.count))
        pump(id)
    }

    /// The log of a peer is cut off below an index.
    mutating func compact(_ id: PeerID, to index: LogIndex) {
        try? act(id) { $0.compact(to: index) }
    }

    /// The state of a leader's state machine becomes another's; the leader is not told.
    ///
    /// - Returns: the state, or nil if the other does not take it because it knows a newer leader.
    @discardableResult
    mutating func install(from leader: PeerID, at id: PeerID) -> LogBase? {
        let snapshot = self[leader].machine
        let term = core(leader).status.term
        guard term >= core(id).status.term else { return nil }
        let chunk = SnapshotChunk(
            base: snapshot.base, stream: 1, number: 0, bytes: [], checksum: 0, totalChecksum: 0)
        try? act(id) {
            $0.receive(
                Message(sender: leader, recipient: id, term: term, body: .snapshotChunk(chunk)))
        }
        // What the state machine is to hold is durable before the core hears of it. What is
        // committed here will come by the log.
        if snapshot.base.index > core(id).commitIndex {
            self[id].machine = snapshot
            self[id].toApply.removeAll { $0.index <= snapshot.base.index }
            events.append(.installed(id, snapshot.base))
        }
        try? act(id) { $0.snapshotInstalled(snapshot.base) }
        return snapshot.base
    }
}

// MARK: - What a core wants done

extension Group {
    /// Does what a core wants until it wants nothing more.
    private mutating func pump(_ id: PeerID) {
        if touched.last != id { touched.append(id) }
        for _ in 0..<1_000 {
            let place = place(id)
            guard peers[place].core != nil else { return }
            let ready = peers[place].takeReady()
            if let violated = peers[place].core?.violatedInvariant {
                preconditionFailure("peer \(id): \(violated)")
            }
            if !ready.isEmpty {
                take(ready, of: id)
            } else if !self[id].holdsApply, !self[id].toApply.isEmpty {
                apply(id, count: self[id].toApply.count)
            } else if !self[id].holdsWrites, !self[id].writes.isEmpty {
                flush(id)
            } else {
                return
            }
        }
        preconditionFailure("peer \(id) always wants something more")
    }

    private mutating func take(_ ready: Ready, of id: PeerID) {
        if let status = ready.status { events.append(.status(id, status)) }
        send(ready.messages)
        if !ready.persist.isEmpty { self[id].writes.append(ready.persist) }
        self[id].toApply += ready.committed
        for read in ready.reads { events.append(.read(id, read)) }
        for peer in ready.snapshotsWanted { events.append(.wantsSnapshot(id, of: peer)) }
    }

    private mutating func send(_ messages: [Message]) {
        for message in messages {
            events.append(.sent(message))
            if cut.contains(Link(from: message.sender, to: message.recipient)) {
                events.append(.lost(message))
            } else {
                flying.append(message)
            }
        }
    }

    /// The oldest write of a peer becomes durable.
    private mutating func flush(_ id: PeerID) {
        let write = peers[place(id)].flush()
        events.append(.wrote(id, write))
    }
}
