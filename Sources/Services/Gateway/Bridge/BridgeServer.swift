internal import Actors
internal import Distributed
public import Logging
internal import MessagePack
public import Protocols
public import ServiceLifecycle
internal import ZeroMQ

/// Answers clients of any language: ZeroMQ requests that hold MessagePack maps, as
/// `Protocols/bridge.md` specifies them.
///
/// A thin translation of a ``GatewayService``. One thread (``BridgeLoop``) owns the socket; each
/// request is read, carried out and answered in a task of its own, and ``BridgeAdmission`` bounds
/// how many there are. What a client sends can harm only itself.
public struct BridgeServer<Backend: GatewayService>: Service {
    private let backend: Backend
    private let loop: BridgeLoop
    private let logger: Logger
    /// What is under way and what happened.
    package let ledger: BridgeLedger

    /// Binds the endpoint; requests wait in the kernel until ``run()``.
    ///
    /// - Parameter backend: What carries out requests, on this node or another.
    public init(
        _ settings: BridgeSettings, backend: Backend, logger: Logger = Logger(label: "bridge")
    ) throws(BridgeError) {
        try settings.check()
        ledger = BridgeLedger(settings.limits)
        do {
            loop = try BridgeLoop(settings, ledger: ledger, logger: logger)
        } catch {
            throw .cannotListen(settings.endpoint, reason: "\(error)")
        }
        self.backend = backend
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
        let reply = await reply(to: request.message.body).encoded()
        // Before the reply leaves: a client that keeps as many requests under way as it may, and
        // sends the next one with each reply, is never refused.
        request.ticket.end()
        guard let bytes = ledger.admitReply(to: request.message.client, reply) else { return }
        loop.send(bytes, to: request.message.address)
    }

    private func reply(to body: Frame) async -> BridgeReply {
        let request: BridgeRequest
        do {
            request = try withExtendedLifetime(body) { () throws(BridgeRejection) in
                try BridgeRequest(decoding: body.bytes)
            }
        } catch {
            ledger.count(\.malformed)
            return .failure(error.id, error.error)
        }
        do {
            let result = try await withDeadline(request.timeout ?? BridgeRequest.defaultTimeout) {
                try await carryOut(request.operation)
            }
            return .success(request.id, result)
        } catch is CancellationError {
            return .failure(request.id, .draining)
        } catch {
            return .failure(request.id, ServiceError(inGateway: error))
        }
    }

    private func carryOut(_ operation: BridgeOperation) async throws -> BridgeResult {
        switch operation {
        case .ping: return .pong
        case .createCollection(let configuration):
            return .collection(try await backend.createCollection(configuration))
        case .listCollections: return .collections(try await backend.listCollections())
        case .describeCollection(let name):
            return .collection(try await backend.describeCollection(name))
        case .deleteCollection(let name):
            try await backend.deleteCollection(name)
            return .done
        case .openSession(let name): return .session(try await backend.openSession(name))
        case .upsert(let request): return .count(try await backend.upsert(request))
        case .get(let request): return .points(try await backend.get(request), request.parts)
        case .delete(let request): return .count(try await backend.delete(request))
        case .search(let request): return .scoredPoints(try await backend.search(request))
        case .searchBatch(let request):
            return .scoredPointsOfBatch(try await backend.searchBatch(request))
        case .scroll(let request):
            return .page(try await backend.scroll(request), request.parts)
        case .measureRecall(let request):
            return .recall(try await backend.measureRecall(request))
        case .count(let request): return .count(try await backend.count(request))
        case .status: return .status(try await backend.status())
        }
    }
}
