internal import Actors
internal import Distributed
package import Logging
internal import MessagePack
public import Protocols
public import ServiceLifecycle
internal import Telemetry
internal import ZeroMQ

/// Answers clients of any language: ZeroMQ requests that hold MessagePack maps, as
/// `Protocols/bridge.md` specifies them.
///
/// A thin translation of a ``GuardedGateway``. One thread (``BridgeLoop``) owns the socket; each
/// request is read, carried out and answered in a task of its own, and ``BridgeAdmission`` bounds
/// how many there are. What a client sends can harm only itself.
public struct BridgeServer<Backend: GatewayService>: Service {
    private let gateway: GuardedGateway<Backend>
    private let loop: BridgeLoop
    private let logger: Logger
    /// What is under way and what happened.
    package let ledger: BridgeLedger

    /// Binds the endpoint; requests wait in the kernel until ``run()``.
    ///
    /// - Parameter gateway: The door, which decides who may do what.
    package init(
        _ settings: BridgeSettings, gateway: GuardedGateway<Backend>,
        logger: Logger = Logger(label: "bridge")
    ) throws(BridgeError) {
        try settings.check()
        ledger = BridgeLedger(settings.limits)
        do {
            loop = try BridgeLoop(settings, ledger: ledger, logger: logger)
        } catch {
            throw .cannotListen(settings.endpoint, reason: "\(error)")
        }
        self.gateway = gateway
        self.logger = logger
    }

    /// Where it listens, the port filled in.
    public var endpoint: String { loop.endpoint }

    /// Answers until the service is told to stop, then finishes what was begun.
    public func run() async throws {
        loop.start()
        logger.info("the bridge listens", metadata: ["bridge.endpoint": "\(endpoint)"])
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await request in loop.requests {
                    group.addTask { await answer(request) }
                }
            }
        } onCancelOrGracefulShutdown: {
            loop.drain()
        }
        await loop.stop()
    }

    private func answer(_ request: BridgeLoop.Request) async {
        let reply = await reply(to: request.message).encoded()
        // Before the reply leaves: a client that keeps as many requests under way as it may, and
        // sends the next one with each reply, is never refused.
        request.ticket.end()
        guard let bytes = ledger.admitReply(to: request.message.client, reply) else { return }
        loop.send(bytes, to: request.message.address)
    }

    private func reply(to message: BridgeMessage) async -> BridgeReply {
        // The envelope points into them, also behind each `await`.
        defer { withExtendedLifetime(message.body) {} }
        let envelope: BridgeEnvelope
        do {
            envelope = try BridgeEnvelope(decoding: message.body.bytes)
        } catch {
            ledger.count(\.malformed)
            return .failure(error.id, error.error)
        }
        do {
            let result = try await withDeadline(
                envelope.timeout ?? BridgeRequest.defaultTimeout
            ) {
                try await carryOut(envelope, from: message)
            }
            return .success(envelope.id, result)
        } catch is CancellationError {
            return .failure(envelope.id, .draining)
        } catch {
            return .failure(envelope.id, ServiceError(inGateway: error))
        }
    }

    /// Lets the caller in, and only then looks at what is wanted.
    private func carryOut(
        _ envelope: BridgeEnvelope, from message: BridgeMessage
    ) async throws -> BridgeResult {
        var envelope = envelope
        guard let operation = envelope.method.operation else {
            _ = try open(&envelope)
            return .pong
        }
        let caller = Caller(
            credential: envelope.key.map { Credential($0) }, address: message.clientAddress,
            requestID: envelope.id.traceName, face: "bridge")
        let permit = try await gateway.admit(operation, on: envelope.collection, for: caller)
        let wanted: BridgeOperation
        do {
            wanted = try open(&envelope)
        } catch {
            gateway.reject(permit, because: error)
            throw error
        }
        guard let request = wanted.request else {
            throw ServiceError(.internal, "\(operation) has no request")
        }
        return try BridgeResult(
            try await gateway.perform(request, with: permit),
            isAdmin: permit.identity?.isAdmin ?? false)
    }

    private func open(_ envelope: inout BridgeEnvelope) throws(ServiceError) -> BridgeOperation {
        do {
            return try envelope.open()
        } catch {
            ledger.count(\.malformed)
            throw error
        }
    }
}

extension BridgeRequestID {
    /// The name that the request has in logs and in the calls that it causes: its own if that says
    /// something, else a new one.
    fileprivate var traceName: String {
        if case .text(let text) = self, RequestIDInstrument.isValid(text) { return text }
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64, radix: 16)
    }
}
