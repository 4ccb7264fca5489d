package import Primitives
import Raft

/// Somebody who does one thing after the other, asks again when no answer comes, and remembers what
/// it saw.
package struct Client {
    /// Its number; its session's is one more.
    package let number: Int
    package var random: SeededGenerator
    /// What it is at.
    package var current: Attempt?
    /// Counts all attempts.
    package var attemptCount: UInt64 = 0
    /// Counts its writes.
    package var writeCount: UInt64 = 0
    /// The number of its session with each group, by group; nil: it has none yet.
    package var sessions: [UInt64?] = []
    /// Where it found the leader of each group last, by group; nil: it does not know.
    package var leaders: [Int?] = []

    /// Something that a client is at.
    package struct Attempt {
        var group: GroupID
        var action: Action
        var write: CommandHeader?
        var start: Time
        var tryCount = 0
        /// Whether an earlier try may yet be carried out.
        var mayHappen = false
        /// Whether it is asked until it is answered.
        var isPatient = false
    }

    init(number: Int, random: SeededGenerator) {
        self.number = number
        self.random = random
    }
}

extension World {
    /// How long a client waits for an answer.
    private static let answerTime = 12 * tickLength
    /// How often it asks before it gives up.
    private static let maxTryCount = 12
    /// How many collections the clients of the catalog play with.
    static let collectionCount: UInt64 = 4

    /// A client begins something, or has waited long enough for an answer.
    func wake(client number: Int, attempt: UInt64) {
        if clients[number].current == nil {
            guard attempt == clients[number].attemptCount else { return }
            if history.isClosed { return beginFinalRead(client: number) }
            begin(randomAction(of: number), client: number)
        } else if attempt == clients[number].attemptCount {
            // No answer has come.
            if clients[number].current?.action.isRead == false {
                clients[number].current?.mayHappen = true
                // What has no session is never sent twice.
                if clients[number].current?.write == nil {
                    return finish(client: number, result: nil)
                }
            }
            if let group = clients[number].current?.group {
                clients[number].leaders[Int(group.rawValue) - 1] = nil
            }
            tryAgain(client: number)
        }
    }

    func begin(_ pair: (group: GroupID, action: Action), client number: Int) {
        let slot = Int(pair.group.rawValue) - 1
        var action = pair.action
        var write: CommandHeader?
        if !action.isRead, !directory.isCatalog(pair.group) {
            if let session = clients[number].sessions[slot] {
                clients[number].writeCount += 1
                write = CommandHeader(
                    session: session, sequence: clients[number].writeCount)
            } else {
                action = .openSession
            }
        }
        clients[number].current = Client.Attempt(
            group: pair.group, action: action, write: write, start: now,
            isPatient: history.isClosed)
        ask(client: number)
    }

    private func randomAction(of number: Int) -> (group: GroupID, action: Action) {
        var random = clients[number].random
        defer { clients[number].random = random }
        let group = GroupID(UInt64(random.below(plan.groupCount) + 1))
        if directory.isCatalog(group) {
            let name = UInt64(random.below(Int(Self.collectionCount)))
            switch random.below(10) {
            case 0: return (group, .initialize)
            case 1: return (group, .register(worker: UInt64(random.below(3))))
            case 2...3: return (group, .create(name: name))
            case 4...5: return (group, .drop(name: name))
            default: return (group, .find(name: name))
            }
        }
        let key = UInt64(random.below(plan.keyCount))
        switch random.below(20) {
        case 0..<8:
            // Unique among all writes: who reads it knows whose it was.
            let value = (clients[number].writeCount + 1) * 16 + UInt64(number)
            return (group, .put(key: key, value: value))
        case 8..<11: return (group, .remove(key: key))
        case 11..<18: return (group, .get(key: key))
        default: return (group, .count)
        }
    }

    private func ask(client number: Int) {
        guard let current = clients[number].current else { return }
        clients[number].attemptCount += 1
        clients[number].current?.tryCount += 1
        let attempt = clients[number].attemptCount
        let slot = Int(current.group.rawValue) - 1
        // Reads go to anybody now and then: followers ask the leader for a read index.
        var target = clients[number].leaders[slot]
        if current.action.isRead, clients[number].random.chance(0.4) { target = nil }
        if target == nil {
            let group = directory[current.group]
            target = group.node(of: clients[number].random.pick(group.living))
        }
        let request = Request(
            client: number, attempt: attempt, write: current.write, group: current.group,
            action: current.action)
        if let target, let delay = network.clientDelay(of: target) {
            schedule(.request(to: target, request), after: delay)
        }
        schedule(.client(number, attempt: attempt), after: Self.answerTime)
    }

    private func tryAgain(client number: Int) {
        guard let current = clients[number].current else { return }
        guard current.isPatient || current.tryCount < Self.maxTryCount else {
            return finish(client: number, result: nil)
        }
        ask(client: number)
    }

    /// An answer has come.
    func receive(_ response: Response) {
        let number = response.client
        guard let current = clients[number].current,
            response.attempt == clients[number].attemptCount
        else { return }
        let slot = Int(current.group.rawValue) - 1
        switch response.result {
        case .retry(let leader):
            clients[number].leaders[slot] = leader
            // Nothing was done: the same attempt goes on a little later.
            guard current.isPatient || current.tryCount < Self.maxTryCount else {
                return finish(client: number, result: nil)
            }
            // An answer to it would come too late now.
            clients[number].attemptCount += 1
            schedule(
                .retry(client: number, attempt: clients[number].attemptCount),
                after: tickLength / 2 + clients[number].random.below(3 * tickLength))
        case .written(let result, let position):
            if result == CommandResult.expired {
                return report(
                    "a session knows its last write", "client \(number): \(current.action)")
            }
            oracle.acknowledged(current.write, at: position, in: current.group, world: self)
            if current.action == .openSession { clients[number].sessions[slot] = result }
            finish(client: number, result: .some(result))
        case .read(let value): finish(client: number, result: .some(value))
        }
    }

    /// A client asks again because it was told to.
    func retry(client number: Int, attempt: UInt64) {
        guard clients[number].current != nil, attempt == clients[number].attemptCount else {
            return
        }
        ask(client: number)
    }

    /// A client is done with something.
    ///
    /// - Parameter result: nil: no answer has come.
    private func finish(client number: Int, result: UInt64??) {
        guard let current = clients[number].current else { return }
        clients[number].current = nil
        clients[number].attemptCount += 1
        if result != nil || current.mayHappen {
            history.add(current, client: number, result: result, end: now, in: self)
        }
        let pause = history.isClosed ? 0 : clients[number].random.below(4 * tickLength)
        schedule(.client(number, attempt: clients[number].attemptCount), after: pause)
    }
}
