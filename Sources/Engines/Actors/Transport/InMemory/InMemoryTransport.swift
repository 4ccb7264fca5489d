internal import Synchronization

/// The links of one node in an ``InMemoryNetwork``.
public final class InMemoryTransport: Transport {
    let node: NodeID
    private let network: InMemoryNetwork

    private struct State {
        weak var receiver: (any TransportReceiver)?
        var links: [UInt64: InMemoryLink] = [:]
        var timer: Task<Void, Never>?
    }
    private let state = Mutex(State())

    init(node: NodeID, network: InMemoryNetwork) {
        self.node = node
        self.network = network
    }

    /// Begins to listen at `memory://NODE`.
    public func start(reportingTo receiver: any TransportReceiver) throws -> Endpoint? {
        state.withLock { $0.receiver = receiver }
        network.listen(self)
        wakeUp()
        return InMemoryNetwork.endpoint(of: node)
    }

    /// Begins to open a link.
    public func open(_ endpoint: Endpoint, lane: Lane, peer: NodeID?) throws -> any Link {
        let link = InMemoryLink(id: network.nextLinkID(), from: self, to: endpoint.rawValue)
        state.withLock { $0.links[link.id] = link }
        network.perform { [network] in
            guard let other = network.listener(at: endpoint) else {
                return self.end(link, reason: "nobody listens at \(endpoint)")
            }
            // A cut network answers nothing: the attempt ends when its time is up.
            guard !network.isCut(from: self.node, to: other.node) else { return }
            let back = InMemoryLink(
                id: network.nextLinkID(), from: other, to: "memory://\(self.node)")
            other.state.withLock { $0.links[back.id] = back }
            link.connect(to: back)
            back.connect(to: link)
            self.receiver?.linkOpened(link)
        }
        return link
    }

    /// Asks for a tick soon.
    public func wakeUp() {
        network.perform { self.tick() }
    }

    private func tick() {
        guard let next = receiver?.tick(now: .now) else { return }
        state.withLock { state in
            state.timer?.cancel()
            // Ends by itself, or is replaced by the next tick, or cancelled by `stop`.
            state.timer = Task { [weak self] in
                try? await Task.sleep(until: next, clock: .continuous)  // cancelled: replaced
                if !Task.isCancelled { self?.wakeUp() }
            }
        }
    }

    /// Jobs run where they would anyway.
    public var executor: (any TaskExecutor)? { nil }

    /// Closes all links; the other ends are told.
    public func stop() async {
        network.leave(self)
        let links = state.withLock { state in
            defer {
                state.links = [:]
                state.receiver = nil
                state.timer?.cancel()
            }
            return Array(state.links.values)
        }
        for link in links { link.close() }
    }

    /// Closes all links as a crash would, without a word to this node's own system.
    public func crash() {
        network.leave(self)
        let links = state.withLock { state in
            defer { state.receiver = nil }
            return Array(state.links.values)
        }
        for link in links { link.close() }
    }

    private var receiver: (any TransportReceiver)? { state.withLock { $0.receiver } }

    fileprivate func deliver(_ message: InboundMessage, on link: InMemoryLink) {
        guard !link.isClosed else { return }
        receiver?.received(message, on: link)
    }

    fileprivate func end(_ link: InMemoryLink, reason: String) {
        // Closed before it is reported, so that nothing is sent that nobody would ever answer.
        link.shut()
        let wasKnown = state.withLock { $0.links.removeValue(forKey: link.id) != nil }
        if wasKnown { receiver?.linkClosed(link, reason: reason) }
    }

    fileprivate func forget(_ link: InMemoryLink) {
        state.withLock { $0.links[link.id] = nil }
    }

    fileprivate func carry(_ message: InboundMessage, to other: InMemoryLink, by link: UInt64) {
        network.carry(on: link, from: node, to: other.transport.node) {
            other.transport.deliver(message, on: other)
        }
    }

    fileprivate func tellEnd(to other: InMemoryLink) {
        // Over a cut network nothing arrives, not even the end of a connection.
        guard !network.isCut(from: node, to: other.transport.node) else { return }
        network.perform { other.transport.end(other, reason: "the connection was cut") }
    }
}

/// One end of a link in memory.
final class InMemoryLink: Link {
    let id: UInt64
    let authenticatedPeer: NodeID? = nil
    let remoteDescription: String
    let transport: InMemoryTransport

    private struct State {
        weak var other: InMemoryLink?
        var isClosed = false
    }
    private let state = Mutex(State())

    init(id: UInt64, from transport: InMemoryTransport, to remote: String) {
        self.id = id
        self.transport = transport
        remoteDescription = remote
    }

    func connect(to other: InMemoryLink) { state.withLock { $0.other = other } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func send(_ message: OutboundMessage) -> SendOutcome {
        let (other, isClosed) = state.withLock { ($0.other, $0.isClosed) }
        guard !isClosed else { return .closed }
        // Without another end the link has never opened, and what is sent is lost.
        if let other { transport.carry(InboundMessage(copying: message), to: other, by: id) }
        return .queued
    }

    /// Takes nothing to send any more, because the other end is gone.
    func shut() { state.withLock { $0.isClosed = true } }

    func close() {
        let other: InMemoryLink? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            return state.other
        }
        transport.forget(self)
        if let other { transport.tellEnd(to: other) }
    }
}
