internal import Primitives
internal import Synchronization

/// A network in one process, with faults on demand: for tests of what uses the actor system.
///
/// ```swift
/// let network = InMemoryNetwork(seed: 7)
/// let a = try ClusterActorSystem(.init(node: "a", clusterID: "t"), transport: network.transport("a"))
/// network.faults.drop = 0.01
/// network.partition(["a"], from: ["b"])
/// ```
///
/// Which message meets which fault follows from the seed and the order of sending. Links keep their
/// order unless ``Faults/reorder`` says otherwise.
public final class InMemoryNetwork: Sendable {
    /// How likely each fault is, 0 to 1, and how long messages take.
    public struct Faults: Sendable {
        /// A message is lost.
        public var drop = 0.0
        /// A message arrives twice.
        public var duplicate = 0.0
        /// A message arrives before those that were sent before it.
        public var reorder = 0.0
        /// How long a message is under way, drawn evenly from the range.
        public var delay: ClosedRange<Duration> = .zero ... .zero

        /// No faults.
        public init() {}
    }

    private struct Delivery {
        var at: ContinuousClock.Instant
        var number: UInt64
        var action: @Sendable () -> Void
    }

    private struct State {
        var faults = Faults()
        var generator: SeededGenerator
        var listeners: [Endpoint: InMemoryTransport] = [:]
        var cuts: Set<[NodeID]> = []
        var deliveries: [Delivery] = []
        var deliveredCount: UInt64 = 0
        var nextNumber: UInt64 = 0
        /// When the last message of a link arrives: none overtakes it.
        var arrivals: [UInt64: ContinuousClock.Instant] = [:]
        var isDelivering = false
        var timer: Task<Void, Never>?
    }

    private let state: Mutex<State>
    private let linkNumbers = Atomic<UInt64>(1)

    /// Makes a network without faults.
    public init(seed: UInt64 = 0) {
        state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    /// The faults of all messages from now on.
    public var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// The transport of a node, which listens at `memory://NODE`.
    public func transport(_ node: NodeID) -> InMemoryTransport {
        InMemoryTransport(node: node, network: self)
    }

    /// Where a node of that name listens.
    public static func endpoint(of node: NodeID) -> Endpoint {
        Endpoint(rawValue: "memory://\(node)")
    }

    /// Loses all messages from `senders` to `receivers` and back, without telling anybody.
    public func partition(_ senders: Set<NodeID>, from receivers: Set<NodeID>) {
        for sender in senders {
            for receiver in receivers {
                cut(from: sender, to: receiver)
                cut(from: receiver, to: sender)
            }
        }
    }

    /// Loses all messages in one direction.
    public func cut(from sender: NodeID, to receiver: NodeID) {
        state.withLock { _ = $0.cuts.insert([sender, receiver]) }
    }

    /// Takes all cuts back.
    public func heal() { state.withLock { $0.cuts = [] } }

    // MARK: - For transports

    func nextLinkID() -> UInt64 { linkNumbers.wrappingAdd(1, ordering: .relaxed).oldValue }

    func listen(_ transport: InMemoryTransport) {
        state.withLock { $0.listeners[Self.endpoint(of: transport.node)] = transport }
    }

    func leave(_ transport: InMemoryTransport) {
        state.withLock { state in
            let endpoint = Self.endpoint(of: transport.node)
            if state.listeners[endpoint] === transport { state.listeners[endpoint] = nil }
        }
    }

    func listener(at endpoint: Endpoint) -> InMemoryTransport? {
        state.withLock { $0.listeners[endpoint] }
    }

    /// Whether messages in that direction are lost.
    func isCut(from sender: NodeID, to receiver: NodeID) -> Bool {
        state.withLock { $0.cuts.contains([sender, receiver]) }
    }

    /// Delivers a message later, unless a fault takes it.
    func carry(
        on link: UInt64, from sender: NodeID, to receiver: NodeID,
        _ deliver: @escaping @Sendable () -> Void
    ) {
        state.withLock { state in
            guard !state.cuts.contains([sender, receiver]) else { return }
            let faults = state.faults
            if state.generator.chance(faults.drop) { return }
            let copies = state.generator.chance(faults.duplicate) ? 2 : 1
            for _ in 0..<copies {
                var at = ContinuousClock.now.advanced(
                    by: state.generator.duration(in: faults.delay))
                if !state.generator.chance(faults.reorder) {
                    at = max(at, state.arrivals[link] ?? at)
                    state.arrivals[link] = at
                }
                schedule(at, deliver, &state)
            }
        }
        deliverDue()
    }

    /// Does something in the network's order, without faults.
    func perform(_ action: @escaping @Sendable () -> Void) {
        state.withLock { schedule(.now, action, &$0) }
        deliverDue()
    }

    private func schedule(
        _ at: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void,
        _ state: inout State
    ) {
        state.nextNumber += 1
        let delivery = Delivery(at: at, number: state.nextNumber, action: action)
        let index =
            state.deliveries.firstIndex { ($0.at, $0.number) > (at, delivery.number) }
            ?? state.deliveries.endIndex
        state.deliveries.insert(delivery, at: index)
    }

    /// Sees to it that what is due is delivered, by a task of the network's own: whoever sends may
    /// hold a lock that the receiver takes.
    private func deliverDue() {
        let mustStart = state.withLock { state in
            guard !state.isDelivering, let first = state.deliveries.first else { return false }
            guard first.at <= .now else {
                sleep(until: first.at, &state)
                return false
            }
            state.isDelivering = true
            return true
        }
        // Ends with the last delivery that is due; `isDelivering` keeps it the only one.
        if mustStart { Task { self.deliverAll() } }
    }

    /// Delivers what is due, in order.
    private func deliverAll() {
        while true {
            let action: (@Sendable () -> Void)? = state.withLock { state in
                guard let first = state.deliveries.first else {
                    state.isDelivering = false
                    return nil
                }
                guard first.at <= .now else {
                    state.isDelivering = false
                    sleep(until: first.at, &state)
                    return nil
                }
                return state.deliveries.removeFirst().action
            }
            guard let action else { return }
            action()
        }
    }

    private func sleep(until instant: ContinuousClock.Instant, _ state: inout State) {
        state.timer?.cancel()
        // Ends by itself; `deliverDue` replaces it when something is due earlier.
        state.timer = Task { [weak self] in
            try? await Task.sleep(until: instant, clock: .continuous)  // cancelled: replaced
            if !Task.isCancelled { self?.deliverDue() }
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }

    fileprivate mutating func duration(in range: ClosedRange<Duration>) -> Duration {
        guard range.upperBound > range.lowerBound else { return range.lowerBound }
        let share = Double.random(in: 0...1, using: &self)
        return range.lowerBound + (range.upperBound - range.lowerBound) * share
    }
}
