internal import CLinux
internal import Logging
internal import Synchronization
internal import ZeroMQ

#if canImport(Glibc)
    internal import Glibc
#endif

/// The one thread that touches a node's sockets.
///
/// Other threads hand it messages under one lock and wake it through an eventfd if it sleeps. It
/// sends all that waits, receives all that is there, runs short jobs (it is a `TaskExecutor`), and
/// only then sleeps in `epoll_wait`.
///
/// *Invariant*: every socket that was touched is received from until nothing is there before the
/// thread sleeps, because libzmq's file descriptors are edge-triggered.
final class SocketLoop: TaskExecutor, @unchecked Sendable {
    // @unchecked Sendable: `shared` is guarded by its lock, `sockets` belongs to the loop's thread
    // once `start` has begun it, and the rest never changes.

    /// What other threads leave for the loop.
    private struct Shared {
        var scheduled: [ZeroMQLink] = []
        var opening: [Dial] = []
        var closing: [ZeroMQLink] = []
        var jobs: [UnownedJob] = []
        var isTickWanted = false
        var isSleeping = false
        var isStopping = false
        var stopWaiter: CheckedContinuation<Void, Never>?
        var hasEnded = false
    }

    /// A link to open.
    struct Dial {
        var link: ZeroMQLink
        var endpoint: Endpoint
        var serverKey: CurvePublicKey?
    }

    private let shared = Mutex(Shared())
    private let wakeEvent = Eventfd()
    private let sockets: LoopSockets
    private let settings: ClusterActorSystem.Settings
    private let linkNumbers = Atomic<UInt64>(1)
    /// Jobs that the loop's own work has made; its thread only.
    private var localJobs: [UnownedJob] = []
    private var thread: pthread_t?

    init(_ settings: ClusterActorSystem.Settings) throws {
        self.settings = settings
        sockets = try LoopSockets(settings, wakeEvent: wakeEvent)
        sockets.setLoop(self)
    }

    // MARK: - From any thread

