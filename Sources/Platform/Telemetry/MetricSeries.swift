internal import Synchronization

/// One number, or one distribution, that a program changes and the exposition reads.
///
/// Thread safety: any thread may call anything.
package final class MetricSeries: Sendable {
    /// What a series is.
    package enum Kind: Sendable, Hashable {
        case counter, gauge
        /// By these upper bounds, in the unit of the values.
        case histogram(bounds: [Double])

        /// The word of the exposition format.
        var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private struct State {
        var value = 0.0
        /// How many values there are up to each bound, and above all.
        var counts: [UInt64]
        var total: UInt64 = 0
    }

    let kind: Kind
    private let state: Mutex<State>

    init(_ kind: Kind) {
        self.kind = kind
        var counts: [UInt64] = []
        if case .histogram(let bounds) = kind { counts = Array(repeating: 0, count: bounds.count) }
        state = Mutex(State(counts: counts))
    }

    /// Adds to the value.
    package func add(_ amount: Double) {
        guard amount.isFinite else { return }
        state.withLock { $0.value += amount }
    }

    /// Replaces the value.
    package func set(_ value: Double) {
        guard value.isFinite else { return }
        state.withLock { $0.value = value }
    }

    /// Adds one value to the distribution.
    package func observe(_ value: Double) {
        guard value.isFinite, case .histogram(let bounds) = kind else { return }
        let bucket = bounds.firstIndex { value <= $0 }
        state.withLock {
            $0.value += value
            $0.total += 1
            if let bucket { $0.counts[bucket] += 1 }
        }
    }

    /// Appends the lines of the series.
    func write(named name: String, labels: String, to text: inout String) {
        let (value, counts, total) = state.withLock { ($0.value, $0.counts, $0.total) }
        guard case .histogram(let bounds) = kind else {
            Self.line(name, labels, value, &text)
            return
        }
        let comma = labels.isEmpty ? "" : ","
        var sum: UInt64 = 0
        for (bound, count) in zip(bounds, counts) {
            sum += count
            Self.line(
                name + "_bucket", "\(labels)\(comma)le=\"\(bound)\"", Double(sum), &text)
        }
        Self.line(name + "_bucket", "\(labels)\(comma)le=\"+Inf\"", Double(total), &text)
        Self.line(name + "_sum", labels, value, &text)
        Self.line(name + "_count", labels, Double(total), &text)
    }

    private static func line(
        _ name: String, _ labels: String, _ value: Double, _ text: inout String
    ) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        // Whole numbers without a point, as far as a double holds them exactly.
        let number = abs(value) < 1e15 && value == value.rounded() ? "\(Int64(value))" : "\(value)"
        text += " \(number)\n"
    }
}
