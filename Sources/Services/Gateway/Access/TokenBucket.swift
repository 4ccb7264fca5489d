/// How often something may be done: `rate` times a second, and `burst` times at once after a rest.
///
/// Pure. *Invariant*: `0 <= tokens <= burst`.
package struct TokenBucket: Sendable, Equatable {
    /// How often, and how often at once.
    package struct Limit: Sendable, Equatable {
        /// Times a second; 0: never again once the burst is spent.
        package var rate: Double
        /// Times at once.
        package var burst: Double

        /// Makes a limit.
        package init(rate: Double, burst: Double) {
            precondition(rate >= 0 && burst >= 0, "there is no rate of \(rate), burst \(burst)")
            self.rate = rate
            self.burst = burst
        }
    }

    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// The longest wait that is told: longer ones are told again then.
    package static let maxWait = Duration.seconds(3_600)

    /// A full bucket.
    package init(_ limit: Limit, at now: ContinuousClock.Instant) {
        tokens = limit.burst
        filledAt = now
    }

    /// Takes tokens if they are there.
    ///
    /// A cost above the burst is taken once the bucket is full, so that it is slow and not impossible.
    /// - Returns: How long to wait before trying again; nil if they were taken.
    package mutating func take(
        _ cost: Double = 1, _ limit: Limit, at now: ContinuousClock.Instant
    ) -> Duration? {
        refill(limit, at: now)
        let needed = min(cost, limit.burst)
        if tokens >= needed, needed > 0 || cost == 0 {
            tokens -= needed
            return nil
        }
        guard limit.rate > 0, limit.burst > 0 else { return Self.maxWait }
        return min(Self.maxWait, .seconds((needed - tokens) / limit.rate))
    }

    /// Takes tokens even if they are not there: what was done is counted.
    package mutating func charge(_ cost: Double, _ limit: Limit, at now: ContinuousClock.Instant) {
        refill(limit, at: now)
        tokens = max(0, tokens - cost)
    }

    /// Whether nothing would be lost by forgetting it.
    package mutating func isFull(_ limit: Limit, at now: ContinuousClock.Instant) -> Bool {
        refill(limit, at: now)
        return tokens >= limit.burst
    }

    private mutating func refill(_ limit: Limit, at now: ContinuousClock.Instant) {
        let elapsed = filledAt.duration(to: now)
        if elapsed > .zero {
            tokens += limit.rate * (elapsed / .seconds(1))
            filledAt = now
        }
        // The limit may have become less.
        tokens = min(tokens, limit.burst)
    }
}
