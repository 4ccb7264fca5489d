/// A token bucket for each of many, of whom new ones come all the time.
///
/// Pure. Bounded: of more than `capacity` the one that came first is forgotten, those with full buckets
/// before others, so that who has spent its share does not get another by a flood of strangers soon.
/// *Invariant*: `order` has every key of `buckets` once.
package struct RateLimiter<Key: Hashable & Sendable>: Sendable {
    private var buckets: [Key: TokenBucket] = [:]
    /// The keys in the order in which they came; those before `head` are gone.
    private var order: [Key] = []
    private var head = 0
    private let capacity: Int

    /// How many keys are looked at to find one with a full bucket.
    private static var attemptCount: Int { 8 }

    /// Makes a limiter of so many buckets.
    package init(capacity: Int) {
        precondition(capacity > 0, "a limiter without buckets limits nothing")
        self.capacity = capacity
    }

    /// How many buckets there are.
    package var count: Int { buckets.count }

    /// Takes tokens of one key's bucket if they are there.
    ///
    /// - Returns: How long to wait before trying again; nil if they were taken.
    package mutating func take(
        _ cost: Double = 1, from key: Key, _ limit: TokenBucket.Limit,
        at now: ContinuousClock.Instant
    ) -> Duration? {
        if var bucket = buckets[key] {
            defer { buckets[key] = bucket }
            return bucket.take(cost, limit, at: now)
        }
        makeRoom(limit, at: now)
        var bucket = TokenBucket(limit, at: now)
        let wait = bucket.take(cost, limit, at: now)
        buckets[key] = bucket
        order.append(key)
        return wait
    }

    private mutating func makeRoom(_ limit: TokenBucket.Limit, at now: ContinuousClock.Instant) {
        guard buckets.count >= capacity else { return }
        for _ in 0..<Self.attemptCount {
            let key = popFirst()
            if var bucket = buckets[key], !bucket.isFull(limit, at: now) {
                order.append(key)
                continue
            }
            buckets[key] = nil
            return
        }
        buckets[popFirst()] = nil
    }

    private mutating func popFirst() -> Key {
        let key = order[head]
        head += 1
        if head > capacity {
            order.removeFirst(head)
            head = 0
        }
        return key
    }
}
