internal import CoreMetrics
internal import Distributed
internal import Logging
internal import MessagePack
internal import Tracing

/// The callee's side of a call, and all else that comes from other nodes. The transport calls
/// these from its own thread, one at a time.
extension ClusterActorSystem: TransportReceiver {
    /// A link that this node began to open is open.
    public func linkOpened(_ link: any Link) { associations.opened(link) }

    /// A link is gone.
    public func linkClosed(_ link: any Link, reason: String) {
        associations.closed(link, reason: reason)
        pendingCalls.lose(link, reason: reason)
        runningCalls.cancelAll(on: link)
    }

    /// Time has passed.
    public func tick(now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let (ended, nextPending) = pendingCalls.expire(at: now)
        for (call, link) in ended { _ = link.send(ControlEnvelope.cancel(call).message()) }
        let nextRunning = runningCalls.expire(at: now)
        let nextAssociation = associations.tick(at: now)
        let wanted = [nextPending, nextRunning, nextAssociation].compactMap { $0 }.min()
        return wanted ?? now.advanced(by: .seconds(60))
    }

    /// A message came.
    public func received(_ message: InboundMessage, on link: any Link) {
        var reader = MessagePackReader(bytes: message.bytes, attachments: message.attachments)
        var peer = link === loopback ? node : associations.heard(on: link)
        do {
            // Few envelopes in one message: its calls may run on this thread.
            let isBatch = message.bytes.count > 2_048
            while !reader.isAtEnd {
                try receive(from: &reader, of: message, on: link, peer: peer, isBatch: isBatch)
                // A handshake may be followed by others in the same message.
                if peer == nil { peer = associations.heard(on: link) }
            }
        } catch {
            settings.logger.warning(
                "closed a link that brought a malformed message",
                metadata: [
                    "actors.node": "\(node)", "actors.peer": "\(link.remoteDescription)",
                    "actors.error": "\(error)",
                ])
            _ = link.send(
                ControlEnvelope.refusal("you sent a malformed message: \(error)").message())
            link.close()
            linkClosed(link, reason: "it sent a malformed message: \(error)")
        }
    }

    private func receive(
        from reader: inout MessagePackReader, of message: InboundMessage, on link: any Link,
        peer: NodeID?, isBatch: Bool
    ) throws(MessagePackError) {
        let start = reader.offset
        let count = try reader.readArrayHeader()
        guard count >= 1 else { throw .invalidValue(reason: "an empty envelope", offset: start) }
        let number = try reader.readInteger(UInt8.self)
        guard let kind = EnvelopeKind(rawValue: number) else {
            // A newer peer may send what we do not know; the handshake's version rules out more.
            for _ in 1..<count { try reader.skipValue() }
            return
        }
        guard let peer else {
            return try receiveHandshake(kind, count - 1, from: &reader, on: link)
        }
        switch kind {
        case .request: try receiveRequest(from: &reader, count, of: message, on: link, isBatch)
        case .reply, .failure:
            guard count >= 3 else {
                throw .invalidValue(reason: "an answer of \(count) elements", offset: start)
            }
            let call = try reader.readInteger(UInt64.self)
            let offset = reader.offset
            for _ in 2..<count { try reader.skipValue() }
            pendingCalls.answer(
                call, from: link,
                with: kind == .reply
                    ? .value(message, offset: offset) : .failure(message, offset: offset))
        default:
            let envelope = try ControlEnvelope(kind, elementCount: count - 1, from: &reader)
            receive(envelope, on: link, peer: peer)
        }
    }

    private func receiveHandshake(
        _ kind: EnvelopeKind, _ elementCount: Int, from reader: inout MessagePackReader,
        on link: any Link
    ) throws(MessagePackError) {
        switch kind {
        case .hello, .welcome, .refusal: break
        default:
            throw .invalidValue(
                reason: "an envelope of kind \(kind) before the handshake", offset: reader.offset)
        }
        switch try ControlEnvelope(kind, elementCount: elementCount, from: &reader) {
        case .hello(let hello): associations.greeted(hello, on: link)
        case .welcome(let hello): associations.welcomed(hello, on: link)
        case .refusal(let reason): associations.refused(reason, on: link)
        default: break
        }
    }

    private func receive(_ envelope: ControlEnvelope, on link: any Link, peer: NodeID) {
        switch envelope {
        case .cancel(let call): runningCalls.cancel(call, on: link)
        case .ping: _ = link.send(ControlEnvelope.pong.message())
        case .watch(let name, let incarnation):
            watch.watch(actorNamed: name, for: peer)
            // Looked up after the watch was set, so that an end in between is not missed.
            if registry.entry(named: name, incarnation: incarnation)?.actor == nil {
                tellWatchers(ofActorNamed: name, incarnation: incarnation)
            }
        case .terminated(let name, let incarnation):
            watch.ended(ActorID(node: peer, name: name, incarnation: incarnation))
        case .listing(let version, let entries):
            receptionist.merge(entries, version: version, from: peer)
        case .refusal(let reason):
            link.close()
            linkClosed(link, reason: "the other end closed it: \(reason)")
        case .pong, .hello, .welcome: break
        }
    }

    /// Tells the nodes that watch an actor here of its end.
    func tellWatchers(ofActorNamed name: String, incarnation: Incarnation?) {
        let envelope = ControlEnvelope.terminated(name: name, incarnation: incarnation)
        for node in watch.takeWatchers(ofActorNamed: name) {
            // A node that is gone finds the actor lost with this one.
            _ = associations.send(envelope, to: node)
        }
    }

    // MARK: - Requests

