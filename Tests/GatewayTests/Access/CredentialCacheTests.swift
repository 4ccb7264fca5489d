import Gateway
import Primitives
import Protocols
import Synchronization
import Testing

/// Who decides about credentials in a test, and how often it was asked.
private final class Judge: Sendable {
    let asked = Mutex(0)
    let answer = Mutex<Result<Identity, ServiceError>>(.failure(.unauthenticated))

    var count: Int { asked.withLock { $0 } }

    func identity(_ credential: Credential) async throws -> Identity {
        asked.withLock { $0 += 1 }
        for _ in 0..<10 { await Task.yield() }
        return try answer.withLock { try $0.get() }
    }
}

private func identity(validUntil: Timestamp? = nil) -> Identity {
    Identity(
        user: UserID(rawValue: 1), name: "u", tenant: TenantID(rawValue: 2), tenantName: "t",
        isAdmin: false, plan: .free, scopes: [], source: .apiKey("k"), validUntil: validUntil)
}

@Suite struct `A cache of credentials` {
    private let judge = Judge()
    private var cache: CredentialCache {
        CredentialCache(wallClock: { Timestamp(1_000) }, ask: judge.identity)
    }

    @Test func `asks once for many`() async throws {
        let cache = cache
        judge.answer.withLock { $0 = .success(identity()) }
        try await withThrowingTaskGroup(of: Identity.self) { group in
            for _ in 0..<100 { group.addTask { try await cache.identity(of: .apiKey("a")) } }
            for try await _ in group {}
        }
        #expect(judge.count == 1)
        #expect(cache.remembered(.apiKey("a")) == identity())
        #expect(cache.remembered(.accessToken("a")) == nil)
    }

    @Test func `refuses what was refused without asking again`() async throws {
        let cache = cache
        for _ in 0..<3 {
            await #expect(throws: ServiceError.unauthenticated) {
                try await cache.identity(of: .apiKey("a"))
            }
        }
        #expect(judge.count == 1)
    }

    @Test func `believes nobody whom it cannot ask about`() async throws {
        let cache = cache
        judge.answer.withLock { $0 = .failure(ServiceError(.unavailable, "nobody answers")) }
        for _ in 0..<2 {
            let error = try await #require(throws: ServiceError.self) {
                try await cache.identity(of: .apiKey("a"))
            }
            #expect(error.code == .unavailable)
        }
        #expect(judge.count == 2, "a failure to ask says nothing of the credential")
    }

    @Test func `believes nobody after its time`() async throws {
        let cache = cache
        judge.answer.withLock { $0 = .success(identity(validUntil: Timestamp(1_000))) }
        await #expect(throws: ServiceError.unauthenticated) {
            try await cache.identity(of: .apiKey("a"))
        }
        #expect(cache.remembered(.apiKey("a")) == nil)
    }

    @Test func `does not look at what is too long or empty`() async throws {
        let cache = cache
        for text in ["", String(repeating: "x", count: Credential.maxByteCount + 1)] {
            await #expect(throws: ServiceError.unauthenticated) {
                try await cache.identity(of: .accessToken(text))
            }
        }
        #expect(judge.count == 0)
    }

    @Test func `forgets when it is told to`() async throws {
        let cache = cache
        judge.answer.withLock { $0 = .success(identity()) }
        _ = try await cache.identity(of: .apiKey("a"))
        cache.forget(.apiKey("a"))
        #expect(cache.remembered(.apiKey("a")) == nil)
    }
}
