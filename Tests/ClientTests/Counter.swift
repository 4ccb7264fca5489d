import Synchronization

/// A number that several tasks count up.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    /// The number before, which is one larger from now on.
    @discardableResult
    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
