import Primitives
import Raft

/// Plays the commands of a ``Script`` with a ``Group`` and tells what happens.
struct ScriptPlayer {
    private var group = Group(voters: [])

    /// Plays one command.
    ///
    /// - Returns: what happened, line by line.
    mutating func play(_ command: Substring) -> [String] {
        var words = Words(command)
        let verb = words.next()
        do {
            if verb == "quietly" {
                _ = try play(words.next(), &words)
                _ = group.takeEvents()
                return []
            }
            var lines = try play(verb, &words)
            let isBrief = Self.briefVerbs.contains(verb)
            lines += group.takeEvents().compactMap { $0.line(isBrief: isBrief) }
            try words.finish()
            return lines
        } catch {
            _ = group.takeEvents()
            switch error {
            case .wrong(let message): return ["script: \(message)"]
            case .refused(let refusal): return ["refused: \(refusal.line)"]
            }
        }
    }

    /// The commands that do so much that messages and writes are not told.
    private static let briefVerbs: Set<String> = ["settle", "run", "elect", "start", "add"]

    private mutating func play(_ verb: String, _ words: inout Words) throws(ScriptError) -> [String]
    {
        switch verb {
        case "cluster", "add", "given", "crash", "start", "restart":
            try playLives(verb, &words)
        case "elect", "campaign", "leader-lost", "tick", "run", "propose", "read", "change",
            "transfer", "pause", "compact", "install", "snapshot", "snapshot-failed":
            return try playWishes(verb, &words)
        case "say":
            let message = try words.message()
            group.deliver(message)
        case "deliver", "drop", "double", "cut", "heal", "settle":
            return try playNetwork(verb, &words)
        case "hold", "release", "hold-apply", "apply":
            try playDisks(verb, &words)
        default:
            return try show(verb, &words)
        }
        return []
    }
}

// MARK: - Lives

extension ScriptPlayer {
    private mutating func playLives(_ verb: String, _ words: inout Words) throws(ScriptError) {
        switch verb {
        case "cluster":
            let count = try words.number()
            let learners = try words.list(after: "learners")
            group = Group(
                voters: (1...count).map { PeerID($0) }.filter { !learners.contains($0) },
                learners: learners, settings: try settings(&words))
            _ = group.takeEvents()
        case "add":
            group.add(try words.peer())
        case "given":
            let id = try words.peer()
            let term = try words.number(after: "term")
            let vote = try words.list(after: "vote").first
            let terms = try words.list(after: "log").map(\.rawValue)
            let entries = terms.enumerated().map { place, term in
                Entry(
                    term: term, index: UInt64(place) + 1,
                    content: .command(Array("\(place + 1)@\(term)".utf8)))
            }
            group.give(id, HardState(term: term, vote: vote), entries)
        case "crash":
            for id in try words.peers() { group.crash(id) }
        case "start":
            for id in try words.peers() { group.start(id) }
        default:
            for id in try words.peers() {
                group.crash(id)
                group.start(id)
            }
        }
    }

    private func settings(_ words: inout Words) throws(ScriptError) -> Settings {
        var settings = Settings()
        while let word = words.nextIfAny() {
            let value = try words.number()
            switch word {
            case "election": settings.electionTickCount = Int(value)
            case "heartbeat": settings.heartbeatTickCount = Int(value)
            case "window": settings.maxInflightMessageCount = Int(value)
            case "window-bytes": settings.maxInflightByteCount = Int(value)
            case "message-bytes": settings.maxMessageByteCount = Int(value)
            case "uncommitted-bytes": settings.maxUncommittedByteCount = Int(value)
            case "waiting-reads": settings.maxWaitingReadCount = Int(value)
            case "quiesce": settings.quiesceTickCount = Int(value)
            case "lease-drift-percent":
                settings.readMode = .lease(maxDrift: Double(value) / 100)
            default: throw .wrong("there is no setting '\(word)'")
            }
        }
        return settings
    }
}

// MARK: - Wishes

extension ScriptPlayer {
    private mutating func playWishes(
        _ verb: String, _ words: inout Words
    ) throws(ScriptError) -> [String] {
        let id = verb == "run" ? 0 : verb == "tick" ? 0 : try words.peer()
        switch verb {
        case "elect": group.elect(id)
        case "campaign": try act(id) { $0.campaign() }
        case "leader-lost": try act(id) { $0.leaderLost() }
        case "tick":
            let (peers, count) = try words.peersAndCount(all: group.running)
            for id in peers { group.tick(id, count) }
        case "run": group.run(ticks: Int(try words.number()))
        case "propose":
            let commands = words.rest()
            try act(id) { core throws(Refusal) in
                for command in commands {
                    _ = try core.propose(ScriptCommand.bytes(of: command))
                }
            }
        case "read":
            let reads = try words.list()
            try act(id) { core throws(Refusal) in
                for read in reads { try core.read(id: read.rawValue) }
            }
        case "change":
            try change(id, &words)
        case "transfer":
            let target = try words.peer(after: "->")
            try act(id) { core throws(Refusal) in try core.transferLeadership(to: target) }
        case "pause": try act(id) { $0.suspendLease() }
        case "compact": group.compact(id, to: try words.number())
        case "install":
            group.install(from: id, at: try words.peer(after: "->"))
        case "snapshot":
            let target = try words.peer(after: "->")
            let base = group.install(from: id, at: target)
            try act(id) { $0.snapshotEnded(to: target, at: base?.index) }
        default:
            let target = try words.peer(after: "->")
            try act(id) { $0.snapshotEnded(to: target, at: nil) }
        }
        return []
    }

