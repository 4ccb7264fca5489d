internal import CLinux
internal import Logging
internal import Synchronization
internal import ZeroMQ

#if canImport(Glibc)
    internal import Glibc
#endif

/// The thread that receives, and sends under load.
///
/// Other threads leave messages for it under one lock. While it is awake it sends all that waits,
/// many small envelopes as one ZeroMQ message, receives all that is there and runs short jobs (it
/// is a `TaskExecutor`). When it sleeps in `epoll_wait`, a caller sends its message itself: handing
/// it over would cost a thread's waking, which is a third of a whole call
/// (`docs/decisions/0003-send-from-the-caller.md`).
///
/// *Invariants*: sockets are only touched with `socketLock` held, which the loop gives up when it
/// sleeps. Every socket that was touched is received from until nothing is there before the thread
/// sleeps, because libzmq's file descriptors are edge-triggered. Only the loop's thread reports to
/// the receiver.
final class SocketLoop: TaskExecutor, @unchecked Sendable {
    // @unchecked Sendable: `shared` is guarded by its lock, `sockets` by `socketLock`, `localJobs`
    // belongs to the loop's thread, and the rest never changes.

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
        var hasStarted = false
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
    private let poller = Poller()
    private let socketLock = Mutex(())
    private let sockets: LoopSockets
    private let settings: ClusterActorSystem.Settings
    private let linkNumbers = Atomic<UInt64>(1)
    /// Jobs that the loop's own work has made; its thread only.
    private var localJobs: [UnownedJob] = []
    /// The loop's thread; 0 before it runs and after its end.
    private let thread = Atomic<pthread_t>(0)

    init(_ settings: ClusterActorSystem.Settings) throws {
        self.settings = settings
        sockets = try LoopSockets(settings, poller: poller, wakeEvent: wakeEvent)
        sockets.setLoop(self)
    }

    // MARK: - From any thread

    func nextLinkID() -> UInt64 { linkNumbers.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Queues a message.
    func enqueue(_ message: OutboundMessage, on link: ZeroMQLink) -> SendOutcome {
        let (outcome, isAsleep): (SendOutcome, Bool) = shared.withLock { shared in
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
            // Awake, the loop finds the link before it sleeps.
            if !shared.isSleeping { shared.scheduled.append(link) }
            return (.queued, shared.isSleeping)
        }
        if isAsleep { sendFromHere(link) }
        return outcome
    }

    /// Sends what waits on a link without waking the loop, unless that is needed after all.
    private func sendFromHere(_ link: ZeroMQLink) {
        let isDone = socketLock.withLockIfAvailable { _ in
            flush(link)
            return !sockets.hasWork
        }
        switch isDone {
        case true?: return
        case false?: leave { _ in }
        case nil: leave { $0.scheduled.append(link) }  // someone else is at the sockets
        }
    }

    func open(_ endpoint: Endpoint, peer: NodeID?, serverKey: CurvePublicKey?) -> ZeroMQLink {
        let link = ZeroMQLink(
            id: nextLinkID(), loop: self, authenticatedPeer: serverKey == nil ? nil : peer,
            remoteDescription: endpoint.rawValue, routingID: nil)
        leave { $0.opening.append(Dial(link: link, endpoint: endpoint, serverKey: serverKey)) }
        return link
    }

    func isClosed(_ link: ZeroMQLink) -> Bool {
        shared.withLock { _ in link.outbox.isClosed }
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
        // A thread sees its own number at least, which is all that matters here.
        thread.load(ordering: .relaxed) == pthread_self()
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
        let endpoint = try socketLock.withLock { _ in
            sockets.receiver = receiver
            return try sockets.bind()
        }
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
        shared.withLock { $0.hasStarted = true }
        return endpoint
    }

    /// Ends the thread, and waits until its sockets are closed.
    func stop() async {
        await withCheckedContinuation { continuation in
            let hasEnded = shared.withLock { shared in
                if !shared.hasEnded, shared.hasStarted {
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
        thread.store(pthread_self(), ordering: .relaxed)
        clinux_name_thread("actors-io")
        var nextTick = ContinuousClock.now
        var roundsWithoutSleep = 0
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
            let receiver = socketLock.withLock { _ in
                for dial in work.opening { sockets.dial(dial) }
                for link in work.scheduled { flush(link) }
                for link in work.closing { sockets.close(link) }
                for link in sockets.receive() { flush(link) }
                return sockets.receiver
            }
            runJobs(work.jobs)
            if work.isStopping { break }
            let now = ContinuousClock.now
            if work.isTickWanted || now >= nextTick {
                nextTick = receiver?.tick(now: now) ?? now.advanced(by: .seconds(1))
            }
            if localJobs.isEmpty, sleep(until: nextTick, now: now) {
                roundsWithoutSleep = 0
            } else {
                // A loop that is never idle must still look at sockets that it did not touch.
                roundsWithoutSleep += 1
                if roundsWithoutSleep % Self.roundsBetweenPolls == 0 { poll(atMost: .zero) }
            }
        }
        end()
    }

    /// Sends what waits on a link.
    private func flush(_ link: ZeroMQLink) {
        repeat {
            if link.unsent.isEmpty {
                link.unsent = shared.withLock { _ in link.outbox.takeAll() }
                // Only an outbox that was found empty is scheduled again by the next message.
                if link.unsent.isEmpty { return }
            }
            sockets.sendUnsent(of: link)
        } while link.unsent.isEmpty
        // What could not be sent now is tried again when the socket has news.
        sockets.stall(link)
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

    /// How many rounds of work go by before the sockets that were not touched are looked at.
    private static let roundsBetweenPolls = 8

    /// Sleeps unless there is something to do.
    ///
    /// - Returns: Whether it slept.
    private func sleep(
        until nextTick: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) -> Bool {
        let maySleep = socketLock.withLock { _ in
            guard !sockets.hasWork else { return false }
            return shared.withLock { shared in
                let isIdle =
                    shared.scheduled.isEmpty && shared.opening.isEmpty && shared.closing.isEmpty
                    && shared.jobs.isEmpty && !shared.isTickWanted && !shared.isStopping
                shared.isSleeping = isIdle
                return isIdle
            }
        }
        guard maySleep else { return false }
        // Whoever sends from now on until the loop is awake again does so by itself.
        poll(atMost: now.duration(to: nextTick))
        return true
    }

    private func poll(atMost duration: Duration) {
        let news = poller.wait(atMost: duration)
        shared.withLock { $0.isSleeping = false }
        socketLock.withLock { _ in sockets.note(news) }
    }

    private func end() {
        socketLock.withLock { _ in sockets.closeAll() }
        // Tasks that prefer this thread must still end.
        let (jobs, waiter) = shared.withLock { shared in
            shared.hasEnded = true
            defer { shared.jobs = [] }
            return (shared.jobs, shared.stopWaiter)
        }
        runJobs(jobs)
        // A job may make another; from here on nobody but these jobs can.
        while !localJobs.isEmpty { runJobs([]) }
        thread.store(0, ordering: .relaxed)
        waiter?.resume()
    }
}
