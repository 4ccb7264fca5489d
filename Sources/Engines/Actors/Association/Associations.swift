internal import Logging
internal import Synchronization

/// The connections of a node with all others: carries out what the state machines decide.
///
/// *Thread safety*: one lock guards everything. Links queue messages without waiting, so effects
/// are carried out under it, in order; what wakes other code is collected and done after it.
final class Associations: Sendable {
    /// What the associations tell the actor system.
    protocol Delegate: AnyObject, Sendable {
        func linkLost(_ link: any Link, of node: NodeID, reason: String)
        func peerUp(_ peer: Peer, on link: any Link)
        func peerLost(_ peer: Peer, reason: String)
    }

    typealias Waiter = (
        continuation: UnsafeContinuation<(any Error)?, Never>, deadline: ContinuousClock.Instant
    )

    /// How far a link is.
    enum Stage {
        /// We opened it; the transport is at it.
        case opening(node: NodeID?, lane: Lane)
        /// We have said hello and wait for the answer.
        case greeting(node: NodeID?, lane: Lane)
        /// Messages may flow.
        case ready(node: NodeID)
    }

    struct State {
        var endpoints: [NodeID: Endpoint] = [:]
        var associations: [NodeID: AssociationStateMachine] = [:]
        var links: [UInt64: (link: any Link, stage: Stage)] = [:]
        var waiters: [NodeID: [UInt64: Waiter]] = [:]
        var nextWaiter: UInt64 = 0
        /// Those who opened a link to an endpoint to learn who is there.
        var introductions:
            [UInt64: (
                UnsafeContinuation<Result<NodeID, ActorSystemError>, Never>, ContinuousClock.Instant
            )] = [:]
        /// Where this node really listens, once that is known.
        var localEndpoint: Endpoint?
        var isClosed = false
    }

    /// The links over which messages flow.
    struct ReadyLinks {
        var byNode: [NodeID: (control: any Link, bulk: any Link)] = [:]
        var nodes: [UInt64: (node: NodeID, lastHeard: ContinuousClock.Instant)] = [:]
    }

    /// What is done after the lock was released.
    typealias Afterwards = [() -> Void]

    /// The most nodes that are remembered: without keys a peer may call itself anything.
    static let maxNodeCount = 4_096

    let state = Mutex(State())
    /// What every call asks for, kept apart from what changes rarely.
    let ready = Mutex(ReadyLinks())
    let handshake: Handshake
    private let transport: any Transport
    private let timing: AssociationStateMachine.Timing
    private let maxWaiterCount: Int
    let logger: Logger
    // Set once, before the transport starts.
    nonisolated(unsafe) weak var delegate: (any Delegate)?

    init(
        handshake: Handshake, transport: any Transport,
        timing: AssociationStateMachine.Timing, maxWaiterCount: Int, logger: Logger
    ) {
        self.handshake = handshake
        self.transport = transport
        self.timing = timing
        self.maxWaiterCount = maxWaiterCount
        self.logger = logger
    }

    var localNode: NodeID { handshake.local.peer.node }

    // MARK: - For callers

    /// Says where this node listens, for the handshakes to come.
    ///
    /// A port of `*` is no address.
    func setLocalEndpoint(_ endpoint: Endpoint?) {
        state.withLock { $0.localEndpoint = endpoint }
    }

    /// Says where a node listens.
    func setEndpoint(_ endpoint: Endpoint, of node: NodeID) {
        state.withLock { $0.endpoints[node] = endpoint }
    }

    /// The link to a node, if it is up.
    func readyLink(to node: NodeID, lane: Lane) -> (any Link)? {
        ready.withLock { ready in
            let links = ready.byNode[node]
            return lane == .bulk ? links?.bulk : links?.control
        }
    }

    /// Brings ``ready`` up to date with an association that may have changed.
    private func publish(_ association: AssociationStateMachine, _ state: State) {
        let control = association.link(for: .control).flatMap { state.links[$0]?.link }
        let bulk = association.link(for: .bulk).flatMap { state.links[$0]?.link }
        ready.withLock { ready in
            if let control {
                ready.byNode[association.node] = (control, bulk ?? control)
            } else {
                ready.byNode[association.node] = nil
            }
        }
    }

