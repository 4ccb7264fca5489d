/// How values are written in files, variables and flags, and read from there.
enum ValueText {
    /// The units of durations, the largest first.
    private static let durationUnits: [(String, Duration)] = [
        ("m", .seconds(60)), ("s", .seconds(1)), ("ms", .milliseconds(1)),
    ]

    /// The units of byte counts, the largest first.
    private static let byteUnits = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)]

    /// A whole number with a unit: `500ms`, `30s`, `5m`; more than nothing, a day at most.
    static func duration(_ text: String) -> Duration? {
        // "ms" ends in "s" too, but "500m" is no number.
        for (unit, value) in durationUnits where text.hasSuffix(unit) {
            guard let count = Int(text.dropLast(unit.count)), (1...86_400_000).contains(count)
            else { continue }
            let duration = value * count
            return duration <= .seconds(86_400) ? duration : nil
        }
        return nil
    }

    /// The duration as ``duration(_:)`` reads it.
    static func text(_ duration: Duration) -> String {
        for (unit, value) in durationUnits where duration / value == (duration / value).rounded() {
            return "\(Int(duration / value))\(unit)"
        }
        return "\(Int(duration / .milliseconds(1)))ms"
    }

    /// A whole number of bytes, or of `KiB`, `MiB` or `GiB`; a TiB at most.
    static func byteCount(_ text: String) -> Int? {
        for (unit, size) in byteUnits where text.hasSuffix(unit) {
            guard let count = Int(text.dropLast(unit.count)), (1...(1 << 40) / size).contains(count)
            else { return nil }
            return count * size
        }
        return nil
    }

    /// The byte count as ``byteCount(_:)`` reads it.
    static func text(byteCount: Int) -> String {
        guard let (unit, size) = byteUnits.first(where: { byteCount % $0.1 == 0 }) else {
            return "\(byteCount)"
        }
        return "\(byteCount / size)\(unit)"
    }
}
