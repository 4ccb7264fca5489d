import Gateway
import Primitives
import Testing

private let start = ContinuousClock.now

@Suite struct `A token bucket` {
    private let limit = TokenBucket.Limit(rate: 10, burst: 3)

    @Test func `gives its burst at once and its rate after that`() {
        var bucket = TokenBucket(limit, at: start)
        for _ in 0..<3 { #expect(bucket.take(1, limit, at: start) == nil) }
        #expect(bucket.take(1, limit, at: start) == .milliseconds(100))
        #expect(bucket.take(1, limit, at: start.advanced(by: .milliseconds(99))) != nil)
        #expect(bucket.take(1, limit, at: start.advanced(by: .milliseconds(101))) == nil)
        #expect(bucket.take(1, limit, at: start.advanced(by: .milliseconds(102))) != nil)
    }

    @Test func `says to wait for as long as it takes`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1_000 {
            let limit = TokenBucket.Limit(
                rate: .random(in: 0.1...1_000, using: &generator),
                burst: .random(in: 1...100, using: &generator))
            var bucket = TokenBucket(limit, at: start)
            var now = start
            for _ in 0..<20 {
                let cost = Double.random(in: 0...50, using: &generator)
                guard let wait = bucket.take(cost, limit, at: now) else { continue }
                now = now.advanced(by: wait + .microseconds(1))
                #expect(bucket.take(cost, limit, at: now) == nil)
            }
        }
    }

    @Test func `of nothing gives nothing`() {
        let limit = TokenBucket.Limit(rate: 0, burst: 0)
        var bucket = TokenBucket(limit, at: start)
        #expect(bucket.take(1, limit, at: start) == TokenBucket.maxWait)
    }
}

@Suite struct `A rate limiter` {
    private let limit = TokenBucket.Limit(rate: 1, burst: 2)

    @Test func `counts each key for itself`() {
        var limiter = RateLimiter<String>(capacity: 10)
        for key in ["a", "b"] {
            for _ in 0..<2 { #expect(limiter.take(from: key, limit, at: start) == nil) }
            #expect(limiter.take(from: key, limit, at: start) == .seconds(1))
        }
    }

    @Test func `is bounded, and forgets those with full buckets first`() {
        var limiter = RateLimiter<Int>(capacity: 100)
        _ = limiter.take(2, from: -1, limit, at: start)
        var now = start
        for number in 0..<10_000 {
            // Strangers come, each once, slowly enough that most buckets are full again.
            now = now.advanced(by: .microseconds(100))
            _ = limiter.take(0, from: number, limit, at: now)
            #expect(limiter.count <= 100)
        }
        #expect(limiter.take(1.5, from: -1, limit, at: now) != nil, "the spender was forgotten")
    }
}

@Suite struct `A table of what holds for a while` {
    @Test func `forgets in time, and the oldest when it is full`() {
        var table = ExpiringTable<Int, String>(capacity: 3)
        for number in 0..<5 {
            table.insert("\(number)", for: number, until: start.advanced(by: .seconds(number)))
        }
        #expect(table.count == 3)
        #expect(table.value(of: 1, at: start) == nil)
        #expect(table.value(of: 2, at: start) == "2")
        #expect(table.value(of: 2, at: start.advanced(by: .seconds(2))) == nil)
    }

    @Test func `stays bounded when one key comes over and over`() {
        var table = ExpiringTable<Int, Int>(capacity: 4)
        table.insert(0, for: 1, until: start.advanced(by: .seconds(1)))
        for number in 0..<1_000 {
            table.insert(number, for: 0, until: start.advanced(by: .seconds(1)))
        }
        #expect(table.value(of: 0, at: start) == 999)
        table.remove(0)
        #expect(table.value(of: 0, at: start) == nil)
    }
}
