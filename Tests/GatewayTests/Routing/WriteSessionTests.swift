import Gateway
import Primitives
import Protocols
import Testing

@Suite struct `A write session` {
    private var session = WriteSession(number: 7)

    private mutating func begin() -> WriteID? { session.begin() }

    @Test mutating func `numbers writes in order`() {
        #expect(begin() == WriteID(session: 7, sequence: 1, acknowledged: 0))
        #expect(begin() == WriteID(session: 7, sequence: 2, acknowledged: 0))
    }

    @Test mutating func `acknowledges what has ended without a gap`() {
        for _ in 1...5 { _ = begin() }
        session.end(2)
        session.end(3)
        #expect(begin()?.acknowledged == 0)
        session.end(1)
        #expect(begin()?.acknowledged == 3)
        session.end(5)
        session.end(4)
        #expect(begin()?.acknowledged == 5)
    }

    @Test mutating func `takes the end of a write once`() {
        for _ in 1...2 { _ = begin() }
        for _ in 1...3 { session.end(1) }
        session.end(99)
        #expect(begin() == WriteID(session: 7, sequence: 3, acknowledged: 1))
    }

    @Test mutating func `begins no write too far ahead of the oldest`() {
        for _ in 0..<WriteSession.maxWindow { _ = begin() }
        #expect(session.begin() == nil)
        session.end(2)
        #expect(session.begin() == nil)
        session.end(1)
        #expect(session.begin()?.acknowledged == 2)
    }

    /// Any order of ends: the watermark is the largest number below which all have ended.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `has the right watermark whatever the order of ends`(seed: UInt64) throws {
        var session = WriteSession(number: 1)
        var state = seed
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var (running, ended) = ([UInt64](), Set<UInt64>())
        for _ in 0..<500 {
            if running.isEmpty || draw(2) == 0 {
                let begun = session.begin()
                let id = try #require(begun)
                let watermark = (1...).first { !ended.contains($0) } ?? 0
                #expect(id.acknowledged == watermark - 1)
                running.append(id.sequence)
            } else {
                let sequence = running.remove(at: draw(running.count))
                session.end(sequence)
                ended.insert(sequence)
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Sessions of shards` {
    private let sessions = ShardSessions()

    /// Numbers sessions, and lets an opening wait until it may end.
    private actor Opener {
        private(set) var count: UInt64 = 0
        private var waiters: [CheckedContinuation<Void, Never>] = []
        private var isHeld: Bool

        init(isHeld: Bool = false) { self.isHeld = isHeld }

        func open() async -> UInt64 {
            count += 1
            let number = count
            if isHeld { await withCheckedContinuation { waiters.append($0) } }
            return number
        }

        func release() {
            isHeld = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
    }

    private struct Failure: Error {}

    @Test func `are opened once for each shard`() async throws {
        let opener = Opener()
        let first = try await sessions.begin(1) { await opener.open() }
        let second = try await sessions.begin(1) { await opener.open() }
        let other = try await sessions.begin(2) { await opener.open() }
        #expect([first.session, second.session, other.session] == [1, 1, 2])
        #expect([first.sequence, second.sequence, other.sequence] == [1, 2, 1])
    }

    @Test func `are opened by one writer while the others wait`() async throws {
        let opener = Opener(isHeld: true)
        let ids = try await withThrowingTaskGroup(of: WriteID.self) { group in
            for _ in 0..<50 {
                group.addTask { try await sessions.begin(1) { await opener.open() } }
            }
            while await opener.count == 0 { await Task.yield() }
            await opener.release()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(await opener.count == 1)
        #expect(Set(ids.map(\.sequence)) == Set(1...50))
    }

    @Test func `are opened by the next writer when the first one fails`() async throws {
        await #expect(throws: Failure.self) {
            try await sessions.begin(1) { throw Failure() }
        }
        let opener = Opener()
        #expect(try await sessions.begin(1) { await opener.open() }.session == 1)
    }

    @Test func `let a cancelled writer go while another one opens`() async throws {
        let opener = Opener(isHeld: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await sessions.begin(1) { await opener.open() } }
            while await opener.count == 0 { await Task.yield() }
            let waiting = Task { try await sessions.begin(1) { await opener.open() } }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            await opener.release()
            try await group.waitForAll()
        }
    }

    @Test func `are opened anew after they have expired`() async throws {
        let opener = Opener()
        let old = try await sessions.begin(1) { await opener.open() }
        sessions.expire(old.session, of: 1)
        let new = try await sessions.begin(1) { await opener.open() }
        #expect(new == WriteID(session: 2, sequence: 1, acknowledged: 0))
        // Late news of the old one changes nothing.
        sessions.expire(old.session, of: 1)
        sessions.end(old, of: 1)
        let next = try await sessions.begin(1) { await opener.open() }
        #expect(next == WriteID(session: 2, sequence: 2, acknowledged: 0))
    }

    @Test func `of shards that are gone are forgotten`() async throws {
        let opener = Opener()
        _ = try await sessions.begin(1) { await opener.open() }
        sessions.keep([2])
        #expect(try await sessions.begin(1) { await opener.open() }.session == 2)
    }
}
