import Foundation

/// Tells how far an import is: a bar on a terminal, else a line every few seconds.
package struct ImportProgress {
    private let start = ContinuousClock.now
    private var lastPrint: ContinuousClock.Instant?
    private let isInteractive: Bool
    /// How many rows were stored before this run.
    private let skippedCount: Int

    private static let barWidth = 28
    private static let drawInterval = Duration.milliseconds(100)
    private static let lineInterval = Duration.seconds(3)

    init(isInteractive: Bool, skippedCount: Int) {
        self.isInteractive = isInteractive
        self.skippedCount = skippedCount
    }

    /// Tells, if it is time.
    ///
    /// - Parameters:
    ///   - storedCount: How many rows this run has stored.
    ///   - total: How many rows there are, if that is known.
    ///   - fraction: How much of the source was stored, if that is known.
    mutating func update(storedCount: Int, total: Int?, fraction: Double?) {
        let now = ContinuousClock.now
        let interval = isInteractive ? Self.drawInterval : Self.lineInterval
        guard (lastPrint ?? start).duration(to: now) >= interval else { return }
        lastPrint = now
        let text = Self.line(
            storedCount: storedCount, skippedCount: skippedCount, total: total,
            fraction: fraction, elapsed: start.duration(to: now))
        write(isInteractive ? "\r\u{1B}[K\(Self.bar(fraction)) \(text)" : text + "\n")
    }

    /// Ends the display.
    func finish() {
        if isInteractive, lastPrint != nil { write("\r\u{1B}[K") }
    }

    /// How long it took so far.
    var elapsed: Duration { start.duration(to: .now) }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static func bar(_ fraction: Double?) -> String {
        let filled = Int((fraction ?? 0) * Double(barWidth))
        return "[" + String(repeating: "█", count: filled)
            + String(repeating: "·", count: barWidth - filled) + "]"
    }

    /// `38%  44,032 of 117,659 rows  5,120 rows/s  14 s left`.
    package static func line(
        storedCount: Int, skippedCount: Int, total: Int?, fraction: Double?, elapsed: Duration
    ) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = Double(storedCount) / max(seconds, 0.001)
        var parts: [String] = []
        if let fraction { parts.append("\(Int(fraction * 100))%") }
        let stored = format(skippedCount + storedCount)
        parts.append(total.map { "\(stored) of \(format($0)) rows" } ?? "\(stored) rows")
        parts.append("\(format(Int(rate))) rows/s")
        if let total, rate > 0 {
            let left = Double(total - skippedCount - storedCount) / rate
            parts.append("\(Int(left.rounded(.up))) s left")
        } else if let fraction, fraction > 0.01 {
            parts.append("\(Int((seconds / fraction * (1 - fraction)).rounded(.up))) s left")
        }
        return parts.joined(separator: "  ")
    }
}
