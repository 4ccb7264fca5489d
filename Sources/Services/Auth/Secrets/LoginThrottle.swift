/// How often a password may be guessed: a bucket of tokens for each name, of users and others alike.
///
/// An attempt takes a token, and gives it back if it succeeds. So that no list of names fills the memory
/// only ``maxNameCount`` are kept; of more the one that is fullest is forgotten, which
/// harms least. An attacker can keep a user from logging in by guessing all the time; keys and
/// sessions go on.
package struct LoginThrottle: Sendable {
    /// How many attempts may fail in a row.
    package static let burst = 10.0
    /// How many seconds a token takes to come back.
    package static let secondsPerToken = 6.0
    /// How many names are kept.
    package static let maxNameCount = 4_096

    private struct Bucket: Sendable {
        var tokens: Double
        var at: ContinuousClock.Instant
    }
    private var buckets: [String: Bucket] = [:]

    /// Nobody has tried.
    package init() {}

    /// How many names are kept now.
    package var nameCount: Int { buckets.count }

    /// Begins an attempt.
    ///
    /// - Returns: Nil if it may be made, or after how long the next one may.
    package mutating func begin(
        _ name: String, at now: ContinuousClock.Instant
    ) -> Duration? {
        var bucket = buckets[name] ?? Bucket(tokens: Self.burst, at: now)
        bucket.tokens = Self.tokens(of: bucket, at: now)
        bucket.at = now
        guard bucket.tokens >= 1 else {
            buckets[name] = bucket
            return .seconds((1 - bucket.tokens) * Self.secondsPerToken)
        }
        bucket.tokens -= 1
        if buckets[name] == nil, buckets.count >= Self.maxNameCount { forgetSome(at: now) }
        buckets[name] = bucket
        return nil
    }

    /// An attempt has succeeded, or failed for another reason than the password.
    package mutating func giveBack(_ name: String) {
        guard var bucket = buckets[name] else { return }
        bucket.tokens = min(Self.burst, bucket.tokens + 1)
        buckets[name] = bucket
    }

    private static func tokens(of bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
        min(burst, bucket.tokens + (now - bucket.at) / .seconds(1) / secondsPerToken)
    }

    private mutating func forgetSome(at now: ContinuousClock.Instant) {
        buckets = buckets.filter { Self.tokens(of: $0.value, at: now) < Self.burst }
        guard buckets.count >= Self.maxNameCount else { return }
        let fullest = buckets.max {
            Self.tokens(of: $0.value, at: now) < Self.tokens(of: $1.value, at: now)
        }
        if let fullest { buckets[fullest.key] = nil }
    }
}
