package import Protocols

// Who a caller is. What is not as the credential says is one error, whatever is wrong.
extension AuthState {
    /// Who a verified credential speaks for, by now.
    ///
    /// - Throws: ``ServiceError/Code/unauthenticated`` if it was revoked or has expired.
    package func identity(of caller: Caller) throws(ServiceError) -> Identity {
        switch caller.proof {
        case .session(let id, let userID, let scopes, let isAdmin, let until):
            guard let session = sessions[id], session.user == userID,
                session.expiresAt > caller.at, let user = users[userID]
            else { throw .unauthenticated }
            return try identity(
                of: user, scopes: user.scopes.intersection(scopes),
                isAdmin: user.isAdmin && isAdmin, source: .session(id), until: until)
        case .key(let id):
            guard let key = keys[id], let user = users[key.user],
                key.expiresAt.map({ $0 > caller.at }) ?? true
            else { throw .unauthenticated }
            return try identity(
                of: user, scopes: user.scopes.intersection(key.scopes),
                isAdmin: user.isAdmin && key.isAdmin, source: .apiKey(id), until: key.expiresAt)
        }
    }

    private func identity(
        of user: UserRecord, scopes: [Scope], isAdmin: Bool, source: Identity.Source,
        until: Timestamp?
    ) throws(ServiceError) -> Identity {
        guard let tenant = tenants[user.tenant], let plan = plan(named: tenant.plan) else {
            throw ServiceError(.internal, "user \(user.id) has no tenant or no plan")
        }
        return Identity(
            user: user.id, name: user.name, tenant: tenant.id, tenantName: tenant.name,
            isAdmin: isAdmin, plan: plan, scopes: scopes, source: source, validUntil: until)
    }
}

extension Identity {
    /// Throws unless this is an administrator.
    package func requireAdmin() throws(ServiceError) {
        guard isAdmin else {
            throw .permissionDenied("only administrators may do this; ask one")
        }
    }

    /// Whether whoever asks has logged in, or is an administrator's key: what makes others keys.
    ///
    /// Other keys make none: a stolen one would outlive its revocation in those that it has made.
    var mayManageKeys: Bool {
        if case .session = source { return true }
        return isAdmin
    }

    /// Throws unless this is a session of the user or an administrator.
    func requireSession(or other: Bool) throws(ServiceError) {
        if case .session = source { return }
        guard other else {
            throw .permissionDenied("an API key may not do this; log in and show an access token")
        }
    }
}
