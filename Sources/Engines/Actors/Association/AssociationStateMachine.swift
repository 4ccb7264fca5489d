/// What one node knows of its connection with another, and what to do about it.
///
/// Pure: the same inputs at the same instants give the same effects; ``Associations`` carries them
/// out. Every link is in `links` from its `dial` or handshake until `linkClosed`.
///
/// ```
///        connect                 welcomed · greeted
///  idle ─────────▶ connecting ──────────────────────▶ up(peer)
///   ▲                 │ refused · closed · too late      │ last control link gone · silent
///   │  pause over     ▼                                  ▼
///   └───────────── pausing(reason) ◀──────────────────── ○   (lost: goes to idle at once)
/// ```
package struct AssociationStateMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant
    package typealias LinkID = UInt64

    /// The durations that decide.
    package struct Timing: Sendable {
        package var connectTimeout: Duration
        package var reconnectPause: Duration
        package var heartbeatInterval: Duration
        package var heartbeatTimeout: Duration

        package init(
            connectTimeout: Duration, reconnectPause: Duration, heartbeatInterval: Duration,
            heartbeatTimeout: Duration
        ) {
            self.connectTimeout = connectTimeout
            self.reconnectPause = reconnectPause
            self.heartbeatInterval = heartbeatInterval
            self.heartbeatTimeout = heartbeatTimeout
        }
    }

    package enum State: Sendable, Equatable {
        /// No link, and nobody wants one.
        case idle
        /// A control link is being opened.
        case connecting(since: Instant)
        /// Messages may flow to this life of the peer.
        case up(Peer)
        /// The last attempt failed; another one may begin at this instant.
        case pausing(until: Instant, reason: String)
    }

    package enum Input: Sendable {
        /// Somebody wants to send; `endpoint` is where the peer is said to listen.
        case connect(endpoint: Endpoint?)
        /// The transport has begun to open a link that an effect asked for.
        case dialing(LinkID, Lane)
        /// A link that we opened is through its handshake.
        case welcomed(LinkID, Lane, Peer)
        /// A link that the peer opened is through its handshake.
        case greeted(LinkID, Lane, Peer)
        /// The peer does not let us in, or is not who it should be.
        case refused(LinkID, reason: String)
        /// A link is gone.
        case closed(LinkID, reason: String)
        /// Time has passed; and when the ready links last brought something.
        case tick(lastHeard: [LinkID: Instant])
    }

    package enum Effect: Sendable, Equatable {
        /// Open a link and say hello on it.
        case dial(Endpoint, Lane)
        /// Close a link and forget what was under way on it.
        case close(LinkID)
        /// Ask the peer whether it lives.
        case ping(LinkID)
        /// Those who wait to send may do so now.
        case established(Peer)
        /// Those who wait to send wait in vain; nothing of theirs was sent.
        case unreachable(reason: String)
        /// Calls on this link may have run; nobody will answer them.
        case linkLost(LinkID, reason: String)
        /// That life of the peer is over as far as we can tell.
        case peerLost(Peer, reason: String)
    }

    /// A link of this association.
    package struct LinkState: Sendable, Equatable {
        package var lane: Lane
        package var isReady: Bool
        package var lastHeard: Instant
        package var lastPing: Instant
        /// Which life of the peer it leads to, once it is ready.
        var incarnation: Incarnation?
    }

    package let node: NodeID
    package let timing: Timing
    package private(set) var state: State = .idle
    package private(set) var links: [LinkID: LinkState] = [:] {
        didSet { chooseLinks() }
    }
    /// The oldest ready link of each lane; without a bulk link the control link carries everything.
    private(set) var controlLink: LinkID?
    private(set) var bulkLink: LinkID?
    private var endpoint: Endpoint?

    package init(node: NodeID, timing: Timing) {
        self.node = node
        self.timing = timing
    }

    /// Says where the peer listens, when that was known before its name.
    package mutating func learn(_ endpoint: Endpoint) { self.endpoint = endpoint }

    /// The link for a message of that lane, or nil unless the association is up.
    package func link(for lane: Lane) -> LinkID? {
        guard case .up = state else { return nil }
        return lane == .bulk ? bulkLink : controlLink
    }

    private mutating func chooseLinks() {
        func oldest(_ lane: Lane) -> LinkID? {
            links.lazy.filter { $0.value.isReady && $0.value.lane == lane }.map(\.key).min()
        }
        controlLink = oldest(.control)
        bulkLink = oldest(.bulk) ?? controlLink
    }

    package mutating func step(_ input: Input, at now: Instant) -> [Effect] {
        switch input {
        case .connect(let endpoint): connect(to: endpoint, at: now)
        case .dialing(let link, let lane): dialing(link, lane, at: now)
        case .welcomed(let link, let lane, let peer), .greeted(let link, let lane, let peer):
            ready(link, lane, peer, dialed: input.isWelcome, at: now)
        case .refused(let link, let reason):
            closed(link, reason: reason, at: now) + [.close(link)]
        case .closed(let link, let reason): closed(link, reason: reason, at: now)
        case .tick(let lastHeard): tick(lastHeard, at: now)
        }
    }

    private mutating func connect(to endpoint: Endpoint?, at now: Instant) -> [Effect] {
        switch state {
        case .up: return []
        case .connecting: return []
        case .pausing(let until, let reason) where now < until:
            return [.unreachable(reason: reason)]
        case .pausing, .idle:
            guard let endpoint else {
                return [.unreachable(reason: "it is not connected and its endpoint is not known")]
            }
            self.endpoint = endpoint
            state = .connecting(since: now)
            return [.dial(endpoint, .control)]
        }
    }

    private mutating func dialing(_ link: LinkID, _ lane: Lane, at now: Instant) -> [Effect] {
        links[link] = LinkState(lane: lane, isReady: false, lastHeard: now, lastPing: now)
        return []
    }

    private mutating func ready(
        _ link: LinkID, _ lane: Lane, _ peer: Peer, dialed: Bool, at now: Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        if case .up(let known) = state, known.incarnation != peer.incarnation {
            effects = lose(
                known, reason: "it has restarted", keeping: link, at: now)
        }
        links[link] = LinkState(
            lane: lane, isReady: true, lastHeard: now, lastPing: now, incarnation: peer.incarnation)
        if lane == .control, !isUp {
            // A bulk link of another life has come without its control link.
            let stale = links.filter {
                $0.value.isReady && $0.value.incarnation != peer.incarnation
            }
            for other in stale.keys.sorted() {
                links[other] = nil
                effects.append(.close(other))
            }
            state = .up(peer)
            effects.append(.established(peer))
            if dialed, let endpoint { effects.append(.dial(endpoint, .bulk)) }
        }
        return effects
    }

    private var isUp: Bool {
        if case .up = state { true } else { false }
    }

    private mutating func closed(
        _ link: LinkID, reason: String, at now: Instant
    ) -> [Effect] {
        guard let gone = links.removeValue(forKey: link) else {
            // A link that never got so far; it matters only to those who wait for it.
            return []
        }
        var effects: [Effect] = gone.isReady ? [.linkLost(link, reason: reason)] : []
        switch state {
        case .connecting where gone.lane == .control:
            effects += pause(reason: reason, at: now)
        case .up(let peer) where gone.lane == .control && controlLink == nil:
            effects += lose(peer, reason: reason, keeping: nil, at: now)
        default: break
        }
        return effects
    }

    /// The dial itself failed before there was a link.
    package mutating func dialFailed(_ lane: Lane, reason: String, at now: Instant) -> [Effect] {
        guard lane == .control, case .connecting = state else { return [] }
        return pause(reason: reason, at: now)
    }

    private mutating func pause(reason: String, at now: Instant) -> [Effect] {
        state = .pausing(until: now.advanced(by: timing.reconnectPause), reason: reason)
        return [.unreachable(reason: reason)]
    }

    /// Gives up all links but one, and that life of the peer.
    private mutating func lose(
        _ peer: Peer, reason: String, keeping kept: LinkID?, at now: Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        for link in links.keys.sorted() where link != kept {
            if links[link]?.isReady == true {
                effects.append(.linkLost(link, reason: reason))
            }
            effects.append(.close(link))
            links[link] = nil
        }
        state = .idle
        effects.append(.peerLost(peer, reason: reason))
        return effects
    }

    private mutating func tick(_ lastHeard: [LinkID: Instant], at now: Instant) -> [Effect] {
        for (link, instant) in lastHeard where links[link] != nil {
            links[link]?.lastHeard = instant
        }
        switch state {
        case .connecting(let since) where since.duration(to: now) >= timing.connectTimeout:
            let dead = links.keys.sorted().filter { links[$0]?.isReady == false }
            for link in dead { links[link] = nil }
            return dead.map { .close($0) }
                + pause(
                    reason: "it did not answer within \(timing.connectTimeout)", at: now)
        case .up(let peer): return beat(peer, at: now)
        default: return []
        }
    }

    private mutating func beat(_ peer: Peer, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for link in links.keys.sorted() {
            guard let state = links[link] else { continue }
            guard state.isReady else {
                // A bulk dial that nobody answers; the control link carries everything.
                if state.lastHeard.duration(to: now) >= timing.connectTimeout {
                    links[link] = nil
                    effects.append(.close(link))
                }
                continue
            }
            let silence = state.lastHeard.duration(to: now)
            if silence >= timing.heartbeatTimeout {
                return lose(
                    peer, reason: "it has been silent for \(silence)", keeping: nil, at: now)
            }
            if silence >= timing.heartbeatInterval,
                state.lastPing.duration(to: now) >= timing.heartbeatInterval
            {
                links[link]?.lastPing = now
                effects.append(.ping(link))
            }
        }
        return effects
    }

    /// When `tick` has something to do, at the latest.
    package var nextTick: Instant? {
        switch state {
        case .connecting(let since): since.advanced(by: timing.connectTimeout)
        case .up:
            links.values.map(nextTick(of:)).min()
        default: nil
        }
    }

    private func nextTick(of link: LinkState) -> Instant {
        guard link.isReady else { return link.lastHeard.advanced(by: timing.connectTimeout) }
        return min(
            max(link.lastHeard, link.lastPing).advanced(by: timing.heartbeatInterval),
            link.lastHeard.advanced(by: timing.heartbeatTimeout))
    }
}

extension AssociationStateMachine.Input {
    fileprivate var isWelcome: Bool {
        if case .welcomed = self { true } else { false }
    }
}
