internal import CoreMetrics
internal import Distributed
internal import MessagePack
internal import Synchronization
internal import Tracing

/// The caller's side of a call.
extension ClusterActorSystem {
    /// Sends a call and waits for its value.
    ///
    /// - Returns: The message that brought the value, and where it stands.
    func call(
        _ actor: ActorID, _ target: RemoteCallTarget, _ invocation: InvocationEncoder
    ) async throws -> (InboundMessage, offset: Int) {
        if Task.isCancelled { throw CancellationError() }
        let start = ContinuousClock.now
        let wanted = Deadline.current?.instant
        let deadline = wanted ?? start.advanced(by: settings.defaultCallTimeout)
        let timeout = start.duration(to: deadline)
        guard timeout > .zero else {
            throw ActorSystemError.deadlineExceeded(
                target: target.description, node: actor.node, outcome: .notRun)
        }
        let id = nextCallID()
        let message = try message(id, actor, target, timeout, invocation)
        defer { if message.isCopiedBySending { buffers.give(back: message.buffer) } }
        let lane: Lane = message.byteCount >= Lane.bulkByteCount ? .bulk : .control
        let link = try await link(to: actor.node, lane: lane, until: deadline)
        metrics.sentCalls.increment()
        let answer = await send(message, id, actor, target, deadline, on: link)
        metrics.callDuration.recordNanoseconds(
            start.duration(to: .now).wholeNanoseconds)
        switch answer {
        case .value(let message, let offset): return (message, offset)
        case .failure(let message, let offset):
            metrics.failedCalls.increment()
            throw error(in: message, at: offset, actor: actor, target: target)
        case .error(let error):
            metrics.failedCalls.increment()
            throw error
        }
    }

    /// Sends a call that nobody waits for; its number is 0, which is never answered.
    func callOneWay(
        _ way: OneWay, _ actor: ActorID, _ target: RemoteCallTarget,
        _ invocation: InvocationEncoder
    ) async throws {
        let timeout = settings.defaultCallTimeout
        let message = try message(0, actor, target, timeout, invocation)
        defer { if message.isCopiedBySending { buffers.give(back: message.buffer) } }
        let link = try await link(
            to: actor.node, lane: way.lane, until: .now.advanced(by: timeout))
        metrics.sentCalls.increment()
        switch link.send(message) {
        case .queued: break
        case .full(let limit):
            throw ActorSystemError.overloaded(
                node: actor.node, queue: "the outbound queue", limit: limit)
        case .closed:
            throw ActorSystemError.unreachable(
                node: actor.node, reason: "its link has closed")
        }
    }

    private func message(
        _ id: CallID, _ actor: ActorID, _ target: RemoteCallTarget, _ timeout: Duration,
        _ invocation: InvocationEncoder
    ) throws -> OutboundMessage {
        var context: [String: String] = [:]
        if let current = ServiceContext.current {
            InstrumentationSystem.instrument.inject(
                current, into: &context, using: DictionaryInjector())
        }
        let header = RequestHeader(
            call: id, name: actor.name, incarnation: actor.incarnation,
            target: target.identifier, timeout: timeout, context: context,
            substitutions: invocation.substitutions.isEmpty
                ? [] : try invocation.substitutions.map(allowList.name(of:)),
            argumentCount: invocation.argumentCount)
        let message = invocation.message(header: header)
        guard message.byteCount <= settings.maxMessageByteCount else {
            throw ActorSystemError.messageTooLarge(
                target: target.description, byteCount: message.byteCount,
                limit: settings.maxMessageByteCount)
        }
        return message
    }

    /// The link to a node, connecting first if need be.
    func link(
        to node: NodeID, lane: Lane, until deadline: ContinuousClock.Instant
    ) async throws -> any Link {
        if let link = associations.readyLink(to: node, lane: lane) { return link }
        if node == self.node { return loopback }
        guard lifecycle.withLock({ $0.stage != .made }) else {
            throw ActorSystemError.unreachable(
                node: node, reason: "the actor system of \(self.node) was not started")
        }
        try await associations.connected(to: node, until: deadline)
        guard let link = associations.readyLink(to: node, lane: lane) else {
            throw ActorSystemError.unreachable(node: node, reason: "the connection was lost again")
        }
        return link
    }

