import Actors
import Distributed
import Logging
public import Protocols

// Users, sessions and passwords.
extension AuthServer {
    /// Makes a user.
    public distributed func register(
        _ request: RegisterRequest
    ) async throws -> UserDescription {
        let state = try await group.state()
        // Who may not is told so before anything is hashed: hashes are dear.
        let command: (NewUser) -> AuthCommand
        switch request.proof {
        case .bootstrapToken(let token):
            guard token.value.utf8.count <= Credential.maxByteCount,
                let known = state.bootstrapHash,
                secret.isHash(known, of: token.value, for: .bootstrapToken)
            else { throw ServiceError.unauthenticated }
            let time = clock()
            command = { .addFirstAdmin($0, tokenHash: known, at: time) }
        case .admin(let credential):
            let caller = try await caller(credential, in: state)
            try state.identity(of: caller).requireAdmin()
            command = { .act(caller, .addUser($0)) }
        }
        try AuthRules.check(name: request.name)
        let user = NewUser(
            name: request.name, tenant: request.tenant, plan: request.plan,
            isAdmin: request.isAdmin, scopes: request.scopes ?? [Scope(.manage)],
            passwordHash: try await passwords.hash(request.password))
        let effect = try await group.propose(command(user))
        guard case .userAdded(let description) = effect else { throw Self.unexpected(effect) }
        logger.info(
            "user made",
            metadata: [
                "user.id": "\(description.id)", "user.name": "\(description.name)",
                "user.admin": "\(description.isAdmin)",
            ])
        return description
    }

    /// Begins a session.
    public distributed func login(_ request: LoginRequest) async throws -> SessionTokens {
        let state = try await group.state()
        let name = String(request.name.prefix(AuthLimits.nameByteCount))
        if let pause = throttle.begin(name, at: .now) {
            throw ServiceError.rateLimited("too many attempts for this name", retryAfter: pause)
        }
        let user = state.user(named: request.name)
        let verdict: Passwords.Verdict
        do {
            verdict = try await passwords.check(request.password, against: user?.passwordHash)
        } catch {
            throttle.giveBack(name)
            throw error
        }
        guard case .right(let rehashed) = verdict, let user else {
            logger.notice("login refused", metadata: ["user.name": "\(name.debugDescription)"])
            throw ServiceError.wrongPassword
        }
        throttle.giveBack(name)
        let token = RefreshToken(of: RandomText.digits(RefreshToken.sessionLength), under: secret)
        let session = NewSession(
            id: token.session, user: user.id,
            refreshHash: secret.hash(token.text.value, for: .refreshToken), at: clock())
        let effect = try await group.propose(
            .beginSession(session, ifPasswordHash: user.passwordHash, rehashed: rehashed))
        return try await answer(effect, token)
    }

    /// Goes on with a session.
    public distributed func refresh(_ refreshToken: Secret) async throws -> SessionTokens {
        _ = try await group.state()
        guard let shown = RefreshToken(refreshToken, under: secret) else {
            throw ServiceError.unauthenticated
        }
        let next = RefreshToken(of: shown.session, under: secret)
        let effect = try await group.propose(
            .refreshSession(
                shown.session, ifHash: secret.hash(shown.text.value, for: .refreshToken),
                hash: secret.hash(next.text.value, for: .refreshToken), at: clock()))
        return try await answer(effect, next)
    }

    private func answer(_ effect: AuthEffect, _ token: RefreshToken) async throws -> SessionTokens {
        switch effect {
        case .sessionContinued(let session, let user):
            let access = try await tokens.token(
                of: session, user, in: group.machine.state, at: clock())
            return SessionTokens(
                accessToken: access.text, accessExpiresAt: access.expiresAt,
                refreshToken: token.text, refreshExpiresAt: session.expiresAt)
        case .sessionRevoked(let session, let user):
            logger.warning(
                "a refresh token was used twice; its session has ended",
                metadata: ["session.id": "\(session)", "user.id": "\(user)"])
            throw ServiceError.unauthenticated
        default: throw Self.unexpected(effect)
        }
    }

    /// Ends a session.
    public distributed func logout(_ refreshToken: Secret) async throws {
        let state = try await group.state()
        // An old one ends its session as well: whoever holds it has held the session.
        guard let token = RefreshToken(refreshToken, under: secret),
            state.sessions[token.session] != nil
        else { return }
        try await group.propose(.endSession(token.session))
    }

    /// Changes a password.
    public distributed func changePassword(
        _ credential: Credential, _ request: ChangePasswordRequest
    ) async throws {
        let (identity, state) = try await identity(credential)
        let name = request.user ?? identity.name
        guard identity.isAdmin || name == identity.name else {
            throw ServiceError.permissionDenied(
                "only administrators may change the passwords of others")
        }
        var current: String?
        if name == identity.name {
            // Guesses of a stolen token are counted like those of nobody.
            if let pause = throttle.begin(name, at: .now) {
                throw ServiceError.rateLimited("too many attempts for this name", retryAfter: pause)
            }
            current = state.user(named: name)?.passwordHash
            let verdict = try await passwords.check(
                request.currentPassword ?? Secret(""), against: current)
            guard case .right = verdict else { throw ServiceError.wrongPassword }
            throttle.giveBack(name)
        }
        let hash = try await passwords.hash(request.newPassword)
        _ = try await act(credential, .changePassword(name, hash: hash, ifHash: current))
        logger.info("password changed", metadata: ["user.name": "\(name.debugDescription)"])
    }

    /// Deletes a user.
    public distributed func deleteUser(_ credential: Credential, _ name: String) async throws {
        let effect = try await act(credential, .deleteUser(name))
        guard case .userDeleted(let id) = effect else { throw Self.unexpected(effect) }
        logger.info("user deleted", metadata: ["user.id": "\(id)"])
    }

    /// The users after a name.
    public distributed func listUsers(
        _ credential: Credential, after name: String?, limit: Int
    ) async throws -> [UserDescription] {
        let (identity, state) = try await identity(credential)
        try identity.requireAdmin()
        guard (1...1_000).contains(limit) else {
            throw ServiceError.invalidArgument("limit is \(limit); it must be 1 to 1000")
        }
        return state.descriptions(after: name, limit: limit)
    }
}
