import Synchronization

/// A few threads for calls that block or compute for long: reads of LevelDB, walks of a graph.
///
/// Calls wait in one queue, first come first served, which has a limit: a call that would exceed it
/// is refused at once. The threads end when the pool is gone and all calls have run.
///
/// Thread safety: any thread may call anything.
public final class ThreadPool: Sendable {
    /// The queue of a ``ThreadPool`` is full; nothing was done.
    public struct Full: Error, Sendable, Hashable {
        /// How many calls were waiting.
        public let waitingCount: Int

        /// Makes the error.
        public init(waitingCount: Int) { self.waitingCount = waitingCount }
    }

    private let queue = BlockingQueue<@Sendable () -> Void>()
    private let maxWaitingCount: Int
    /// How many calls have not begun.
    private let waitingCount = Mutex(0)

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: What debuggers show; the system keeps 15 bytes of it.
    ///   - threadCount: How many calls run at once, 1 or more.
    ///   - maxWaitingCount: How many more may wait.
    public init(name: String, threadCount: Int, maxWaitingCount: Int = 4096) {
        precondition(threadCount > 0, "a pool of \(threadCount) threads does nothing")
        self.maxWaitingCount = maxWaitingCount
        for _ in 0..<threadCount {
            startThread(named: name) { [queue] in
                while let call = queue.next() { call() }
            }
        }
    }

    deinit { queue.close() }

    /// Runs `body` on one of the threads and returns what it returns.
    ///
    /// - Throws: ``Full``, or what `body` throws.
    public func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try waitingCount.withLock { count in
            guard count < maxWaitingCount else { throw Full(waitingCount: count) }
            count += 1
        }
        return try await withCheckedThrowingContinuation { continuation in
            queue.append { [self] in
                waitingCount.withLock { $0 -= 1 }
                continuation.resume(with: Result(catching: body))
            }
        }
    }
}
