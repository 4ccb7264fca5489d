import Foundation

/// Wall and processor seconds.
struct Elapsed {
    let wall: Double
    let processor: Double

    /// The least of each.
    func least(_ other: Elapsed) -> Elapsed {
        Elapsed(wall: min(wall, other.wall), processor: min(processor, other.processor))
    }
}

/// Measures from its creation; the processor's seconds are of all threads of this process.
struct Stopwatch {
    private let start = ContinuousClock.now
    private let processorStart = Self.processorSeconds()

    var elapsed: Elapsed {
        Elapsed(
            wall: (ContinuousClock.now - start) / .seconds(1),
            processor: Self.processorSeconds() - processorStart)
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