    private func send(
        _ message: OutboundMessage, _ id: CallID, _ actor: ActorID, _ target: RemoteCallTarget,
        _ deadline: ContinuousClock.Instant, on link: any Link
    ) async -> PendingCalls.Answer {
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                guard
                    let isEarliest = pendingCalls.add(
                        id, on: link, target: target.identifier, node: actor.node,
                        deadline: deadline, continuation: continuation)
                else {
                    return continuation.resume(returning: .error(ActorSystemError.shutDown))
                }
                switch link.send(message) {
                case .queued: if isEarliest { transport.wakeUp() }
                case .full(let limit):
                    pendingCalls.abandon(
                        id,
                        error: .overloaded(
                            node: actor.node, queue: "the outbound queue", limit: limit))
                case .closed:
                    pendingCalls.abandon(
                        id, error: .unreachable(node: actor.node, reason: "its link has closed"))
                }
                // `onCancel` may have run before the call was added.
                if Task.isCancelled {
                    cancel(id)
                    // Or it ran between that and the sending, so that the callee was told before
                    // it had the call; it does no harm to tell it twice.
                    _ = link.send(ControlEnvelope.cancel(id).message())
                }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: CallID) {
        guard let link = pendingCalls.cancel(id) else { return }
        _ = link.send(ControlEnvelope.cancel(id).message())
    }

    /// The error that a failure stands for.
    private func error(
        in message: InboundMessage, at offset: Int, actor: ActorID, target: RemoteCallTarget
    ) -> any Error {
        var reader = MessagePackReader(
            bytes: UnsafeRawBufferPointer(rebasing: message.bytes[offset...]),
            attachments: message.attachments)
        defer { withExtendedLifetime(message) {} }
        do {
            let number = try reader.readInteger(UInt8.self)
            let typeName: String? = reader.readIfNil() ? nil : try reader.readString()
            let value = try reader.readEncoded()
            let text = try reader.readString()
            let name = target.description
            switch FailureCode(rawValue: number) {
            case .typedError:
                if let typeName, let type = allowList.errorType(named: typeName) {
                    var valueReader = MessagePackReader(
                        bytes: value, attachments: message.attachments)
                    return try MessagePackDecoder(userInfo: userInfo).decode(
                        type, from: &valueReader)
                }
                return ActorSystemError.remoteError(type: typeName ?? "Error", description: text)
            case .untypedError, nil:
                return ActorSystemError.remoteError(type: "Error", description: text)
            case .cancelled: return CancellationError()
            case .unknownActor: return ActorSystemError.unknownActor(actor)
            case .targetRefused:
                return ActorSystemError.targetRefused(target: name, actor: actor, reason: text)
            case .malformedInvocation:
                return ActorSystemError.malformedInvocation(target: name, reason: text)
            case .overloaded:
                return ActorSystemError.overloaded(
                    node: actor.node, queue: "the table of running calls",
                    limit: settings.maxRunningCallCount)
            case .unsendableReply:
                return ActorSystemError.malformedReply(target: name, reason: text)
            case .deadlineExceeded:
                return ActorSystemError.deadlineExceeded(
                    target: name, node: actor.node, outcome: .notRun)
            case .expired:
                return ActorSystemError.deadlineExceeded(
                    target: name, node: actor.node, outcome: .unknown)
            case .shutDown:
                return ActorSystemError.lost(node: actor.node, reason: text)
            }
        } catch {
            return ActorSystemError.malformedReply(
                target: target.description, reason: "\(error)")
        }
    }
}

extension Duration {
    /// As swift-metrics counts; three centuries fit.
    fileprivate var wholeNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}

/// Writes a tracing context into a dictionary.
struct DictionaryInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }
}

/// Reads a tracing context from a dictionary.
struct DictionaryExtractor: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}
