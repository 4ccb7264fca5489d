import Auth
import Foundation
import Primitives
import Protocols
import Testing

@Suite struct `The auth state` {
    @Test func `takes nothing before it has begun, and begins once`() throws {
        var state = AuthState()
        #expect(state.apply(.sweep(at: .start)).code == .unavailable)
        #expect(try state.apply(.beginning).get() == .initialized)
        #expect(try state.apply(.beginning).get() == .unchanged)
        guard case .initialize(var other) = AuthCommand.beginning else { return }
        other.life = 8
        #expect(state.apply(.initialize(other)).code == .alreadyExists)
        other.life = 0
        #expect(state.apply(.initialize(other)).code == .invalidArgument)
        #expect(state.plans.map(\.name) == ["free", "standard", "unlimited"])
    }

    @Test func `makes its first administrator by the bootstrap token, once`() throws {
        var state = AuthState()
        _ = try state.apply(.beginning).get()
        let user = NewUser(name: "root", passwordHash: "x")
        let wrong = AuthCommand.addFirstAdmin(user, tokenHash: Data("other".utf8), at: .start)
        #expect(state.apply(wrong).code == .unauthenticated)
        #expect(
            try state.apply(.replaceBootstrapToken(hash: Data("new".utf8))).get()
                == .bootstrapTokenReplaced)
        let old = AuthCommand.addFirstAdmin(
            user, tokenHash: AuthState.bootstrapHash, at: .start)
        #expect(state.apply(old).code == .unauthenticated)
        let right = AuthCommand.addFirstAdmin(user, tokenHash: Data("new".utf8), at: .start)
        guard case .userAdded(let description) = try state.apply(right).get() else {
            Issue.record("no user")
            return
        }
        #expect(description.isAdmin && description.plan == "unlimited")
        let again = AuthCommand.addFirstAdmin(
            NewUser(name: "second", passwordHash: "x"), tokenHash: Data("new".utf8), at: .start)
        #expect(state.apply(again).code == .unauthenticated)
        #expect(
            state.apply(.replaceBootstrapToken(hash: Data("late".utf8))).code == .alreadyExists)
    }

    @Test func `refuses a refused command without a trace`() throws {
        var state = try AuthState.begun()
        _ = try state.session(of: "root")
        let before = state
        #expect(
            state.act("root", .addUser(NewUser(name: "Root", passwordHash: "x"))).code
                == .invalidArgument)
        #expect(
            state.act("root", .addUser(NewUser(name: "root", passwordHash: "x"))).code
                == .alreadyExists)
        #expect(state == before)
    }

    // MARK: - Users

    @Test(arguments: ["", "../x", "a/b", "A", "a b", "a\n", "ä", ".a", "-a", "a\u{0}", "x\u{200B}"])
    func `has no user of such a name`(name: String) throws {
        var state = try AuthState.begun()
        #expect(
            state.act("root", .addUser(NewUser(name: name, passwordHash: "x"))).code
                == .invalidArgument)
        let long = String(repeating: "a", count: 65)
        #expect(
            state.act("root", .addUser(NewUser(name: long, passwordHash: "x"))).code
                == .invalidArgument)
    }

    @Test func `lets only administrators administer`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        try state.add("bob")
        let actions: [Action] = [
            .addUser(NewUser(name: "eve", passwordHash: "x")), .deleteUser("bob"),
            .deleteUser("nobody"), .changePassword("bob", hash: "x", ifHash: "hash of bob"),
            .changePassword("nobody", hash: "x", ifHash: nil),
            .setPlan(.free), .updatePlan(tenant: "alice", plan: "unlimited"),
            .rotate(.tested("second")),
        ]
        for action in actions {
            #expect(state.act("alice", action).code == .permissionDenied, "\(action)")
        }
    }

    @Test func `gives each user a tenant, or the one that is named`() throws {
        var state = try AuthState.begun()
        try state.add("alice", tenant: "acme")
        try state.add("bob", tenant: "acme")
        try state.add("carol")
        let tenants = ["alice", "bob", "carol"].map { state.user(named: $0)?.tenant }
        #expect(tenants[0] == tenants[1] && tenants[1] != tenants[2])
        // A user is not put into a tenant by its name.
        let joiner = NewUser(name: "acme", passwordHash: "x")
        #expect(state.act("root", .addUser(joiner)).code == .alreadyExists)
        let richer = NewUser(name: "dora", tenant: "acme", plan: "free", passwordHash: "x")
        #expect(state.act("root", .addUser(richer)).code == .invalidArgument)
        let planless = NewUser(name: "dora", plan: "golden", passwordHash: "x")
        #expect(state.act("root", .addUser(planless)).code == .notFound)
    }

    @Test func `gives nobody the number of one who is gone`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        let old = state.user(named: "alice")!
        #expect(try state.act("root", .deleteUser("alice")).get() == .userDeleted(old.id))
        #expect(state.tenant(named: "alice") == nil)
        try state.add("alice")
        let new = state.user(named: "alice")!
        #expect(new.id > old.id && new.tenant > old.tenant)
    }

    @Test func `deletes a user with keys and sessions, and lets users delete themselves`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        _ = try state.act("alice", .addKey(.tested("key"))).get()
        let caller = try state.session(of: "alice")
        _ = try state.apply(.act(caller, .deleteUser("alice"))).get()
        #expect(state.keys.count == 0 && state.sessions.all.allSatisfy { $0.user == 1 })
        #expect(state.apply(.act(caller, .addKey(.tested("k2")))).code == .unauthenticated)
    }

    @Test func `keeps its last administrator`() throws {
        var state = try AuthState.begun()
        #expect(state.act("root", .deleteUser("root")).code == .permissionDenied)
        let second = NewUser(name: "second", isAdmin: true, passwordHash: "x")
        _ = try state.act("root", .addUser(second)).get()
        _ = try state.act("root", .deleteUser("root")).get()
        #expect(state.act("second", .deleteUser("second")).code == .permissionDenied)
    }

    @Test func `changes a password by the old one, and ends the sessions`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        let caller = try state.session(of: "alice")
        let wrong = Action.changePassword(nil, hash: "new", ifHash: "other")
        #expect(state.apply(.act(caller, wrong)).code == .unauthenticated)
        let missing = Action.changePassword("alice", hash: "new", ifHash: nil)
        #expect(state.apply(.act(caller, missing)).code == .unauthenticated)
        let right = Action.changePassword(nil, hash: "new", ifHash: "hash of alice")
        _ = try state.apply(.act(caller, right)).get()
        #expect(state.user(named: "alice")?.passwordHash == "new")
        #expect(throws: ServiceError.unauthenticated) { try state.identity(of: caller) }
        _ = try state.act("root", .changePassword("alice", hash: "by root", ifHash: nil)).get()
        #expect(state.user(named: "alice")?.passwordHash == "by root")
    }

    // MARK: - Plans and signing keys

    @Test func `has the plans that administrators give it`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        var plan = Plan.free
        plan.name = "tiny"
        _ = try state.act("root", .setPlan(plan)).get()
        _ = try state.act("root", .updatePlan(tenant: "alice", plan: "tiny")).get()
        let alice = try state.session(of: "alice")
        #expect(try state.identity(of: alice).plan == plan)
        #expect(
            state.act("root", .updatePlan(tenant: "alice", plan: "none")).code == .notFound)
        #expect(
            state.act("root", .updatePlan(tenant: "nobody", plan: "free")).code == .notFound)
        plan.name = "a b"
        #expect(state.act("root", .setPlan(plan)).code == .invalidArgument)
        for number in 0..<AuthLimits.planCount - 4 {
            plan.name = "plan-\(number)"
            _ = try state.act("root", .setPlan(plan)).get()
        }
        plan.name = "one-more"
        #expect(state.act("root", .setPlan(plan)).code == .tooLarge)
    }

    @Test func `forgets a signing key only when none of its tokens can be good`() throws {
        var state = try AuthState.begun()
        let root = try state.session(of: "root")
        func rotate(_ id: String, _ seconds: Int64) -> Result<AuthEffect, ServiceError> {
            state.apply(
                .act(
                    Caller(root.proof, at: .at(seconds)), .rotate(.tested(id, at: .at(seconds)))))
        }
        for number in 1...3 { _ = try rotate("key-\(number)", Int64(number)).get() }
        #expect(rotate("key-4", 4).code == .rateLimited)
        #expect(rotate("key-3", 4).code == .alreadyExists)
        let life = AuthLimits.accessLifetime.components.seconds
        #expect(rotate("key-4", life).code == .rateLimited)
        _ = try rotate("key-4", life + 62).get()
        #expect(state.signingKeys.map(\.id) == ["key-1", "key-2", "key-3", "key-4"])
        _ = try state.apply(.sweep(at: .at(10 * life))).get()
        #expect(state.signingKeys.map(\.id) == ["key-4"])
    }
}

extension NewKey {
    static func tested(_ id: String, scopes: [Scope] = [Scope(.read)]) -> NewKey {
        NewKey(id: id, hash: Data(id.utf8), label: "label of \(id)", scopes: scopes)
    }
}
