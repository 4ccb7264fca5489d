import Protocols

extension AuthState {
    /// The first invariant that does not hold, in words, or nil.
    ///
    /// Checked after each command in debug builds.
    package var violatedInvariant: String? {
        violatedBeginning ?? violatedOrder ?? violatedOwners ?? violatedBounds
    }

    private var violatedBeginning: String? {
        guard life != 0 || self == AuthState() else {
            return "something is known of a group that has not begun"
        }
        guard life == 0 || !signingKeys.isEmpty else { return "nothing signs tokens" }
        guard life == 0 || hasAdmin || users.count == 0 else {
            return "there are users and no administrator"
        }
        guard bootstrapHash == nil || !hasAdmin else {
            return "there is an administrator, and a bootstrap token is still good"
        }
        return nil
    }

    private var violatedOrder: String? {
        guard users.isInOrder, tenants.isInOrder, keys.isInOrder, sessions.isInOrder,
            zip(plans, plans.dropFirst()).allSatisfy({ $0.name < $1.name })
        else { return "rows are not in order, or one is there twice" }
        let names = [users.all.map(\.name), tenants.all.map(\.name), signingKeys.map(\.id)]
        guard names.allSatisfy({ Set($0).count == $0.count }) else {
            return "two users, tenants or signing keys have one name"
        }
        guard users.all.allSatisfy({ $0.id < nextUser }),
            tenants.all.allSatisfy({ $0.id < nextTenant })
        else { return "a user or tenant has a number that was not given" }
        return nil
    }

    private var violatedOwners: String? {
        for user in users.all {
            guard tenants[user.tenant] != nil else { return "user \(user.name) has no tenant" }
        }
        let inhabited = Set(users.all.map(\.tenant))
        for tenant in tenants.all {
            guard inhabited.contains(tenant.id) else { return "tenant \(tenant.name) has no user" }
            guard plan(named: tenant.plan) != nil else {
                return "tenant \(tenant.name) has no plan"
            }
        }
        var keyCounts: [UserID: Int] = [:]
        for key in keys.all { keyCounts[key.user, default: 0] += 1 }
        guard users.all.allSatisfy({ $0.keyCount == keyCounts[$0.id, default: 0] }),
            keys.all.allSatisfy({ users[$0.user] != nil }),
            sessions.all.allSatisfy({ users[$0.user] != nil })
        else { return "a key or session has no user, or a user another number of keys" }
        guard life == 0 || Plan.builtIn.allSatisfy({ plan(named: $0.name) != nil }) else {
            return "a plan that is always there is gone"
        }
        return nil
    }

    private var violatedBounds: String? {
        guard users.count <= AuthLimits.userCount, keys.count <= AuthLimits.keyCount,
            sessions.count <= AuthLimits.sessionCount, plans.count <= AuthLimits.planCount,
            signingKeys.count <= AuthLimits.signingKeyCount,
            users.all.allSatisfy({ $0.keyCount <= AuthLimits.keysPerUser })
        else { return "there is more of something than is kept" }
        return nil
    }
}
