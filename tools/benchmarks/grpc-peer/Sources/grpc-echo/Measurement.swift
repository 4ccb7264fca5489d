/// The round trips of one run and how long the run took.
struct Measurement: Sendable {
    private let sorted: [Duration]
    private let elapsed: Duration

    init(roundTrips: [Duration], elapsed: Duration) {
        precondition(!roundTrips.isEmpty, "a measurement needs at least one call")
        self.sorted = roundTrips.sorted()
        self.elapsed = elapsed
    }

    /// The output line that all peers of the benchmark share.
    var json: String {
        let callsPerSecond = Double(sorted.count) / (elapsed / .seconds(1))
        return "{\"p50_us\": \(percentile(50)), \"p99_us\": \(percentile(99)), "
            + "\"calls_per_second\": \(callsPerSecond)}"
    }

    /// Nearest rank, in microseconds.
    private func percentile(_ percent: Int) -> Double {
        sorted[min(sorted.count - 1, sorted.count * percent / 100)] / .microseconds(1)
    }
}
