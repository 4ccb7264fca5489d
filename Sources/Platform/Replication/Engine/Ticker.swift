import Glibc
import Primitives
import Synchronization

/// A thread that tells the passing of time: the cooperative pool may be busy when a tick is due.
///
/// Thread safety: any thread may call anything.
final class Ticker: Sendable {
    private let isStopped = Atomic(false)

    /// What a tick brings.
    struct Tick: Sendable {
        /// How many have passed; more than one if the thread was late.
        var count: Int
        /// Whether the process, or the machine, stood still for longer than can be made up for.
        var hasStood: Bool
    }

    /// How many ticks are made up for; of what is beyond nobody could have known.
    private static let maxCount = 2

    /// Starts the thread; it ends with ``stop()``.
    func start(every interval: Duration, _ body: @escaping @Sendable (Tick) -> Void) {
        startThread(named: "raft-tick") { [self] in
            let nanoseconds = Int(interval / .nanoseconds(1))
            var last = ContinuousClock.now
            while !isStopped.load(ordering: .relaxed) {
                var pause = timespec(
                    tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
                nanosleep(&pause, nil)
                let now = ContinuousClock.now
                let count = Int((now - last) / interval)
                guard count > 0 else { continue }
                last = now
                body(Tick(count: min(count, Self.maxCount), hasStood: count > Self.maxCount))
            }
        }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }
}
