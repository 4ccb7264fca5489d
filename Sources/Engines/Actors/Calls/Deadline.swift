/// The instant until which an answer is wanted.
///
/// It travels with calls: what a callee calls in turn has the same deadline.
public struct Deadline: Sendable, Hashable, Comparable {
    /// The instant, on this process's clock.
    public let instant: ContinuousClock.Instant

    /// Makes a deadline at an instant.
    public init(at instant: ContinuousClock.Instant) { self.instant = instant }

    /// The deadline that is `duration` from now.
    public static func after(_ duration: Duration) -> Deadline {
        Deadline(at: .now.advanced(by: duration))
    }

    /// The deadline of the task that asks.
    @TaskLocal public static var current: Deadline?

    /// What is left; negative once it has passed.
    public var remaining: Duration { ContinuousClock.now.duration(to: instant) }

    /// The earlier one comes first.
    public static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }
}

/// Runs `body` with a deadline: calls that it makes fail once `duration` is over, on both sides.
///
/// A deadline that is earlier already stays as it is.
public func withDeadline<Result>(
    _ duration: Duration, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
) async rethrows -> Result {
    let wanted = Deadline.after(duration)
    let deadline = Deadline.current.map { min($0, wanted) } ?? wanted
    return try await Deadline.$current.withValue(deadline, operation: body)
}
