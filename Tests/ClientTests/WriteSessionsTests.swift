import Actors
import Client
import Primitives
import Protocols
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The sessions of a client` {
    private let session = CollectionSession(collection: 1, shards: [.init(shard: 2, session: 3)])
    private let other = CollectionSession(collection: 1, shards: [.init(shard: 2, session: 4)])

    @Test func `name each write once and remember what has ended`() throws {
        var window = WriteWindow(session)
        var generator = SeededGenerator(seed: 7)
        var underWay: [UInt64] = []
        var named: Set<UInt64> = []
        for _ in 0..<5_000 {
            if let name = window.begin() {
                #expect(named.insert(name.sequence).inserted)
                #expect(name.acknowledged < (underWay.min() ?? name.sequence))
                try name.validate()
                underWay.append(name.sequence)
            }
            if Bool.random(using: &generator), !underWay.isEmpty {
                let index = Int.random(in: 0..<underWay.count, using: &generator)
                window.end(underWay.remove(at: index))
            }
        }
    }

    @Test func `begin no more writes than shards remember`() {
        var window = WriteWindow(session)
        for _ in 0..<WriteWindow.maxCount { #expect(window.begin() != nil) }
        #expect(window.begin() == nil)
        window.end(2)
        #expect(window.begin() == nil)
        window.end(1)
        #expect(window.begin()?.acknowledged == 2)
    }

    @Test func `are opened once for all who come meanwhile`() async throws {
        let sessions = WriteSessions()
        let openings = Counter()
        let names = try await withThrowingTaskGroup(of: WriteName.self) { group in
            for _ in 0..<50 {
                group.addTask { [session] in
                    try await sessions.begin("books") {
                        openings.next()
                        for _ in 0..<20 { await Task.yield() }
                        return session
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(openings.value == 1)
        #expect(Set(names.map(\.sequence)) == Set(1...50))
    }

    @Test func `are opened by the next one if that fails or is cancelled`() async throws {
        let sessions = WriteSessions()
        await #expect(throws: ServiceError.self) {
            try await sessions.begin("books") { throw ServiceError(.unavailable, "nobody") }
        }
        #expect(try await sessions.begin("books") { session }.sequence == 1)
    }

    @Test func `do not keep those waiting whose time is up`() async throws {
        let sessions = WriteSessions()
        let (isOpening, opening) = AsyncStream.makeStream(of: Void.self)
        let (mayOpen, permission) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [session] in
                _ = try await sessions.begin("books") {
                    opening.finish()
                    for await _ in mayOpen {}
                    return session
                }
            }
            for await _ in isOpening {}
            let error = await #expect(throws: ServiceError.self) {
                try await withDeadline(.milliseconds(20)) {
                    _ = try await sessions.begin("books") { throw ServiceError(.internal, "") }
                }
            }
            #expect(error?.code == .unavailable)
            let cancelled = Task { [session] in try await sessions.begin("books") { session } }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            permission.finish()
            try await group.waitForAll()
        }
    }

    @Test func `are replaced when they are forgotten, and writes end where they began`()
        async throws
    {
        let sessions = WriteSessions()
        let first = try await sessions.begin("books") { session }
        sessions.expire(other, of: "books")
        #expect(try await sessions.begin("books") { other }.session == session)
        sessions.expire(session, of: "books")
        let second = try await sessions.begin("books") { other }
        #expect(second.session == other && second.sequence == 1)
        sessions.end(first, of: "books")
        #expect(try await sessions.begin("books") { session }.acknowledged == 0)
    }

    @Test func `are opened anew when too much is under way in one`() async throws {
        let sessions = WriteSessions()
        for _ in 0..<WriteWindow.maxCount { _ = try await sessions.begin("books") { session } }
        #expect(try await sessions.begin("books") { other }.session == other)
    }
}
