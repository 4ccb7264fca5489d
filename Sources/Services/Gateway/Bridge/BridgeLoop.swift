internal import Logging
internal import Primitives
internal import Protocols
internal import Synchronization
internal import ZeroMQ

/// The one thread that touches the bridge's sockets.
///
/// It hands requests on through a stream, which holds no more than ``BridgeAdmission`` lets in, and
/// sends the replies that other threads leave. Between rounds it sleeps in `poll`.
///
/// *Invariant*: the router is received from until nothing is there before the thread sleeps,
/// because libzmq's file descriptors are edge-triggered.
final class BridgeLoop: @unchecked Sendable {
    // @unchecked Sendable: `shared` is guarded by its lock, `socket` belongs to the loop's thread
    // once `start` has begun it (starting a thread is a full fence), and the rest never changes.

    /// A request that may be carried out.
    struct Request: Sendable {
        let message: BridgeMessage
        let ticket: BridgeTicket
    }

    /// What other threads leave for the loop.
    private struct Shared {
        var replies: [(BridgeReplyBytes, address: [[UInt8]])] = []
        var isSleeping = false
        var isDraining = false
        var isStopping = false
        var hasStarted = false
        var hasEnded = false
        var stopWaiter: CheckedContinuation<Void, Never>?
    }

    /// Requests in the order of their arrival; it ends when the bridge drains.
    let requests: AsyncStream<Request>
    /// Where the bridge listens, the port filled in.
    let endpoint: String
    private let continuation: AsyncStream<Request>.Continuation
    private let ledger: BridgeLedger
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let wakePipe = WakePipe()
    /// Nil once the loop has ended.
    private var socket: BridgeSocket?

    /// How many messages are received before replies have their turn.
    private static let maxBurst = 64
    /// How long the thread sleeps at most.
    ///
    /// Nothing depends on it: it bounds the harm of a wake-up that was missed.
    private static let maxSleepMilliseconds: Int32 = 1_000

    init(_ settings: BridgeSettings, ledger: BridgeLedger, logger: Logger) throws(ZeroMQError) {
        self.ledger = ledger
        self.logger = logger
        let socket = try BridgeSocket(settings, logger: logger)
        self.socket = socket
        endpoint = socket.endpoint
        (requests, continuation) = AsyncStream.makeStream(of: Request.self)
    }

    // MARK: - From any thread

    /// Begins to answer.
    func start() {
        let mayStart = shared.withLock { shared in
            defer { shared.hasStarted = true }
            return !shared.hasStarted
        }
        precondition(mayStart, "a bridge runs once")
        startThread(named: "bridge-io") { self.run() }
    }

    /// Sends a reply, soon and if the client still listens.
    func send(_ reply: BridgeReplyBytes, to address: [[UInt8]]) {
        leave { $0.replies.append((reply, address)) }
    }

    /// Takes no further requests; those that come are told so.
    func drain() {
        continuation.finish()
        leave { $0.isDraining = true }
    }

    /// Sends what was left, closes the socket, and returns when the thread has ended.
    func stop() async {
        await withCheckedContinuation { waiter in
            let hasEnded = shared.withLock { shared in
                if shared.hasStarted, !shared.hasEnded {
                    shared.isStopping = true
                    shared.stopWaiter = waiter
                    return false
                }
                return true
            }
            if hasEnded { waiter.resume() } else { leave { _ in } }
        }
    }

    private func leave(_ change: (inout Shared) -> Void) {
        let mustWake = shared.withLock { shared in
            change(&shared)
            defer { shared.isSleeping = false }
            return shared.isSleeping
        }
        if mustWake { wakePipe.signal() }
    }

    // MARK: - The thread

    private func run() {
        while true {
            let (replies, isStopping) = shared.withLock { shared in
                defer { shared.replies = [] }
                return (shared.replies, shared.isStopping)
            }
            for (reply, address) in replies { deliver(reply, to: address) }
            if isStopping { break }
            if !receive() { sleep() }
        }
        end()
    }

    private func deliver(_ reply: BridgeReplyBytes, to address: [[UInt8]]) {
        do {
            if try socket?.send(reply, to: address) == true { return }
        } catch {
            logger.warning("cannot send", metadata: ["bridge.error": "\(error)"])
        }
        ledger.count(\.droppedReplies)
    }

    /// Receives what is there, up to a fair number of messages.
    ///
    /// - Returns: Whether more may be there.
    private func receive() -> Bool {
        do {
            try socket?.authenticate()
            for _ in 0..<Self.maxBurst {
                let message = try socket?.receive { ledger.count(\.ignored) }
                guard let message else { return false }
                take(message)
            }
            return true
        } catch {
            logger.warning("cannot receive", metadata: ["bridge.error": "\(error)"])
            return false
        }
    }

    private func take(_ message: BridgeMessage) {
        guard message.body.count <= BridgeRequest.maxByteCount else {
            return refuse(message, .requestTooLarge(byteCount: message.body.count))
        }
        guard !shared.withLock({ $0.isDraining }) else { return refuse(message, .draining) }
        switch ledger.admitRequest(of: message.client, byteCount: message.body.count) {
        case .failure(let full):
            refuse(message, ServiceError(.overloaded, "\(full.reason); try again later"))
        case .success(let ticket):
            let result = continuation.yield(Request(message: message, ticket: ticket))
            if case .terminated = result { refuse(message, .draining) }
        }
    }

    /// Answers without a look at more than the beginning of the request.
    private func refuse(_ message: BridgeMessage, _ error: ServiceError) {
        let id = BridgeRequestID(peekingAt: message.body.bytes)
        let reply = BridgeReply.failure(id, error).encoded()
        guard let bytes = ledger.admitReply(to: message.client, reply) else { return }
        deliver(bytes, to: message.address)
    }

    private func sleep() {
        guard let socket else { return }
        let maySleep = shared.withLock { shared in
            shared.isSleeping = shared.replies.isEmpty && !shared.isStopping
            return shared.isSleeping
        }
        guard maySleep else { return }
        wakePipe.wait(with: socket.fileDescriptors, atMostMilliseconds: Self.maxSleepMilliseconds)
        shared.withLock { $0.isSleeping = false }
    }

    private func end() {
        // If it fails what was sent last may be lost, as on any connection.
        try? socket?.linger()
        // Releases the context, which waits until everything has left, a second at most.
        socket = nil
        let waiter = shared.withLock { shared in
            shared.hasEnded = true
            return shared.stopWaiter
        }
        waiter?.resume()
    }
}

extension ServiceError {
    /// The bridge is about to end.
    static let draining = ServiceError(
        .unavailable, "the server is shutting down; ask another gateway, or this one later")

    fileprivate static func requestTooLarge(byteCount: Int) -> ServiceError {
        ServiceError(
            .tooLarge,
            """
            the request has \(byteCount) bytes, more than \(BridgeRequest.maxByteCount); \
            send several smaller ones
            """)
    }
}
