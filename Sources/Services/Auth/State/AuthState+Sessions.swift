import FoundationEssentials
package import Protocols

// Sessions: begun by a password, continued by refresh tokens that are good once.
extension AuthState {
    mutating func begin(
        _ session: NewSession, ifPasswordHash hash: String, rehashed: String?
    ) throws(ServiceError) -> AuthEffect {
        // The password may have been changed since it was checked, and the user be gone.
        guard var user = users[session.user], user.passwordHash == hash else {
            throw .wrongPassword
        }
        guard sessions[session.id] == nil else {
            throw ServiceError(.alreadyExists, "there is such a session; draw another id")
        }
        sessions.removeAll { $0.user == user.id && $0.expiresAt <= session.at }
        let own = sessions.all.filter { $0.user == user.id }
        if own.count >= AuthLimits.sessionsPerUser,
            let oldest = own.min(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) })
        {
            sessions[oldest.id] = nil
        }
        guard sessions.count < AuthLimits.sessionCount else {
            throw ServiceError(.overloaded, "too many sessions are open; try again later")
        }
        if let rehashed {
            user.passwordHash = rehashed
            users[user.id] = user
        }
        let record = SessionRecord(
            id: session.id, user: user.id, refreshHash: session.refreshHash,
            createdAt: session.at, expiresAt: session.at.advanced(by: AuthLimits.idleLifetime))
        sessions[record.id] = record
        return .sessionContinued(record, user)
    }

    /// - Precondition of meaning: the token that was shown was made by this group; the proposer has
    ///   checked its tag, so that one that is not good now was good before.
    mutating func refresh(
        _ id: String, ifHash shown: Data, hash: Data, at time: Timestamp
    ) throws(ServiceError) -> AuthEffect {
        guard var session = sessions[id], session.expiresAt > time, let user = users[session.user]
        else { throw .unauthenticated }
        guard session.refreshHash == shown else {
            sessions[id] = nil
            return .sessionRevoked(id, user.id)
        }
        session.refreshHash = hash
        session.expiresAt = min(
            time.advanced(by: AuthLimits.idleLifetime),
            session.createdAt.advanced(by: AuthLimits.sessionLifetime))
        sessions[id] = session
        return .sessionContinued(session, user)
    }

    mutating func sweep(at time: Timestamp) -> AuthEffect {
        let before = sessions.count + signingKeys.count
        sessions.removeAll { $0.expiresAt <= time }
        forgetSigningKeys(at: time)
        let count = before - sessions.count - signingKeys.count
        return count == 0 ? .unchanged : .swept(count)
    }

    /// Whether a sweep would find something.
    package func needsSweep(at time: Timestamp) -> Bool {
        var copy = self
        return copy.sweep(at: time) != .unchanged
    }
}
