/// How many requests may run at once, found by how long they take.
///
/// Pure. While requests take as long as they do when there are few, the limit grows by the square root
/// of itself; when they take longer than ``tolerance`` times that, more of them at once only wait for
/// each other, and the limit shrinks in proportion.
///
/// *Source*: the gradient of Netflix's concurrency-limits, itself after TCP Vegas. Differs: the
/// undisturbed time is the least mean of the last ``memory`` windows, so that it follows a load that
/// has become heavier.
/// *Invariant*: `range` contains `value`.
package struct ConcurrencyLimit: Sendable, Equatable {
    /// The limit.
    package var value: Int { Int(exactValue) }
    private var exactValue: Double
    private let range: ClosedRange<Int>

    private var windowSum = Duration.zero
    private var windowCount = 0
    /// The means of the last windows, the newest last.
    private var means: [Duration] = []
    /// The mean of the last window that is full; nil before.
    package private(set) var mean: Duration?

    /// How many requests make a window.
    package static let windowCount = 64
    /// How many windows are remembered.
    package static let memory = 64
    /// How much longer than undisturbed a request may take before the limit shrinks.
    package static let tolerance = 1.5

    /// Begins at the middle of the range.
    package init(_ range: ClosedRange<Int>) {
        precondition(range.lowerBound >= 1, "nothing can run under a limit of \(range)")
        self.range = range
        exactValue = Double(min(range.upperBound, max(range.lowerBound, 32)))
    }

    /// Tells how long a request took to run, and whether the limit was used up when it began.
    package mutating func add(_ duration: Duration, whileFull isFull: Bool) {
        windowSum += duration
        windowCount += 1
        guard windowCount >= Self.windowCount else { return }
        let mean = windowSum / windowCount
        windowSum = .zero
        windowCount = 0
        self.mean = mean
        means.append(mean)
        if means.count > Self.memory { means.removeFirst() }
        let undisturbed = means.min() ?? mean
        let gradient =
            mean > .zero ? min(1, max(0.5, Self.tolerance * (undisturbed / mean))) : 1
        // A limit that nobody reaches says nothing about more.
        guard gradient < 1 || isFull else { return }
        let wanted = exactValue * gradient + (gradient < 1 ? 0 : exactValue.squareRoot())
        exactValue = min(Double(range.upperBound), max(Double(range.lowerBound), wanted))
    }
}
