import Glibc
import Synchronization

/// A serial executor that owns one thread, for actors whose work blocks: disk writes, fsync, LevelDB.
///
/// The cooperative pool has one thread a core, so that a blocked one stops half of a small machine;
/// an actor that names this executor in its `unownedExecutor` never runs there.
///
/// Jobs run in the order in which they were enqueued, whatever their priority: a group commit relies
/// on it. The thread ends when the last reference to the executor is gone and all jobs have run.
///
/// Thread safety: any thread may enqueue.
public final class ThreadExecutor: SerialExecutor {
    /// A job keeps its executor alive: the runtime knows the executor by an unowned reference only.
    private enum Item {
        case job(UnownedJob, ThreadExecutor)
        case body(@Sendable () -> Void)
    }

    private let queue = BlockingQueue<Item>()
    /// The number of the thread, 0 until it runs.
    private let thread: Thread

    private final class Thread: Sendable {
        let number = Atomic<UInt>(0)
    }

    /// Starts the thread.
    ///
    /// - Parameter name: What debuggers and `top -H` show; the system keeps 15 bytes of it.
    public init(name: String) {
        let thread = Thread()
        self.thread = thread
        startThread(named: name) { [queue] in
            thread.number.store(UInt(pthread_self()), ordering: .relaxed)
            while let item = queue.next() {
                switch item {
                case .job(let job, let executor):
                    job.runSynchronously(on: executor.asUnownedSerialExecutor())
                case .body(let body):
                    body()
                }
            }
        }
    }

    deinit { queue.close() }

    /// Runs the job on the thread, after all that were enqueued before.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(.job(UnownedJob(job), self))
    }

    /// Runs a closure on the thread, after all that was enqueued before: a task would cost a visit
    /// to the cooperative pool.
    ///
    /// Actors of this executor may be entered by `assumeIsolated`.
    ///
    /// - Parameter body: Must keep the executor alive for as long as it matters.
    public func run(_ body: @escaping @Sendable () -> Void) { queue.append(.body(body)) }

    /// Traps unless this is the executor's thread.
    public func checkIsolated() {
        precondition(
            thread.number.load(ordering: .relaxed) == UInt(pthread_self()),
            "this is not the thread of the executor")
    }
}

/// Runs tasks on the thread of a ``ThreadExecutor``: what begins there goes on there, without a visit
/// to the cooperative pool and the wake-ups that it costs.
public final class ThreadTaskExecutor: TaskExecutor {
    private let thread: ThreadExecutor

    /// Makes an executor of tasks.
    public init(_ thread: ThreadExecutor) { self.thread = thread }

    /// Runs the job on the thread, after all that was enqueued before.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        thread.run { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
