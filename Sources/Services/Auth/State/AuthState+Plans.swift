import Protocols

// Plans of tenants, and the keys that sign.
extension AuthState {
    mutating func set(_ plan: Plan) throws(ServiceError) -> AuthEffect {
        try AuthRules.check(plan)
        if let index = plans.firstIndex(where: { $0.name == plan.name }) {
            guard plans[index] != plan else { return .unchanged }
            plans[index] = plan
            return .planChanged
        }
        guard plans.count < AuthLimits.planCount else {
            throw ServiceError(.tooLarge, "there are \(plans.count) plans, and no more are kept")
        }
        let index = plans.firstIndex { plan.name < $0.name } ?? plans.endIndex
        plans.insert(plan, at: index)
        return .planChanged
    }

    mutating func updatePlan(
        of tenant: String, to plan: String
    ) throws(ServiceError) -> AuthEffect {
        guard var record = self.tenant(named: tenant) else {
            throw .notFound("there is no tenant \(tenant.debugDescription.prefix(100))")
        }
        guard self.plan(named: plan) != nil else { throw Self.unknownPlan(plan) }
        guard record.plan != plan else { return .unchanged }
        record.plan = plan
        tenants[record.id] = record
        return .planChanged
    }

    mutating func rotate(
        to key: SigningKey, at time: Timestamp
    ) throws(ServiceError) -> AuthEffect {
        guard !signingKeys.contains(where: { $0.id == key.id }) else {
            throw ServiceError(.alreadyExists, "there is a signing key \(key.id) already")
        }
        forgetSigningKeys(at: time)
        guard signingKeys.count < AuthLimits.signingKeyCount else {
            // Forgetting one whose tokens are good would log their holders out.
            throw .rateLimited(
                "\(signingKeys.count) signing keys may still be in use",
                retryAfter: AuthLimits.accessLifetime)
        }
        signingKeys.append(key)
        return .rotated
    }

    /// Forgets the keys of which no token can be good any more.
    ///
    /// A key has signed until its successor came, so that is what counts.
    mutating func forgetSigningKeys(at time: Timestamp) {
        let slack = AuthLimits.accessLifetime + AuthLimits.clockSkew + AuthLimits.clockSkew
        while signingKeys.count > 1, signingKeys[1].createdAt.advanced(by: slack) < time {
            signingKeys.removeFirst()
        }
    }
}
