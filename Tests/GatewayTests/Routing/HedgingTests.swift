import Gateway
import Primitives
import Protocols
import Testing

@Suite struct `The board of hedges` {
    private var board = HedgeBoard<Int>()

    /// As many calls as give a full budget, each of which took that long.
    private mutating func warmUp(_ key: Int = 1, _ duration: Duration = .milliseconds(20)) {
        for _ in 0..<400 {
            _ = board.begin(key)
            board.took(duration, key)
        }
    }

    @Test mutating func `waits for the time that nearly all calls of the key take`() {
        warmUp()
        #expect(board.begin(1) == .milliseconds(20))
        // One in ten is slow: the 95th percentile is theirs.
        for number in 0..<400 {
            _ = board.begin(1)
            board.took(.milliseconds(number % 10 == 0 ? 90 : 20), 1)
        }
        #expect(board.begin(1) == .milliseconds(90))
    }

    @Test mutating func `does not hedge what is quick anyway`() {
        warmUp(1, .microseconds(300))
        #expect(board.begin(1) == HedgeBoard<Int>.minDelay)
    }

    @Test mutating func `does not hedge calls of which it knows too little`() {
        warmUp()
        #expect(board.begin(2) == nil)
        for _ in 0..<19 { board.took(.milliseconds(10), 2) }
        #expect(board.begin(2) == nil)
        board.took(.milliseconds(10), 2)
        #expect(board.begin(2) == .milliseconds(10))
        board.keep { $0 == 1 }
        #expect(board.begin(2) == nil)
    }

    @Test(arguments: UInt64(1)...20)
    mutating func `never sends more than its share, whatever happens`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (calls, hedges) = (0, 0)
        for _ in 0..<2_000 {
            if Bool.random(using: &random) {
                _ = board.begin(1)
                calls += 1
            }
            if Int.random(in: 0..<4, using: &random) > 0, board.takeHedge() { hedges += 1 }
            #expect(Double(hedges) <= Double(calls) * HedgeBoard<Int>.share + 1e-9)
        }
        #expect(hedges > 0)
    }

    @Test mutating func `saves up no more than a little`() {
        for _ in 0..<100_000 { _ = board.begin(1) }
        var count = 0
        while board.takeHedge() { count += 1 }
        #expect(count == Int(HedgeBoard<Int>.maxTokenCount))
    }
}

@Suite struct `A hedged read` {
    private var read = HedgedRead()

    @Test mutating func `ends with the first answer, whoever gives it`() {
        #expect(read.step(.delayPassed(mayHedge: true)) == .hedge)
        #expect(read.step(.answered(.second)) == .answer(.second))
        #expect(read.step(.answered(.first)) == .wait)
    }

    @Test mutating func `is not hedged without budget`() {
        #expect(read.step(.delayPassed(mayHedge: false)) == .wait)
        #expect(read.step(.answered(.first)) == .answer(.first))
    }

    @Test mutating func `fails at once while only one was asked`() {
        #expect(read.step(.failed(.first)) == .fail)
        #expect(read.step(.delayPassed(mayHedge: true)) == .wait)
    }

    @Test(arguments: [HedgedRead.Leg.first, .second])
    mutating func `waits for the other when one fails`(leg: HedgedRead.Leg) {
        let other: HedgedRead.Leg = leg == .first ? .second : .first
        _ = read.step(.delayPassed(mayHedge: true))
        #expect(read.step(.failed(leg)) == .wait)
        var failing = read
        #expect(read.step(.answered(other)) == .answer(other))
        #expect(failing.step(.failed(other)) == .fail)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A read of a slow replica` {
    @Test func `is asked of another one, and withdrawn from the slow one`() async throws {
        try await withFakeCluster { cluster async throws in
            for _ in 0..<100 { _ = try await cluster.read() }
            cluster.shard.fail("w2", .doesAndIsSilent)
            let begin = ContinuousClock.now
            // One of them begins at w2.
            for _ in 0..<3 { #expect(try await cluster.read() == 0) }
            // Not by the time-out of an attempt, which is three seconds here.
            #expect(ContinuousClock.now - begin < .seconds(2))
            while cluster.shard.withState({ $0.withdrawn }).isEmpty { await Task.yield() }
            #expect(cluster.shard.withState { $0.withdrawn } == ["w2"])
        }
    }

    @Test func `is answered by it if all others fail`() async throws {
        try await withFakeCluster { cluster async throws in
            for _ in 0..<99 { _ = try await cluster.read() }
            let slow = cluster.shard.calls.count
            cluster.shard.fail("w1", .doesAndIsLate(.milliseconds(300)))
            for worker in ["w2", "w3"] {
                cluster.shard.fail(worker, .refuses(ServiceError(.unavailable, "")))
            }
            for _ in 0..<3 { #expect(try await cluster.read() == 0) }
            #expect(cluster.shard.calls.count > slow + 3)
        }
    }

    @Test func `waits where hedging is switched off`() async throws {
        try await withFakeCluster(hedgesReads: false) { cluster async throws in
            for _ in 0..<99 { _ = try await cluster.read() }
            cluster.shard.fail("w2", .doesAndIsLate(.milliseconds(300)))
            for _ in 0..<3 { _ = try await cluster.read() }
            #expect(cluster.shard.calls.count == 102)
        }
    }

    @Test func `costs few calls more, even if all are slow`() async throws {
        try await withFakeCluster { cluster async throws in
            for _ in 0..<40 { _ = try await cluster.read() }
            for worker in FakeCluster.workers {
                for _ in 0..<100 {
                    cluster.shard.fail(worker, .doesAndIsLate(.milliseconds(30)))
                }
            }
            for _ in 0..<60 { _ = try await cluster.read() }
            #expect(cluster.shard.calls.count <= 105)
        }
    }

    @Test func `is something else than a slow write, which is never sent twice`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            for _ in 0..<100 { _ = try await cluster.read() }
            let before = cluster.shard.calls.count
            cluster.shard.fail("w1", .doesAndIsLate(.milliseconds(300)))
            #expect(try await cluster.write(2).index == 2)
            #expect(cluster.shard.calls[before...] == ["w1"])
        }
    }
}
