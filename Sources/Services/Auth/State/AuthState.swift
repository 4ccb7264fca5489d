package import FoundationEssentials
import Primitives
package import Protocols

/// Everything that the auth nodes have agreed on: who there is, what proves it, and who may do what.
///
/// A value and a deterministic state machine, like the catalog: it reads no clock, draws nothing at
/// random and iterates no hashed container. Whatever needs one of these is part of the command.
/// Nothing in it can be shown to get in: passwords, keys and tokens are hashed, signing keys sealed.
///
/// Invariants: ``violatedInvariant``.
package struct AuthState: Sendable, Hashable, Codable {
    /// The number of the group's life; 0 until it has begun.
    package internal(set) var life: UInt64 = 0
    /// Grows by one with each command that changes something.
    package internal(set) var revision: UInt64 = 0
    /// What only the right secret of the group can have made of ``life``.
    package internal(set) var secretCheck = Data()
    /// The bootstrap token, hashed; nil once it was used.
    package internal(set) var bootstrapHash: Data?
    /// The users.
    package internal(set) var users = Rows<UserRecord>()
    /// The tenants that have users.
    package internal(set) var tenants = Rows<TenantRecord>()
    /// The plans, by name.
    package internal(set) var plans: [Plan] = []
    /// The keys of all users.
    package internal(set) var keys = Rows<KeyRecord>()
    /// The sessions of all users.
    package internal(set) var sessions = Rows<SessionRecord>()
    /// What signs tokens, the newest last, and what has signed some that may still be good.
    package internal(set) var signingKeys: [SigningKey] = []
    /// The number of the next user.
    package internal(set) var nextUser: UserID = 1
    /// The number of the next tenant.
    package internal(set) var nextTenant: TenantID = 1

    /// Nothing.
    package init() {}

    /// Whether there is an administrator.
    package var hasAdmin: Bool { users.all.contains(where: \.isAdmin) }

    /// The user of this name.
    package func user(named name: String) -> UserRecord? {
        users.all.first { $0.name == name }
    }

    /// The tenant of this name.
    package func tenant(named name: String) -> TenantRecord? {
        tenants.all.first { $0.name == name }
    }

    /// The plan of this name.
    package func plan(named name: String) -> Plan? { plans.first { $0.name == name } }
}

// MARK: - Applying

extension AuthState {
    /// Applies a command: changes the state, or refuses and changes nothing.
    package mutating func apply(_ command: AuthCommand) -> Result<AuthEffect, ServiceError> {
        let result = Result { () throws(ServiceError) in try effect(of: command) }
        if case .success(let effect) = result, effect != .unchanged { revision += 1 }
        assert(violatedInvariant == nil, violatedInvariant ?? "")
        return result
    }

    private mutating func effect(of command: AuthCommand) throws(ServiceError) -> AuthEffect {
        if case .initialize(let beginning) = command { return try initialize(beginning) }
        guard life != 0 else {
            throw ServiceError(
                .unavailable, "the auth nodes have not begun yet; try again in a moment")
        }
        switch command {
        case .initialize: return .unchanged  // dealt with above
        case .replaceBootstrapToken(let hash): return try replaceBootstrapToken(hash)
        case .addFirstAdmin(let user, let hash, let time):
            return try addFirstAdmin(user, tokenHash: hash, at: time)
        case .act(let caller, let action):
            return try act(try identity(of: caller), action, at: caller.at)
        case .beginSession(let session, let hash, let rehashed):
            return try begin(session, ifPasswordHash: hash, rehashed: rehashed)
        case .refreshSession(let id, let shown, let hash, let time):
            return try refresh(id, ifHash: shown, hash: hash, at: time)
        case .endSession(let id):
            guard sessions[id] != nil else { return .unchanged }
            sessions[id] = nil
            return .sessionEnded(id)
        case .noteUse(let ids, let hour): return noteUse(of: ids, in: hour)
        case .sweep(let time): return sweep(at: time)
        }
    }

    private mutating func act(
        _ caller: Identity, _ action: Action, at time: Timestamp
    ) throws(ServiceError) -> AuthEffect {
        switch action {
        case .addUser(let user):
            try caller.requireAdmin()
            return .userAdded(try add(user, at: time))
        case .deleteUser(let name): return try deleteUser(name, for: caller)
        case .addKey(let key): return try add(key, for: caller, at: time)
        case .revokeKey(let id): return try revokeKey(id, for: caller)
        case .changePassword(let name, let hash, let current):
            return try changePassword(of: name, to: hash, ifHash: current, for: caller)
        case .setPlan(let plan):
            try caller.requireAdmin()
            return try set(plan)
        case .updatePlan(let tenant, let plan):
            try caller.requireAdmin()
            return try updatePlan(of: tenant, to: plan)
        case .rotate(let key):
            try caller.requireAdmin()
            return try rotate(to: key, at: time)
        }
    }

    private mutating func initialize(_ beginning: Beginning) throws(ServiceError) -> AuthEffect {
        guard beginning.life != 0 else {
            throw .invalidArgument("0 is no number of a life; draw another one")
        }
        guard life != beginning.life else { return .unchanged }
        guard life == 0 else {
            throw ServiceError(.alreadyExists, "the auth nodes have begun already")
        }
        life = beginning.life
        secretCheck = beginning.secretCheck
        bootstrapHash = beginning.bootstrapHash
        signingKeys = [beginning.signingKey]
        plans = Plan.builtIn
        plans.sort { $0.name < $1.name }
        return .initialized
    }

    private mutating func replaceBootstrapToken(
        _ hash: Data
    ) throws(ServiceError) -> AuthEffect {
        guard !hasAdmin else {
            throw ServiceError(
                .alreadyExists, "there is an administrator; no bootstrap token is needed any more")
        }
        bootstrapHash = hash
        return .bootstrapTokenReplaced
    }
}
