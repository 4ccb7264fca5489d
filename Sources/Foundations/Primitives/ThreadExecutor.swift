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
    private typealias Item = (job: UnownedJob, executor: ThreadExecutor)

    private let queue = BlockingQueue<Item>()

    /// Starts the thread.
    ///
    /// - Parameter name: What debuggers and `top -H` show; the system keeps 15 bytes of it.
    public init(name: String) {
        startThread(named: name) { [queue] in
            while let item = queue.next() {
                item.job.runSynchronously(on: item.executor.asUnownedSerialExecutor())
            }
        }
    }

    deinit { queue.close() }

    /// Runs the job on the thread, after all that were enqueued before.
    public func enqueue(_ job: consuming ExecutorJob) { queue.append((UnownedJob(job), self)) }
}