    private mutating func change(_ id: PeerID, _ words: inout Words) throws(ScriptError) {
        let voters = try words.list(after: "voters")
        let learners = try words.list(after: "learners")
        let newest = try words.number(ifAfter: "if-newest") ?? group.core(id).configurationIndex
        try act(id) { core throws(Refusal) in
            _ = try core.change(voters: voters, learners: learners, ifNewest: newest)
        }
    }

    private mutating func act(
        _ id: PeerID, _ body: (inout Core) throws(Refusal) -> Void
    ) throws(ScriptError) {
        guard group.running.contains(id) else { throw .wrong("peer \(id) does not run") }
        do throws(Refusal) {
            try group.act(id, body)
        } catch {
            throw .refused(error)
        }
    }
}

// MARK: - Network and disks

extension ScriptPlayer {
    private mutating func playNetwork(
        _ verb: String, _ words: inout Words
    ) throws(ScriptError) -> [String] {
        switch verb {
        case "cut":
            let links = try words.links(all: group.peers.map(\.id))
            group.cut.formUnion(links)
            group.flying.removeAll { links.contains(Group.Link(from: $0.sender, to: $0.recipient)) }
        case "heal": group.cut = []
        case "settle": group.settle()
        default:
            let chosen = try choose(&words)
            if chosen.isEmpty { return ["nothing is on its way"] }
            if verb == "drop" { return chosen.map { "lost: \($0.line)" } }
            var lines: [String] = []
            for message in chosen {
                if verb == "double" { group.flying.append(message) }
                lines.append(message.line)
                group.deliver(message)
                lines += group.takeEvents().compactMap { $0.line(isBrief: false) }.map { "  " + $0 }
            }
            return lines
        }
        return []
    }

    /// Takes the messages that a command names off the network.
    private mutating func choose(_ words: inout Words) throws(ScriptError) -> [Message] {
        var from: PeerID?
        var to: PeerID?
        var kind: String?
        var end: String?
        while let word = words.nextIfAny() {
            if let id = UInt64(word), from == nil {
                from = PeerID(id)
                to = try words.peer(after: "->")
            } else if word == "->" {
                to = try words.peer()
            } else if word == "first" || word == "last" {
                end = word
            } else if Message.kinds.contains(word) {
                kind = word
            } else {
                throw .wrong("there is no message '\(word)'")
            }
        }
        let places = group.flying.indices.filter { place in
            let message = group.flying[place]
            return (from ?? message.sender) == message.sender
                && (to ?? message.recipient) == message.recipient
                && (kind ?? message.kind) == message.kind
        }
        let chosen =
            switch end {
            case "first": Array(places.prefix(1))
            case "last": Array(places.suffix(1))
            default: places
            }
        let messages = chosen.map { group.flying[$0] }
        for place in chosen.reversed() { group.flying.remove(at: place) }
        return messages
    }

    private mutating func playDisks(_ verb: String, _ words: inout Words) throws(ScriptError) {
        let id = try words.peer()
        switch verb {
        case "hold": group[id].holdsWrites = true
        case "hold-apply": group[id].holdsApply = true
        case "release":
            if let count = words.nextIfAny() {
                guard let count = Int(count) else { throw .wrong("'\(count)' is no number") }
                group.release(id, count: count)
            } else {
                group.release(id)
            }
        default: group.apply(id, count: Int(try words.number()))
        }
    }
}

// MARK: - What is asked

extension ScriptPlayer {
    private func show(_ verb: String, _ words: inout Words) throws(ScriptError) -> [String] {
        switch verb {
        case "flying":
            return group.flying.isEmpty ? ["nothing"] : group.flying.map(\.line)
        case "show":
            return try words.peers(all: group.running).map { id in
                let core = group.core(id)
                return "\(id) is \(core.status.line), "
                    + "last \(core.lastIndex), commit \(core.commitIndex), "
                    + "applied \(core.appliedIndex)"
            }
        case "log":
            return try words.peers(all: group.running).map { id in
                let core = group.core(id)
                let base = core.base
                let terms = (base.index..<core.lastIndex).map { index in
                    "\(core.term(at: index + 1) ?? 0)"
                }
                let begin = base.index == 0 ? [] : ["behind \(base.index)@\(base.term)"]
                return "\(id): " + (begin + terms).joined(separator: " ")
            }
        case "disk":
            return try words.peers(all: group.peers.map(\.id)).map { id in
                let disk = group[id].disk
                let terms = disk.entries.map { "\($0.term)" }
                let base =
                    disk.base.index == 0 ? [] : ["behind \(disk.base.index)@\(disk.base.term)"]
                let vote = disk.hardState.vote.map { " vote \($0)" } ?? ""
                let log = terms.isEmpty && base.isEmpty ? ["empty"] : base + terms
                return "\(id): term \(disk.hardState.term)\(vote), log "
                    + log.joined(separator: " ")
            }
        case "state":
            return try words.peers(all: group.peers.map(\.id)).map { id in
                let machine = group[id].machine
                let commands = machine.commands.isEmpty ? ["nothing"] : machine.commands
                return "\(id): " + commands.joined(separator: " ")
                    + " as of \(machine.base.index)"
            }
        case "members":
            return try words.peers(all: group.running).map { id in
                let core = group.core(id)
                return "\(id): \(core.configuration) since \(core.configurationIndex)"
            }
        case "progress":
            let leader = try words.peer()
            let peer = try words.peer(after: "->")
            guard let progress = group.core(leader).progress(of: peer) else { return ["none"] }
            return ["\(progress.state) match \(progress.match) next \(progress.next)"]
        case "quiet":
            return try words.peers(all: group.running).map { id in
                "\(id): \(group.core(id).isQuiescent ? "quiet" : "awake")"
            }
        default:
            throw .wrong("there is no command '\(verb)'")
        }
    }
}
