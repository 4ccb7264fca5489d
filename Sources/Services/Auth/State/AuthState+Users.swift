import FoundationEssentials
import Primitives
package import Protocols

// Users and their tenants.
extension AuthState {
    mutating func addFirstAdmin(
        _ user: NewUser, tokenHash: Data, at time: Timestamp
    ) throws(ServiceError) -> AuthEffect {
        // Whether there was such a token is nobody's business: used and wrong look the same.
        guard let bootstrapHash, bootstrapHash == tokenHash else { throw .unauthenticated }
        var user = user
        user.isAdmin = true
        user.plan = user.plan ?? Plan.unlimited.name
        let description = try add(user, at: time)
        self.bootstrapHash = nil
        return .userAdded(description)
    }

    mutating func add(
        _ user: NewUser, at time: Timestamp
    ) throws(ServiceError) -> UserDescription {
        try AuthRules.check(name: user.name)
        try AuthRules.check(user.scopes)
        guard self.user(named: user.name) == nil else {
            throw ServiceError(
                .alreadyExists, "a user \(user.name) exists already; choose another name")
        }
        guard users.count < AuthLimits.userCount else {
            throw ServiceError(
                .tooLarge, "there are \(users.count) users, and no more are kept; delete some")
        }
        let tenant = try tenant(of: user)
        tenants[tenant.id] = tenant
        nextTenant = max(nextTenant, tenant.id.next)
        let record = UserRecord(
            id: nextUser, name: user.name, tenant: tenant.id, isAdmin: user.isAdmin,
            scopes: user.scopes, passwordHash: user.passwordHash, createdAt: time, keyCount: 0)
        nextUser = nextUser.next
        users[record.id] = record
        return description(of: record, in: tenant)
    }

    /// The tenant that a new user belongs to: one that there is, or a new one.
    private func tenant(of user: NewUser) throws(ServiceError) -> TenantRecord {
        let name = user.tenant ?? user.name
        try AuthRules.check(name: name)
        if let tenant = tenant(named: name) {
            // By itself a name joins nobody's tenant: whoever means that one says so.
            guard user.tenant != nil else {
                throw ServiceError(
                    .alreadyExists,
                    "a tenant \(name) exists already; name the tenant of the user")
            }
            guard user.plan == nil || user.plan == tenant.plan else {
                throw .invalidArgument("tenant \(name) has a plan already; change it by itself")
            }
            return tenant
        }
        let plan = user.plan ?? Plan.standard.name
        guard self.plan(named: plan) != nil else { throw Self.unknownPlan(plan) }
        return TenantRecord(id: nextTenant, name: name, plan: plan)
    }

    mutating func deleteUser(
        _ name: String, for caller: Identity
    ) throws(ServiceError) -> AuthEffect {
        guard caller.isAdmin || name == caller.name else {
            throw .permissionDenied("only administrators may delete others")
        }
        try caller.requireSession(or: caller.isAdmin)
        guard let user = user(named: name) else { throw Self.unknownUser(name) }
        guard !user.isAdmin || users.all.contains(where: { $0.isAdmin && $0.id != user.id })
        else {
            throw .permissionDenied(
                "\(name) is the last administrator; make another one before deleting this one")
        }
        users[user.id] = nil
        keys.removeAll { $0.user == user.id }
        sessions.removeAll { $0.user == user.id }
        if !users.all.contains(where: { $0.tenant == user.tenant }) { tenants[user.tenant] = nil }
        return .userDeleted(user.id)
    }

    mutating func changePassword(
        of name: String?, to hash: String, ifHash current: String?, for caller: Identity
    ) throws(ServiceError) -> AuthEffect {
        let name = name ?? caller.name
        guard caller.isAdmin || name == caller.name else {
            throw .permissionDenied("only administrators may change the passwords of others")
        }
        try caller.requireSession(or: caller.isAdmin)
        guard var user = user(named: name) else { throw Self.unknownUser(name) }
        // One's own only by the old one, an administrator's as well: a token may be stolen.
        guard user.id != caller.user || current == user.passwordHash else { throw .wrongPassword }
        user.passwordHash = hash
        users[user.id] = user
        sessions.removeAll { $0.user == user.id }
        return .passwordChanged(user.id)
    }

    /// Users whose names come after this one, by name.
    package func descriptions(after name: String?, limit: Int) -> [UserDescription] {
        users.all.filter { user in name.map { user.name > $0 } ?? true }
            .sorted { $0.name < $1.name }.prefix(limit)
            .compactMap { user in tenants[user.tenant].map { description(of: user, in: $0) } }
    }

    private func description(of user: UserRecord, in tenant: TenantRecord) -> UserDescription {
        UserDescription(
            id: user.id, name: user.name, tenant: tenant.id, tenantName: tenant.name,
            plan: tenant.plan, isAdmin: user.isAdmin, scopes: user.scopes,
            createdAt: user.createdAt, keyCount: user.keyCount)
    }

    static func unknownUser(_ name: String) -> ServiceError {
        .notFound("there is no user \(name.debugDescription.prefix(100))")
    }

    static func unknownPlan(_ name: String) -> ServiceError {
        .notFound("there is no plan \(name.debugDescription.prefix(100)); list the plans")
    }
}