    /// Waits until the node is connected.
    func connected(to node: NodeID, until deadline: ContinuousClock.Instant) async throws {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let error: (any Error)? = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                wait(number, for: node, until: deadline, continuation)
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters[node]?.removeValue(forKey: number) }
            waiter?.continuation.resume(returning: CancellationError())
        }
        if let error { throw error }
    }

    private func wait(
        _ number: UInt64, for node: NodeID, until deadline: ContinuousClock.Instant,
        _ continuation: UnsafeContinuation<(any Error)?, Never>
    ) {
        perform { state, afterwards in
            func refuse(_ error: any Error) {
                afterwards.append { continuation.resume(returning: error) }
            }
            if state.isClosed { return refuse(ActorSystemError.shutDown) }
            if Task.isCancelled { return refuse(CancellationError()) }
            if state.waiters[node, default: [:]].count >= maxWaiterCount {
                return refuse(
                    ActorSystemError.overloaded(
                        node: node, queue: "the connection queue", limit: maxWaiterCount))
            }
            var association = association(with: node, in: state)
            if association.link(for: .control) != nil {
                afterwards.append { continuation.resume(returning: nil) }
                return
            }
            state.waiters[node, default: [:]][number] = (continuation, deadline)
            let effects = association.step(
                .connect(endpoint: state.endpoints[node]), at: .now)
            state.associations[node] = association
            carryOut(effects, for: node, &state, &afterwards)
        }
        transport.wakeUp()
    }

    /// Connects with whoever is at an endpoint, and says who that is.
    func introduce(
        _ endpoint: Endpoint, until deadline: ContinuousClock.Instant
    ) async throws(ActorSystemError) -> NodeID {
        let result = await withUnsafeContinuation { continuation in
            perform { state, afterwards in
                do {
                    guard !state.isClosed else { throw ActorSystemError.shutDown }
                    let link = try transport.open(endpoint, lane: .control, peer: nil)
                    state.links[link.id] = (link, .opening(node: nil, lane: .control))
                    state.introductions[link.id] = (continuation, deadline)
                } catch {
                    let known = error as? ActorSystemError
                    afterwards.append {
                        continuation.resume(
                            returning: .failure(
                                known
                                    ?? .handshakeRefused(
                                        endpoint: endpoint.rawValue, reason: "\(error)")))
                    }
                }
            }
            transport.wakeUp()
        }
        return try result.get()
    }

    /// Sends a control envelope to a node if it is up.
    func send(_ envelope: ControlEnvelope, to node: NodeID) -> Bool {
        guard let link = readyLink(to: node, lane: .control) else { return false }
        return link.send(envelope.message()) == .queued
    }

    /// Sends a control envelope to all nodes that are up.
    func broadcast(_ envelope: ControlEnvelope) {
        let links = state.withLock { state in
            state.associations.values.compactMap { association in
                association.link(for: .control).flatMap { state.links[$0]?.link }
            }
        }
        for link in links { _ = link.send(envelope.message()) }
    }

    /// The nodes that are up.
    var connectedNodes: [NodeID] {
        state.withLock { state in
            state.associations.values.filter { $0.link(for: .control) != nil }.map(\.node)
        }.sorted()
    }

    // MARK: - For the transport; see also `Associations+Handshakes.swift`

    /// A link is gone.
    func closed(_ link: any Link, reason: String) {
        perform { state, afterwards in
            let stage = state.links[link.id]?.stage
            switch stage {
            case .opening(let node?, _), .greeting(let node?, _), .ready(let node):
                apply(.closed(link.id, reason: reason), for: node, &state, &afterwards)
            case .opening(nil, _), .greeting(nil, _), nil: break
            }
            state.links[link.id] = nil
            ready.withLock { $0.nodes[link.id] = nil }
            if let (continuation, _) = state.introductions.removeValue(forKey: link.id) {
                let endpoint = link.remoteDescription
                afterwards.append {
                    continuation.resume(
                        returning: .failure(
                            .handshakeRefused(endpoint: endpoint, reason: reason)))
                }
            }
        }
    }

    /// Time has passed.
    ///
    /// - Returns: When to look again, at the latest.
    func tick(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        var next: ContinuousClock.Instant?
        perform { state, afterwards in
            let heard = ready.withLock { $0.nodes.mapValues(\.lastHeard) }
            for node in state.associations.keys.sorted() {
                apply(.tick(lastHeard: heard), for: node, at: now, &state, &afterwards)
                if let wanted = state.associations[node]?.nextTick {
                    next = min(next ?? wanted, wanted)
                }
            }
            for (node, waiters) in state.waiters {
                for (number, waiter) in waiters {
                    if waiter.deadline <= now {
                        state.waiters[node]?[number] = nil
                        afterwards.append {
                            waiter.continuation.resume(
                                returning: ActorSystemError.deadlineExceeded(
                                    target: "the connection", node: node, outcome: .notRun))
                        }
                    } else {
                        next = min(next ?? waiter.deadline, waiter.deadline)
                    }
                }
            }
            for (id, (continuation, deadline)) in state.introductions {
                if deadline <= now {
                    state.introductions[id] = nil
                    let link = state.links.removeValue(forKey: id)?.link
                    link?.close()
                    let endpoint = link?.remoteDescription ?? ""
                    afterwards.append {
                        continuation.resume(
                            returning: .failure(
                                .handshakeRefused(
                                    endpoint: endpoint, reason: "nobody answered in time")))
                    }
                } else {
                    next = min(next ?? deadline, deadline)
                }
            }
        }
        return next
    }

    /// Ends everything; those who wait are told.
    func close() {
        perform { state, afterwards in
            state.isClosed = true
            for waiters in state.waiters.values {
                for waiter in waiters.values {
                    afterwards.append {
                        waiter.continuation.resume(returning: ActorSystemError.shutDown)
                    }
                }
            }
            for (continuation, _) in state.introductions.values {
                afterwards.append { continuation.resume(returning: .failure(.shutDown)) }
            }
            state.waiters = [:]
            state.introductions = [:]
            for (link, _) in state.links.values { link.close() }
            state.links = [:]
            state.associations = [:]
            ready.withLock { $0 = ReadyLinks() }
        }
    }

    // MARK: - Effects

    func perform(_ body: (inout State, inout Afterwards) -> Void) {
        var afterwards: Afterwards = []
        state.withLock { state in
            withoutActuallyEscaping(body) { body in
                var collected: Afterwards = []
                body(&state, &collected)
                afterwards = collected
            }
        }
        for action in afterwards { action() }
    }

    func association(with node: NodeID, in state: State) -> AssociationStateMachine {
        state.associations[node] ?? AssociationStateMachine(node: node, timing: timing)
    }

    func apply(
        _ input: AssociationStateMachine.Input, for node: NodeID,
        at now: ContinuousClock.Instant = .now, _ state: inout State,
        _ afterwards: inout Afterwards
    ) {
        var association = association(with: node, in: state)
        let effects = association.step(input, at: now)
        state.associations[node] = association
        publish(association, state)
        carryOut(effects, for: node, &state, &afterwards)
    }

    private func carryOut(
        _ effects: [AssociationStateMachine.Effect], for node: NodeID, _ state: inout State,
        _ afterwards: inout Afterwards
    ) {
        for effect in effects {
            switch effect {
            case .dial(let endpoint, let lane):
                dial(endpoint, lane, node, &state, &afterwards)
            case .close(let id):
                ready.withLock { $0.nodes[id] = nil }
                guard let link = state.links.removeValue(forKey: id)?.link else { break }
                // Over a link that the peer opened it does not see the end by itself.
                _ = link.send(ControlEnvelope.refusal("the connection was given up").message())
                link.close()
            case .ping(let id):
                _ = state.links[id]?.link.send(ControlEnvelope.ping.message())
            case .established(let peer):
                established(peer, node, &state, &afterwards)
            case .unreachable(let reason):
                let error = ActorSystemError.unreachable(node: node, reason: reason)
                for waiter in (state.waiters.removeValue(forKey: node) ?? [:]).values {
                    afterwards.append { waiter.continuation.resume(returning: error) }
                }
            case .linkLost(let id, let reason):
                guard let link = state.links[id]?.link else { continue }
                let delegate = delegate
                afterwards.append { delegate?.linkLost(link, of: node, reason: reason) }
            case .peerLost(let peer, let reason):
                logger.info(
                    "lost a node",
                    metadata: ["actors.peer": "\(peer.node)", "actors.reason": "\(reason)"])
                let delegate = delegate
                afterwards.append { delegate?.peerLost(peer, reason: reason) }
            }
        }
    }

    private func established(
        _ peer: Peer, _ node: NodeID, _ state: inout State, _ afterwards: inout Afterwards
    ) {
        if let endpoint = peer.endpoint, state.endpoints[node] == nil {
            state.endpoints[node] = endpoint
        }
        for waiter in (state.waiters.removeValue(forKey: node) ?? [:]).values {
            afterwards.append { waiter.continuation.resume(returning: nil) }
        }
        guard let id = state.associations[node]?.link(for: .control),
            let link = state.links[id]?.link
        else { return }
        let delegate = delegate
        afterwards.append { delegate?.peerUp(peer, on: link) }
    }

    private func dial(
        _ endpoint: Endpoint, _ lane: Lane, _ node: NodeID, _ state: inout State,
        _ afterwards: inout Afterwards
    ) {
        var association = association(with: node, in: state)
        do {
            let link = try transport.open(endpoint, lane: lane, peer: node)
            state.links[link.id] = (link, .opening(node: node, lane: lane))
            let effects = association.step(.dialing(link.id, lane), at: .now)
            state.associations[node] = association
            carryOut(effects, for: node, &state, &afterwards)
        } catch {
            let effects = association.dialFailed(lane, reason: "\(error)", at: .now)
            state.associations[node] = association
            carryOut(effects, for: node, &state, &afterwards)
        }
    }
}
