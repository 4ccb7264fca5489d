import Synchronization

/// Tells the one writer which readers may still be under way.
///
/// A reader counts itself in the epoch in which it began. The writer advances the epoch when nobody
/// is left in the one before, so readers are in the current epoch or in the one before it, and what
/// was retired in epoch `e` is out of everybody's sight once the epoch is `e + 2`.
///
/// Thread safety: any number of readers, one writer; nobody waits for anybody. A reader that counts
/// itself while the epoch moves on takes itself off again and repeats, which at worst keeps the
/// writer from advancing for that moment. The reader writes its count and then reads the epoch, the
/// writer writes the epoch and then reads the count: both in one sequentially consistent order, so
/// at least one of them sees the other.
///
/// *Source*: Fraser 2004, *Practical lock-freedom*, section 5.2.3, with two epochs instead of three.
package final class ReadEpochs: Sendable {
    private let epoch = Atomic<UInt64>(0)
    private let evenReaderCount = Atomic<Int>(0)
    private let oddReaderCount = Atomic<Int>(0)

    /// Nobody reads, and nothing was retired.
    package init() {}

    /// Runs a reader: what it can find stays what it is until `body` ends.
    package func read<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let pinned = pin()
        defer { unpin(pinned) }
        return try body()
    }

    /// The current epoch: what is retired now, is retired in it.
    package var current: UInt64 { epoch.load(ordering: .sequentiallyConsistent) }

    /// Whether what was retired in an epoch is out of the sight of all readers.
    package func isPast(_ retired: UInt64) -> Bool { retired + 2 <= current }

    /// Advances as far as the readers allow, by two epochs at most, and returns the epoch.
    ///
    /// The writer's call.
    @discardableResult
    package func advance() -> UInt64 {
        for _ in 0..<2 {
            let now = current
            guard readerCount(now + 1, { $0.load(ordering: .sequentiallyConsistent) }) == 0 else {
                break
            }
            epoch.store(now + 1, ordering: .sequentiallyConsistent)
        }
        return current
    }

    /// Begins a reader that ends with `unpin`.
    func pin() -> UInt64 {
        while true {
            let now = current
            readerCount(now) { _ = $0.add(1, ordering: .sequentiallyConsistent) }
            if current == now { return now }
            unpin(now)
        }
    }

    /// Ends a reader.
    func unpin(_ pinned: UInt64) {
        readerCount(pinned) { _ = $0.subtract(1, ordering: .sequentiallyConsistent) }
    }

    /// The readers of even or of odd epochs.
    private func readerCount<Result>(
        _ epoch: UInt64, _ body: (borrowing Atomic<Int>) -> Result
    ) -> Result {
        epoch & 1 == 0 ? body(evenReaderCount) : body(oddReaderCount)
    }
}
