/// When a read that is not answered is asked of a second replica, and whether there is room for it.
///
/// Who waits for a slow replica waits for the slowest of all shards, so that a search over many shards
/// is as slow as the worst of them nearly always. A second call after the time that nearly all calls
/// take costs a few calls in a hundred and cuts that tail.
///
/// Pure: it is told how long calls took and reads no clock. All kinds of reads of all shards share one
/// budget, which is filled by calls and not by time: when everything is slow, hedges must not make it
/// slower. Hints only, as ``GroupBoard``.
///
/// *Invariants*: never more hedges than ``share`` of the calls that began; nothing is kept of keys that
/// ``keep(_:)`` did not let live.
/// *Source*: Dean and Barroso 2013, "The Tail at Scale", hedged requests.
package struct HedgeBoard<Key: Hashable & Sendable>: Sendable {
    /// How many hedges a call pays for: one in twenty at most.
    package static var share: Double { 0.05 }
    /// How many hedges are saved up at most, for a replica that stands still for a moment.
    package static var maxTokenCount: Double { 16 }
    /// No read is hedged before: below that a second call costs more than it wins.
    package static var minDelay: Duration { .milliseconds(5) }

    private var times: [Key: RecentTimes] = [:]
    private var tokenCount = 0.0

    /// Makes a board that knows no times and has no budget yet.
    package init() {}

    /// A call begins, and pays its share into the budget.
    ///
    /// - Returns: After how long without an answer to ask ``takeHedge()``; nil: too little is known of
    ///   such calls, or a hedge could not be paid for.
    package mutating func begin(_ key: Key) -> Duration? {
        tokenCount = min(Self.maxTokenCount, tokenCount + Self.share)
        guard tokenCount >= 1, let usual = times[key]?.percentile95 else { return nil }
        return max(Self.minDelay, usual)
    }

    /// Whether a hedge may be sent now; it is paid for then.
    package mutating func takeHedge() -> Bool {
        guard tokenCount >= 1 else { return false }
        tokenCount -= 1
        return true
    }

    /// How long the first call of a read took, or had taken when the second one won: then it would have
    /// taken longer, which is all that the percentile needs to know.
    package mutating func took(_ duration: Duration, _ key: Key) {
        times[key, default: RecentTimes()].add(duration)
    }

    /// Forgets all other keys.
    package mutating func keep(_ isKept: (Key) -> Bool) { times = times.filter { isKept($0.key) } }
}

/// How long the last calls took, in a ring.
///
/// Pure. *Complexity*: adding is O(1), but for one in ``refreshInterval`` that sorts the ring.
struct RecentTimes: Sendable {
    /// How many are remembered: enough for a 95th percentile, and few enough to forget a bad minute.
    static let capacity = 128
    /// Fewer say nothing.
    static let minCount = 20
    /// After how many times the percentile is computed again.
    static let refreshInterval = 16

    /// In microseconds.
    private var ring: [UInt32] = []
    private var next = 0
    private var newCount = 0
    /// What 95 of 100 calls take at most; nil: too few are known.
    private(set) var percentile95: Duration?

    mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = Double(seconds) * 1e6 + Double(attoseconds) / 1e12
        let time = UInt32(min(max(0, microseconds), 4e9))
        if ring.count < Self.capacity { ring.append(time) } else { ring[next] = time }
        next = (next + 1) % Self.capacity
        newCount += 1
        guard ring.count >= Self.minCount,
            percentile95 == nil || newCount >= Self.refreshInterval
        else { return }
        newCount = 0
        percentile95 = .microseconds(Int64(ring.sorted()[ring.count * 95 / 100]))
    }
}
