import Synchronization

/// Tells the one writer which readers may still be under way.
///
/// A reader holds the epoch in which it began. The writer advances the epoch when nobody is left in
/// the one before, so readers are in the current epoch or in the one before it, and what was retired
/// in epoch `e` is out of everybody's sight once the epoch is `e + 2`.
///
/// Thread safety: any number of readers, one writer; the lock is held for a few nanoseconds.
///
/// *Source*: Fraser 2004, *Practical lock-freedom*, section 5.2.3, with two epochs instead of three.
final class ReadEpochs: Sendable {
    private struct State {
        var epoch: UInt64 = 0
        /// The readers of even and of odd epochs.
        var readerCounts = [0, 0]
    }

    private let state = Mutex(State())

    /// Runs a reader.
    func read<Result>(_ body: () throws -> Result) rethrows -> Result {
        let slot = state.withLock { state in
            let slot = Int(state.epoch & 1)
            state.readerCounts[slot] += 1
            return slot
        }
        defer { state.withLock { $0.readerCounts[slot] -= 1 } }
        return try body()
    }

    /// The current epoch: what is retired now, is retired in it.
    var current: UInt64 { state.withLock { $0.epoch } }

    /// Advances as far as the readers allow, by two epochs at most, and returns the epoch.
    func advance() -> UInt64 {
        state.withLock { state in
            for _ in 0..<2 where state.readerCounts[Int((state.epoch + 1) & 1)] == 0 {
                state.epoch += 1
            }
            return state.epoch
        }
    }
}
