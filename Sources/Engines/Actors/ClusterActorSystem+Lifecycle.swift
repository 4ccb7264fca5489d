internal import Distributed
internal import Synchronization

extension ClusterActorSystem {
    /// Begins to listen and to connect.
    ///
    /// - Throws: ``ActorSystemError/invalidSettings(_:)`` if the endpoint cannot be had, with what
    ///   to do about it.
    public func start() throws {
        let isFirst = lifecycle.withLock { lifecycle in
            defer { lifecycle.stage = .running }
            return lifecycle.stage == .made
        }
        precondition(isFirst, "the actor system of \(node) was started before")
        let endpoint = try transport.start(reportingTo: self)
        associations.setLocalEndpoint(endpoint)
        lifecycle.withLock { $0.endpoint = endpoint }
    }

    /// Ends all calls, closes all links and forgets all actors.
    ///
    /// Calls fail from now on.
    public func shutdown() async {
        let isFirst = lifecycle.withLock { lifecycle in
            defer { lifecycle.stage = .ended }
            return lifecycle.stage != .ended
        }
        guard isFirst else { return }
        runningCalls.cancelAll()
        associations.close()
        pendingCalls.close()
        watch.close()
        registry.removeAll()
        await transport.stop()
        releaseUserInfo()
    }

    /// Where this node listens, the port filled in; nil if it only connects.
    public var endpoint: Endpoint? { lifecycle.withLock { $0.endpoint } }

    /// Says where another node listens.
    ///
    /// Calls connect by themselves.
    public func setEndpoint(_ endpoint: Endpoint, of node: NodeID) {
        associations.setEndpoint(endpoint, of: node)
    }

    /// Connects with the node at an endpoint.
    ///
    /// With encrypted links the node's key must be known beforehand: use ``setEndpoint(_:of:)``
    /// and ``connect(to:)-(NodeID)``.
    ///
    /// - Returns: The node's name.
    /// - Throws: ``ActorSystemError/handshakeRefused(endpoint:reason:)`` if nobody answers there,
    ///   or one end does not let the other in.
    @discardableResult
    public func connect(to endpoint: Endpoint) async throws(ActorSystemError) -> NodeID {
        try await associations.introduce(
            endpoint, until: .now.advanced(by: settings.connectTimeout))
    }

    /// Connects with a node whose endpoint is known; calls do so by themselves.
    public func connect(to node: NodeID) async throws {
        if associations.readyLink(to: node, lane: .control) != nil { return }
        try await associations.connected(
            to: node, until: .now.advanced(by: settings.connectTimeout))
    }

    /// The nodes that this one is connected with.
    public var connectedNodes: [NodeID] { associations.connectedNodes }

    /// Waits until an actor has ended, or its node is lost.
    ///
    /// A node that cannot be reached counts as lost. Cancelling the task ends the wait.
    public func termination(of actor: ActorID) async throws -> Termination {
        let number = watch.nextNumber()
        if actor.node != node {
            do {
                try await connect(to: actor.node)
            } catch let error as ActorSystemError {
                return .nodeLost(reason: "\(error)")
            }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                watch.wait(number, for: actor, continuation: continuation)
                // Whatever ended between now and the wait is found by asking after it began.
                if Task.isCancelled { watch.cancel(number) }
                if actor.node == node {
                    if registry.entry(named: actor.name, incarnation: actor.incarnation) == nil {
                        watch.ended(actor)
                    }
                } else {
                    let envelope = ControlEnvelope.watch(
                        name: actor.name, incarnation: actor.incarnation)
                    if !associations.send(envelope, to: actor.node) {
                        watch.lost(actor.node, reason: "it is no longer connected")
                    }
                }
            }
        } onCancel: {
            watch.cancel(number)
        }
    }
}
