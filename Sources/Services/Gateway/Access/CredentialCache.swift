internal import Actors
package import Protocols
internal import Synchronization

/// Who the credentials of the last seconds speak for.
///
/// A credential that was found good is believed for ``Identity/maxCacheAge`` at most, counted from
/// before it was asked about, so that one that is revoked is refused everywhere within that time, also
/// where the auth nodes cannot be reached any more: what is not known is not believed. One that was
/// found bad is refused for a shorter time without asking again.
///
/// Bounded: bad ones have a table of their own, so that guesses do not drive out who is known; and of
/// many requests with one new credential one asks, while the others wait for it.
///
/// Thread safety: any thread may call anything.
package final class CredentialCache: Sendable {
    /// How many good credentials are remembered, and how many bad ones.
    package static let capacity = 16_384
    /// How long a bad credential is refused without asking.
    package static let refusalAge = Duration.seconds(1)
    /// How many credentials are asked about at once; beyond, requests are refused.
    package static let maxQuestionCount = 256

    private typealias Answer = Result<Identity, ServiceError>

    private struct State {
        var good = ExpiringTable<Credential, Identity>(capacity: capacity)
        var bad = ExpiringTable<Credential, Bool>(capacity: capacity)
        var questions: [Credential: Task<Identity, any Error>] = [:]
    }

    private let state = Mutex(State())
    private let ask: @Sendable (Credential) async throws -> Identity
    private let wallClock: @Sendable () -> Timestamp

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - wallClock: What identities that expire are compared with.
    ///   - ask: Who decides.
    package init(
        wallClock: @escaping @Sendable () -> Timestamp,
        ask: @escaping @Sendable (Credential) async throws -> Identity
    ) {
        self.wallClock = wallClock
        self.ask = ask
    }

    /// The identity, if it is known without asking.
    package func remembered(_ credential: Credential) -> Identity? {
        state.withLock { $0.good.value(of: credential, at: .now) }
    }

    /// Who the credential speaks for.
    ///
    /// - Throws: ``ServiceError/Code/unauthenticated``; or why nobody can tell.
    package func identity(of credential: Credential) async throws -> Identity {
        let text: String
        switch credential {
        case .accessToken(let token): text = token
        case .apiKey(let key): text = key
        }
        guard !text.isEmpty, text.utf8.count <= Credential.maxByteCount else {
            throw ServiceError.unauthenticated
        }
        if let identity = remembered(credential) { return identity }
        let asked: Task<Identity, any Error> = try state.withLock { state in
            let now = ContinuousClock.now
            if state.bad.value(of: credential, at: now) != nil {
                throw ServiceError.unauthenticated
            }
            if let question = state.questions[credential] { return question }
            guard state.questions.count < Self.maxQuestionCount else {
                throw ServiceError.overloaded(retryAfter: .seconds(1))
            }
            // All who wait for it are awaited below; it ends by the auth caller's patience.
            let question = Task { try await self.question(credential, at: now) }
            state.questions[credential] = question
            return question
        }
        return try await asked.value
    }

    /// Forgets a credential: for who has changed something and wants it to hold here at once.
    package func forget(_ credential: Credential) {
        state.withLock { $0.good.remove(credential) }
    }

    private func question(
        _ credential: Credential, at asked: ContinuousClock.Instant
    ) async throws -> Identity {
        let answer: Answer
        do {
            // Not the deadline of the one who happened to be first.
            answer = .success(
                try await withDeadline(AuthCaller.patience) { try await ask(credential) })
        } catch {
            answer = .failure(ServiceError(inGateway: error))
        }
        return try state.withLock { state in
            state.questions[credential] = nil
            switch answer {
            case .success(let identity):
                var end = asked.advanced(by: Identity.maxCacheAge)
                if let validUntil = identity.validUntil {
                    let left = validUntil.rawValue - wallClock().rawValue
                    guard left > 0 else { throw ServiceError.unauthenticated }
                    end = min(end, ContinuousClock.now.advanced(by: .seconds(left)))
                }
                state.good.insert(identity, for: credential, until: end)
                return identity
            case .failure(let error):
                if error.code == .unauthenticated {
                    state.bad.insert(
                        true, for: credential, until: .now.advanced(by: Self.refusalAge))
                }
                throw error
            }
        }
    }
}
