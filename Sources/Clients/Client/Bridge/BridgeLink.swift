import Actors
import MessagePack
import Primitives
import Synchronization
import ZeroMQ

/// A connection with the bridge of one gateway: requests out, replies in, each by its number.
///
/// One thread owns the socket (``run(_:)``); callers leave their requests with it. A connection that
/// is lost is made again behind the scenes; what was under way on it is never answered, which its
/// caller's deadline ends.
///
/// Thread safety: any thread may call anything.
final class BridgeLink: Sendable {
    /// What a caller waits for.
    private struct Waiter {
        var deadline: ContinuousClock.Instant
        /// Whether libzmq has the request.
        var isSent = false
        var reply: CheckedContinuation<Frame, any Error>
    }

    private struct State {
        var outbox: [(number: UInt64, bytes: Handed<MessageBuffer>)] = []
        var waiters: [UInt64: Waiter] = [:]
        var lastNumber: UInt64 = 0
        var isClosed = false
    }

    /// The gateway, for errors.
    let node: NodeID
    private let state = Mutex(State())
    private let wakePipe = WakePipe()

    /// The most requests of one client that a bridge takes at once.
    static let maxPendingCount = 128

    /// Begins to connect.
    init(_ endpoint: Endpoint, _ keys: BridgeKeys?) throws {
        node = NodeID(endpoint.rawValue)
        let socket = try Socket(.dealer, in: try Context())
        // While nobody is connected nothing is queued, so that it is known not to have run.
        try socket.set(.immediate, 1)
        try socket.set(.ipv6, 1)
        try socket.set(.reconnectInterval, 50)
        try socket.set(.heartbeatInterval, 5_000)
        try socket.set(.heartbeatTimeout, 15_000)
        try socket.set(.sendHighWaterMark, Int32(Self.maxPendingCount))
        try socket.set(.receiveHighWaterMark, Int32(Self.maxPendingCount))
        if let keys { try socket.setCurveClient(keys.own, server: keys.server) }
        try socket.connect(endpoint.rawValue)
        let handed = Handed(value: socket)
        startThread(named: "vectron-bridge") { self.run(handed.value) }
    }

    /// Something on its way to the thread that owns it from then on.
    private struct Handed<Value>: @unchecked Sendable {
        // @unchecked Sendable: whoever made the value forgets it, and both ways to the thread (its
        // start, and the lock around the outbox) are fences.
        let value: Value
    }

    /// Ends the connection; what is under way fails.
    func close() {
        state.withLock { $0.isClosed = true }
        wakePipe.signal()
    }
}

// MARK: - Callers

extension BridgeLink {
    /// The reply to a request.
    ///
    /// - Parameter request: Makes the bytes, given the number of the request.
    /// - Throws: `ActorSystemError`, which says whether the request may have been carried out.
    func reply(to op: String, _ request: (UInt64) throws -> MessageBuffer) async throws -> Frame {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let bytes = Handed(value: try request(number))
        let deadline = Deadline.current?.instant ?? .now.advanced(by: .seconds(30))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { reply in
                let refusal = state.withLock { state -> (any Error)? in
                    if Task.isCancelled { return CancellationError() }
                    if state.isClosed { return ActorSystemError.shutDown }
                    guard state.waiters.count < Self.maxPendingCount else {
                        return ActorSystemError.overloaded(
                            node: node, queue: "requests", limit: Self.maxPendingCount)
                    }
                    state.waiters[number] = Waiter(deadline: deadline, reply: reply)
                    state.outbox.append((number, bytes))
                    return nil
                }
                if let refusal { reply.resume(throwing: refusal) } else { wakePipe.signal() }
            }
        } onCancel: {
            finish(number, .failure(CancellationError()))
        }
    }

    /// Answers a caller, if it still waits.
    private func finish(_ number: UInt64, _ result: Result<Frame, any Error>) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.reply.resume(with: result)
    }
}

// MARK: - The thread

extension BridgeLink {
    /// Sends, receives, and tells callers that their time is up, until the link is closed.
    ///
    /// *Invariant*: the socket is received from until nothing is there before the thread sleeps, since
    /// its file descriptor tells of news once.
    private func run(_ socket: Socket) {
        do {
            let descriptor = try socket.fileDescriptor
            while true {
                let (outbox, isClosed) = state.withLock { state in
                    defer { state.outbox = [] }
                    return (state.outbox, state.isClosed)
                }
                guard !isClosed else { return failAll(.shutDown) }
                for (number, bytes) in outbox { try send(bytes.value, number, by: socket) }
                while let frames = try socket.receive() { deliver(frames) }
                let sleep = expireAndPlan()
                wakePipe.wait(with: [descriptor], atMostMilliseconds: sleep)
            }
        } catch {
            state.withLock { $0.isClosed = true }
            failAll(.lost(node: node, reason: "\(error)"))
        }
    }

    private func send(_ bytes: MessageBuffer, _ number: UInt64, by socket: Socket) throws {
        // Whoever was cancelled meanwhile wants nothing to be done.
        let isWanted = state.withLock { state in
            state.waiters[number]?.isSent = true
            return state.waiters[number] != nil
        }
        guard isWanted else { return }
        switch try socket.send(bytes.bytes) {
        case .sent: break
        case .full, .noPeer:
            finish(
                number,
                .failure(
                    ActorSystemError.unreachable(
                        node: node, reason: "no bridge answers there, or it reads too slowly")))
        }
    }

    private func deliver(_ frames: [Frame]) {
        // What is no reply, or one that nobody waits for any more, is nobody's.
        guard let body = frames.last, let number = BridgeReplyHead.number(of: body.bytes) else {
            return
        }
        finish(number, .success(body))
    }

    /// Ends the waiting of those whose time is up, and says how many milliseconds the next one has.
    private func expireAndPlan() -> Int32 {
        let now = ContinuousClock.now
        let (expired, next) = state.withLock { state in
            let expired = state.waiters.filter { $0.value.deadline <= now }
            for number in expired.keys { state.waiters[number] = nil }
            return (expired, state.waiters.values.map(\.deadline).min())
        }
        for waiter in expired.values {
            waiter.reply.resume(
                throwing: ActorSystemError.deadlineExceeded(
                    target: "a request", node: node,
                    outcome: waiter.isSent ? .unknown : .notRun))
        }
        guard let next else { return -1 }
        let milliseconds = now.duration(to: next) / .milliseconds(1)
        return Int32(min(max(milliseconds.rounded(.up), 0), 60_000))
    }

    private func failAll(_ error: ActorSystemError) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.reply.resume(throwing: error) }
    }
}
