/// A point of time on the wall clock, in whole seconds since 1970 without leap seconds.
///
/// For what people and other machines are told, and for what has to hold across restarts; how long
/// something takes is measured by a `ContinuousClock`.
public struct Timestamp: RawRepresentable, Sendable, Hashable {
    /// Seconds since 1970.
    public var rawValue: Int64

    /// Makes a time of seconds since 1970.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// Makes a time of seconds since 1970.
    public init(_ secondCount: Int64) { rawValue = secondCount }

    /// The time so much later, in whole seconds; what is out of range is the last or first one.
    public func advanced(by duration: Duration) -> Timestamp {
        let (sum, isOver) = rawValue.addingReportingOverflow(duration.components.seconds)
        return Timestamp(isOver ? (duration < .zero ? .min : .max) : sum)
    }
}

extension Timestamp: Comparable {
    /// The earlier one is less.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Timestamp: Codable {
    /// A single number.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// A single number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