    func nextLinkID() -> UInt64 { linkNumbers.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Queues a message.
    func enqueue(_ message: OutboundMessage, on link: ZeroMQLink) -> SendOutcome {
        let (outcome, mustWake): (SendOutcome, Bool) = shared.withLock { shared in
            guard !link.outbox.isClosed else { return (.closed, false) }
            if link.outbox.messageCount >= settings.maxQueuedMessageCount {
                return (.full(limit: settings.maxQueuedMessageCount), false)
            }
            if link.outbox.byteCount >= settings.maxQueuedByteCount {
                return (.full(limit: settings.maxQueuedByteCount), false)
            }
            link.outbox.append(message)
            guard !link.outbox.isScheduled else { return (.queued, false) }
            link.outbox.isScheduled = true
            shared.scheduled.append(link)
            return (.queued, Self.wake(&shared))
        }
        if mustWake { wakeEvent.signal() }
        return outcome
    }

    func open(_ endpoint: Endpoint, peer: NodeID?, serverKey: CurvePublicKey?) -> ZeroMQLink {
        let link = ZeroMQLink(
            id: nextLinkID(), loop: self, authenticatedPeer: serverKey == nil ? nil : peer,
            remoteDescription: endpoint.rawValue, routingID: nil)
        leave { $0.opening.append(Dial(link: link, endpoint: endpoint, serverKey: serverKey)) }
        return link
    }

    func close(_ link: ZeroMQLink) {
        leave { shared in
            guard !link.outbox.isClosed else { return }
            link.outbox.isClosed = true
            shared.closing.append(link)
        }
    }

    func wakeUp() { leave { $0.isTickWanted = true } }

    /// Runs a job on the loop's thread.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrentThread {
            localJobs.append(job)
        } else {
            let hasEnded = shared.withLock { shared in
                if !shared.hasEnded { shared.jobs.append(job) }
                return shared.hasEnded
            }
            // A job must run somewhere even after the end.
            if hasEnded { return job.runSynchronously(on: asUnownedTaskExecutor()) }
            leave { _ in }
        }
    }

    private var isCurrentThread: Bool {
        guard let thread else { return false }
        return pthread_equal(pthread_self(), thread) != 0
    }

    private func leave(_ change: (inout Shared) -> Void) {
        let mustWake = shared.withLock { shared in
            change(&shared)
            return Self.wake(&shared)
        }
        if mustWake { wakeEvent.signal() }
    }

    /// Whether the loop sleeps and nobody has woken it yet.
    private static func wake(_ shared: inout Shared) -> Bool {
        defer { shared.isSleeping = false }
        return shared.isSleeping
    }

    // MARK: - Life

    func start(reportingTo receiver: any TransportReceiver) throws -> Endpoint? {
        let endpoint = try sockets.bind()
        sockets.receiver = receiver
        let loop = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<SocketLoop>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, loop.toOpaque())
        guard code == 0 else {
            loop.release()
            throw ActorSystemError.invalidSettings("no thread could be started (error \(code))")
        }
        pthread_detach(thread)
        return endpoint
    }

    /// Ends the thread, and waits until its sockets are closed.
    func stop() async {
        await withCheckedContinuation { continuation in
            let hasEnded = shared.withLock { shared in
                if !shared.hasEnded, sockets.receiver != nil {
                    shared.isStopping = true
                    shared.stopWaiter = continuation
                    return false
                }
                return true
            }
            if hasEnded { continuation.resume() } else { leave { _ in } }
        }
    }

    // MARK: - The thread

    private func run() {
        thread = pthread_self()
        clinux_name_thread("actors-io")
        var nextTick = ContinuousClock.now
        while true {
            let work = shared.withLock { shared in
                let work = shared
                shared.scheduled = []
                shared.opening = []
                shared.closing = []
                shared.jobs = []
                shared.isTickWanted = false
                return work
            }
            for dial in work.opening { sockets.dial(dial) }
            for link in work.scheduled { flush(link) }
            for link in work.closing { sockets.close(link) }
            runJobs(work.jobs)
            if work.isStopping { break }
            for link in sockets.receive() { flush(link) }
            runJobs([])
            let now = ContinuousClock.now
            if work.isTickWanted || now >= nextTick {
                nextTick = sockets.receiver?.tick(now: now) ?? now.advanced(by: .seconds(1))
            }
            if sockets.hasWork || !localJobs.isEmpty { continue }
            sleep(until: nextTick, now: now)
        }
        end()
    }

    /// Sends what waits on a link.
    private func flush(_ link: ZeroMQLink) {
        if link.unsent.isEmpty {
            link.unsent = shared.withLock { _ in link.outbox.takeAll() }
        }
        sockets.sendUnsent(of: link)
        // What could not be sent now is tried again when the socket has news.
        if !link.unsent.isEmpty { sockets.stall(link) }
    }

    private func runJobs(_ jobs: [UnownedJob]) {
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        // Jobs may make further jobs; after a fair number the sockets have their turn.
        var budget = 1_024
        while !localJobs.isEmpty, budget > 0 {
            let batch = localJobs
            localJobs.removeAll(keepingCapacity: true)
            for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
            budget -= batch.count
        }
    }

    private func sleep(until nextTick: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        let maySleep = shared.withLock { shared in
            let isIdle =
                shared.scheduled.isEmpty && shared.opening.isEmpty && shared.closing.isEmpty
                && shared.jobs.isEmpty && !shared.isTickWanted && !shared.isStopping
            shared.isSleeping = isIdle
            return isIdle
        }
        guard maySleep else { return }
        sockets.wait(atMost: now.duration(to: nextTick))
        shared.withLock { $0.isSleeping = false }
    }

    private func end() {
        sockets.closeAll()
        // Tasks that prefer this thread must still end.
        let (jobs, waiter) = shared.withLock { shared in
            shared.hasEnded = true
            defer { shared.jobs = [] }
            return (shared.jobs, shared.stopWaiter)
        }
        runJobs(jobs)
        thread = nil
        waiter?.resume()
    }
}
