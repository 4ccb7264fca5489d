import Glibc
import Primitives
import Testing

@Suite struct `A thread executor` {
    @Test func `runs an actor on one thread of its own`() async {
        let (first, second) = (Diary(name: "first"), Diary(name: "second"))
        let threads = [await first.thread(), await first.thread(), await second.thread()]
        #expect(threads[0] == threads[1])
        #expect(threads[0] != threads[2])
    }

    @Test func `names its thread`() async {
        #expect(await Diary(name: "a name that is too long").threadName() == "a name that is ")
    }

    @Test func `runs jobs in the order in which they came`() async {
        let diary = Diary(name: "order")
        await diary.writeThroughLaterJobs(count: 100)
        #expect(await diary.entries == Array(0..<100))
    }

    @Test func `lets an actor wait without holding the thread`() async {
        let executor = ThreadExecutor(name: "shared")
        let (waiting, waking) = (Diary(on: executor), Diary(on: executor))
        async let entry = waiting.waitForEntry()
        while await !waiting.isWaiting { await Task.yield() }
        await waking.hand(over: 7, to: waiting)
        #expect(await entry == 7)
    }

    @Test func `ends its thread when it is gone`() async {
        // The thread holds the diary's executor only while it runs a job of it.
        weak var executor: ThreadExecutor?
        do {
            let diary = Diary(name: "gone")
            await diary.write(1)
            executor = diary.executor
        }
        while executor != nil { await Task.yield() }
    }
}

/// An actor that tells where it runs.
private actor Diary {
    let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private(set) var entries: [Int] = []
    private var waiter: CheckedContinuation<Int, Never>?

    init(name: String) { executor = ThreadExecutor(name: name) }
    init(on executor: ThreadExecutor) { self.executor = executor }

    var isWaiting: Bool { waiter != nil }

    func thread() -> pthread_t { pthread_self() }

    func threadName() -> String {
        let file = open("/proc/thread-self/comm", O_RDONLY)
        defer { close(file) }
        var name = [UInt8](repeating: 0, count: 16)
        let count = read(file, &name, name.count)
        return String(decoding: name.prefix(max(0, count - 1)), as: UTF8.self)
    }

    func write(_ entry: Int) { entries.append(entry) }

    /// Enqueues jobs from the thread itself, so that their order is known.
    func writeThroughLaterJobs(count: Int) async {
        let jobs = (0..<count).map { entry in Task { write(entry) } }
        for job in jobs { await job.value }
    }

    func waitForEntry() async -> Int { await withCheckedContinuation { waiter = $0 } }

    func resume(with entry: Int) { waiter?.resume(returning: entry) }

    func hand(over entry: Int, to other: Diary) async { await other.resume(with: entry) }
}
