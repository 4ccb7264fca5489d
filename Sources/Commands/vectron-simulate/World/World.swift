package import Primitives
package import Raft

/// A cluster on virtual time: the production state machines, and everything around them made up
/// from one seed.
///
/// One thread owns it. Nothing in it reads a clock, starts a task or iterates a hashed container, so
/// that a seed is always the same run; ``trace`` is its fingerprint.
package final class World {
    /// What the seed has decided.
    package let plan: Plan
    /// The processes.
    package let nodes: [Node]
    package var network: Network
    /// Judges every step.
    package var oracle: Oracle
    /// Where the peers of the groups are.
    package var directory: Directory
    package var clients: [Client]
    /// The history of what the clients saw.
    package var history = ClientHistory()
    /// The present instant.
    package private(set) var now: Time = 0
    package private(set) var queue = EventQueue<Event>()
    /// The fingerprint of all that has happened.
    package var trace = Digest()
    /// How much has happened.
    package private(set) var stepCount = 0
    /// Whether nothing goes wrong any more.
    package var isHealed = false
    /// The first thing that was wrong.
    package private(set) var violation: Violation?
    /// Says what happens, if somebody wants to know.
    package var log: ((String) -> Void)?

    /// Randomness of the parts, apart from each other.
    package var faultRandom: SeededGenerator
    package var nodeRandom: SeededGenerator
    package var administrationRandom: SeededGenerator

    /// Something that happens.
    package enum Event {
        /// A node's clock.
        case tick(node: Int, life: Int)
        /// A batch of messages arrives.
        case batch(to: Int, [UInt8])
        /// A node sees that another has ended, or takes it for ended.
        case lost(Int, to: Int)
        /// A client's request arrives.
        case request(to: Int, Request)
        /// A node's answer arrives.
        case response(Response)
        /// A sync has ended.
        case written(node: Int, life: Int)
        /// A state machine does the next thing.
        case job(node: Int, life: Int, GroupID)
        /// A process begins again.
        case start(node: Int, life: Int)
        /// A process goes on.
        case resume(node: Int, life: Int)
        /// Something goes wrong.
        case fault
        /// The links work again.
        case join
        /// The administrator looks after a group.
        case administer
        /// A client begins something, or has waited long enough.
        case client(Int, attempt: UInt64)
        /// A client asks again, because it was told to.
        case retry(client: Int, attempt: UInt64)
    }

    package init(_ plan: Plan) {
        self.plan = plan
        let random = SeededGenerator(seed: plan.seed)
        nodes = (0..<plan.nodeCount).map { Node(number: $0, plan: plan) }
        network = Network(plan)
        oracle = Oracle(groupCount: plan.groupCount)
        directory = Directory(plan)
        clients = (0..<plan.clientCount).map { number in
            Client(
                number: number, random: random.split("client \(number)"))
        }
        faultRandom = random.split("faults")
        nodeRandom = random.split("nodes")
        administrationRandom = random.split("administration")
    }

    /// Something is wrong; the first such thing ends the run.
    package func report(_ name: String, _ detail: @autoclosure () -> String) {
        guard violation == nil else { return }
        violation = Violation(name: name, detail: detail(), time: now)
    }

    package func schedule(_ event: Event, after delay: Time) {
        queue.add(event, at: now + max(0, delay))
    }

    /// Lets the next thing happen.
    ///
    /// - Returns: Whether there was one, and nothing is wrong.
    package func step() -> Bool {
        guard violation == nil, let (time, event) = queue.next() else { return false }
        now = time
        stepCount += 1
        happen(event)
        return violation == nil
    }

    /// Lets things happen until an instant.
    package func run(until end: Time) {
        while now < end, step() {}
    }

    private func happen(_ event: Event) {
        trace.mix(now)
        switch event {
        case .tick(let node, let life): atNode(node, life, event) { self.tick($0) }
        case .batch(let node, let bytes):
            atNode(node, nil, event) { self.receive(bytes, at: $0) }
        case .lost(let other, let node): atNode(node, nil, event) { self.lose(other, at: $0) }
        case .request(let node, let request):
            atNode(node, nil, event) { self.receive(request, at: $0) }
        case .written(let node, let life): atNode(node, life, event) { self.written(at: $0) }
        case .job(let node, let life, let group):
            atNode(node, life, event) { self.doJob(of: group, at: $0) }
        case .start(let node, let life):
            if nodes[node].life == life, !nodes[node].isUp { start(nodes[node]) }
        case .resume(let node, let life):
            if nodes[node].life == life { resume(nodes[node]) }
        case .response(let response): receive(response)
        case .fault: if !isHealed { breakSomething() }
        case .join: if !isHealed { network.join() }
        case .administer: administer()
        case .client(let number, let attempt): wake(client: number, attempt: attempt)
        case .retry(let number, let attempt): retry(client: number, attempt: attempt)
        }
    }

    /// Lets something happen to a process, unless it is gone; if it stands still, later.
    private func atNode(_ number: Int, _ life: Int?, _ event: Event, _ body: (Node) -> Void) {
        let node = nodes[number]
        guard node.isUp, life == nil || life == node.life else { return }
        guard !node.isPaused else {
            // Sockets hold so much and no more.
            if node.backlog.count < 2_000 || life != nil { node.backlog.append(event) }
            return
        }
        trace.mix(number)
        noticePause(of: node)
        body(node)
    }

    private func resume(_ node: Node) {
        guard node.isUp, node.isPaused else { return }
        node.isPaused = false
        log?("\(now) node \(node.number) goes on")
        let backlog = node.backlog
        node.backlog = []
        for event in backlog { queue.add(event, at: now) }
    }
}

/// What was wrong in a world.
package struct Violation: Error, Hashable, CustomStringConvertible {
    /// The invariant.
    package var name: String
    /// What was seen.
    package var detail: String
    /// When, in virtual microseconds.
    package var time: Time

    /// All of it in one line.
    package var description: String { "\(name) at \(time): \(detail)" }
}
