package import Protocols

// API keys.
extension AuthState {
    mutating func add(
        _ key: NewKey, for caller: Identity, at time: Timestamp
    ) throws(ServiceError) -> AuthEffect {
        guard caller.mayManageKeys else {
            throw .permissionDenied("an API key makes no keys; log in and show an access token")
        }
        try AuthRules.check(label: key.label)
        try AuthRules.check(key.scopes)
        guard key.scopes.allSatisfy({ scope in caller.scopes.contains { $0.includes(scope) } })
        else { throw .permissionDenied("a key may do no more than the one who makes it") }
        guard !key.isAdmin || caller.isAdmin else {
            throw .permissionDenied("only administrators make keys that administer")
        }
        guard key.expiresAt.map({ $0 > time }) ?? true else {
            throw .invalidArgument("the key would have expired already; name a later time")
        }
        // Not for longer than the key that makes it; of a session it does not depend.
        if case .apiKey = caller.source, let end = caller.validUntil {
            guard let wanted = key.expiresAt, wanted <= end else {
                throw .permissionDenied("a key lasts no longer than the key that makes it")
            }
        }
        guard var user = users[caller.user] else { throw .unauthenticated }
        guard keys[key.id] == nil else {
            throw ServiceError(.alreadyExists, "there is a key \(key.id) already; draw another id")
        }
        guard user.keyCount < AuthLimits.keysPerUser else {
            throw ServiceError(
                .tooLarge,
                "\(user.name) has \(user.keyCount) keys, and no more are kept; revoke some")
        }
        guard keys.count < AuthLimits.keyCount else {
            throw ServiceError(.tooLarge, "there are \(keys.count) keys, and no more are kept")
        }
        let record = KeyRecord(
            id: key.id, user: user.id, label: key.label, hash: key.hash, scopes: key.scopes,
            isAdmin: key.isAdmin, createdAt: time, expiresAt: key.expiresAt, lastUsedAt: nil)
        keys[key.id] = record
        user.keyCount += 1
        users[user.id] = user
        return .keyAdded(record.description(of: user))
    }

    mutating func revokeKey(
        _ id: String, for caller: Identity
    ) throws(ServiceError) -> AuthEffect {
        // Another's key and one that there is not look the same. A key may revoke itself.
        guard let key = keys[id], key.user == caller.user || caller.isAdmin,
            caller.mayManageKeys || caller.source == .apiKey(id)
        else { throw .notFound("you have no such key") }
        keys[id] = nil
        users[key.user]?.keyCount -= 1
        return .keyRevoked(id)
    }

    mutating func noteUse(of ids: [String], in hour: Timestamp) -> AuthEffect {
        var isChanged = false
        for id in ids {
            // Late is not earlier, and revoked is gone.
            guard var key = keys[id], key.lastUsedAt.map({ $0 < hour }) ?? true else { continue }
            key.lastUsedAt = hour
            keys[id] = key
            isChanged = true
        }
        return isChanged ? .useNoted : .unchanged
    }

    /// The keys of a user, by id.
    ///
    /// - Throws: ``ServiceError/Code/permissionDenied`` unless they are the caller's, or the caller
    ///   is an administrator.
    package func descriptions(
        ofKeysOf name: String?, for caller: Identity
    ) throws(ServiceError) -> [KeyDescription] {
        guard caller.mayManageKeys else {
            throw .permissionDenied("an API key lists no keys; log in and show an access token")
        }
        let name = name ?? caller.name
        guard caller.isAdmin || name == caller.name else {
            throw .permissionDenied("only administrators may list the keys of others")
        }
        guard let user = user(named: name) else { throw Self.unknownUser(name) }
        return keys.all.filter { $0.user == user.id }.map { $0.description(of: user) }
    }
}

extension KeyRecord {
    func description(of user: UserRecord) -> KeyDescription {
        KeyDescription(
            id: id, user: user.name, label: label, scopes: scopes, isAdmin: isAdmin,
            createdAt: createdAt, expiresAt: expiresAt, lastUsedAt: lastUsedAt)
    }
}
