internal import Logging
internal import Synchronization

/// The handshakes: who is at the other end of a link, and whether it may be talked to.
extension Associations {
    /// What this node says of itself.
    private func introduction(_ state: State) -> Handshake.Hello {
        var hello = handshake.local
        hello.peer = Peer(
            node: hello.peer.node, incarnation: hello.peer.incarnation,
            endpoint: state.localEndpoint)
        return hello
    }

    /// A link that we opened is open: we say who we are.
    func opened(_ link: any Link) {
        state.withLock { state in
            guard case .opening(let node, let lane)? = state.links[link.id]?.stage else {
                return link.close()
            }
            state.links[link.id]?.stage = .greeting(node: node, lane: lane)
            var hello = introduction(state)
            hello.lane = lane
            _ = link.send(ControlEnvelope.hello(hello).message())
        }
    }

    /// Something came on a link.
    ///
    /// - Returns: The node at its other end, or nil if the handshake is not over.
    func heard(on link: any Link) -> NodeID? {
        ready.withLock { ready in
            guard let node = ready.nodes[link.id]?.node else { return nil }
            ready.nodes[link.id]?.lastHeard = .now
            return node
        }
    }

    /// A node that opened a link says who it is.
    func greeted(_ hello: Handshake.Hello, on link: any Link) {
        perform { state, afterwards in
            guard state.links[link.id] == nil, !state.isClosed else { return link.close() }
            var reason = handshake.judge(hello, authenticatedAs: link.authenticatedPeer)
            if state.associations[hello.peer.node] == nil,
                state.associations.count >= Self.maxNodeCount
            {
                reason = "node \(localNode) knows \(Self.maxNodeCount) others already"
            }
            if let reason {
                _ = link.send(ControlEnvelope.refusal(reason).message())
                logger.warning(
                    "refused a node",
                    metadata: [
                        "actors.peer": "\(hello.peer.node)", "actors.reason": "\(reason)",
                    ])
                // The refusal is queued before the end of the link.
                return link.close()
            }
            state.links[link.id] = (link, .ready(node: hello.peer.node))
            ready.withLock { $0.nodes[link.id] = (hello.peer.node, .now) }
            var answer = introduction(state)
            answer.lane = hello.lane
            _ = link.send(ControlEnvelope.welcome(answer).message())
            apply(
                .greeted(link.id, hello.lane, hello.peer), for: hello.peer.node, &state,
                &afterwards)
        }
    }

    /// The node at the other end of a link that we opened says who it is.
    func welcomed(_ hello: Handshake.Hello, on link: any Link) {
        perform { state, afterwards in
            guard case .greeting(let node, let lane)? = state.links[link.id]?.stage else {
                return link.close()
            }
            var reason = handshake.judge(hello, authenticatedAs: link.authenticatedPeer)
            if let node, node != hello.peer.node {
                reason = "node \(hello.peer.node) answers where \(node) should"
            }
            if let reason { return refuse(link, reason: reason, &state, &afterwards) }
            let peerNode = hello.peer.node
            state.links[link.id]?.stage = .ready(node: peerNode)
            ready.withLock { $0.nodes[link.id] = (peerNode, .now) }
            if let (continuation, _) = state.introductions.removeValue(forKey: link.id) {
                let endpoint = Endpoint(rawValue: link.remoteDescription)
                state.endpoints[peerNode] = endpoint
                var association = association(with: peerNode, in: state)
                association.learn(endpoint)
                state.associations[peerNode] = association
                afterwards.append { continuation.resume(returning: .success(peerNode)) }
            }
            apply(.welcomed(link.id, lane, hello.peer), for: peerNode, &state, &afterwards)
        }
    }

    /// The node at the other end does not let us in.
    func refused(_ reason: String, on link: any Link) {
        perform { state, afterwards in refuse(link, reason: reason, &state, &afterwards) }
    }

    private func refuse(
        _ link: any Link, reason: String, _ state: inout State, _ afterwards: inout Afterwards
    ) {
        logger.warning(
            "handshake refused",
            metadata: [
                "actors.endpoint": "\(link.remoteDescription)", "actors.reason": "\(reason)",
            ])
        let text = "handshake refused: \(reason)"
        switch state.links[link.id]?.stage {
        case .greeting(let node?, _), .opening(let node?, _):
            apply(.refused(link.id, reason: text), for: node, &state, &afterwards)
        default:
            link.close()
        }
        state.links[link.id] = nil
        if let (continuation, _) = state.introductions.removeValue(forKey: link.id) {
            let endpoint = link.remoteDescription
            afterwards.append {
                continuation.resume(
                    returning: .failure(.handshakeRefused(endpoint: endpoint, reason: reason)))
            }
        }
    }
}