    private func receiveRequest(
        from reader: inout MessagePackReader, _ elementCount: Int, of message: InboundMessage,
        on link: any Link, _ isBatch: Bool
    ) throws(MessagePackError) {
        guard elementCount >= 9 else {
            throw .invalidValue(
                reason: "a request of \(elementCount) elements", offset: reader.offset)
        }
        let header = try RequestHeader(from: &reader)
        let offset = reader.offset
        for _ in 0..<header.argumentCount { try reader.skipValue() }
        for _ in 9..<elementCount { try reader.skipValue() }
        start(header, message: message, argumentsAt: offset, on: link, isBatch)
    }

    /// Starts a call that came, or says why not.
    ///
    /// Nothing of its arguments has been decoded.
    private func start(
        _ header: RequestHeader, message: InboundMessage, argumentsAt offset: Int,
        on link: any Link, _ isBatch: Bool
    ) {
        metrics.receivedCalls.increment()
        var replier = Replier(
            call: header.call, link: link, buffers: buffers, userInfo: userInfo,
            maxMessageByteCount: settings.maxMessageByteCount, metrics: metrics)
        func refuse(_ code: FailureCode, _ text: String) {
            metrics.refusedCalls.increment()
            replier.fail(code, text)
        }
        guard
            let entry = registry.entry(named: header.name, incarnation: header.incarnation),
            let actor = entry.actor
        else { return refuse(.unknownActor, "there is no actor \(header.name)") }
        guard let target = entry.targets.target(named: header.target) else {
            return refuse(.targetRefused, "it is no distributed method of \(header.name)")
        }
        var substitutions: [any Any.Type] = []
        for name in header.substitutions {
            guard let type = allowList.substitution(named: name) else {
                return refuse(
                    .targetRefused, "the generic substitution \(name) is not on the allow-list")
            }
            substitutions.append(type)
        }
        guard entry.targets.accepts(substitutions, for: target) else {
            return refuse(
                .targetRefused, "the generic arguments of \(header.name) are other types")
        }
        let deadline = header.timeout.map { ContinuousClock.now.advanced(by: $0) }
        guard let call = runningCalls.begin(header.call, on: link, deadline: deadline) else {
            return refuse(.overloaded, "too many calls run")
        }
        let invocation = Invocation(
            actor: actor, identifier: header.target, target: target,
            decoder: InvocationDecoder(
                message: message, offset: offset, argumentCount: header.argumentCount,
                substitutions: substitutions, userInfo: userInfo),
            context: header.context, deadline: deadline)
        replier.running = call
        if call.isEarliest { transport.wakeUp() }
        // `runningCalls` keeps the task until it ends; shutting down cancels it.
        let executor =
            link !== loopback && target.isShort(isBatch: isBatch) ? transport.executor : nil
        let task = Task(executorPreference: executor) {
            await self.run(invocation, replier)
            self.runningCalls.end(call)
        }
        call.run(by: task)
    }

    /// A call that is about to run.
    private struct Invocation: @unchecked Sendable {
        // @unchecked Sendable: handed to the one task that runs it.
        let actor: any DistributedActor
        let identifier: String
        let target: TargetTable.Target
        let decoder: InvocationDecoder
        let context: [String: String]
        let deadline: ContinuousClock.Instant?
    }

    private func run(_ invocation: Invocation, _ replier: Replier) async {
        let start = ContinuousClock.now
        let deadline = invocation.deadline.map(Deadline.init(at:))
        await Deadline.$current.withValue(deadline) {
            if invocation.context.isEmpty {
                await dispatch(invocation, replier)
            } else {
                var context = ServiceContext.topLevel
                InstrumentationSystem.instrument.extract(
                    invocation.context, into: &context, using: DictionaryExtractor())
                await ServiceContext.withValue(context) {
                    await withSpan(invocation.target.method, ofKind: .server) { _ in
                        await dispatch(invocation, replier)
                    }
                }
            }
        }
        invocation.target.took(start.duration(to: .now))
    }

    private func dispatch(_ invocation: Invocation, _ replier: Replier) async {
        if let body = invocation.target.body {
            return await body(invocation.actor, invocation.decoder, replier)
        }
        await dispatchByName(invocation.actor, invocation, replier)
    }

    private func dispatchByName<Act: DistributedActor>(
        _ actor: Act, _ invocation: Invocation, _ replier: Replier
    ) async {
        var decoder = invocation.decoder
        do {
            try await executeDistributedTarget(
                on: actor, target: RemoteCallTarget(invocation.identifier),
                invocationDecoder: &decoder, handler: ResultHandler(replier: replier))
        } catch let error as ExecuteDistributedTargetError {
            // The target demangles to a method of the actor, but the runtime cannot call it.
            replier.fail(.targetRefused, "\(error)")
        } catch {
            replier.fail(error)
        }
    }
}

extension ClusterActorSystem: Associations.Delegate {
    func linkLost(_ link: any Link, of node: NodeID, reason: String) {
        pendingCalls.lose(link, reason: reason)
        runningCalls.cancelAll(on: link)
        // A listing may have been lost with the link while another one stays.
        _ = associations.send(receptionist.listing, to: node)
    }

    func peerUp(_ peer: Peer, on link: any Link) {
        settings.logger.debug(
            "connected with a node",
            metadata: ["actors.node": "\(node)", "actors.peer": "\(peer.node)"])
        _ = link.send(receptionist.listing.message())
    }

    func peerLost(_ peer: Peer, reason: String) {
        metrics.lostPeers.increment()
        receptionist.forget(peer.node)
        watch.lost(peer.node, reason: reason)
        watch.forget(peer.node)
    }
}
