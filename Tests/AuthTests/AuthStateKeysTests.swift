import Auth
import Foundation
import Primitives
import Protocols
import Testing

@Suite struct `A key in the auth state` {
    @Test func `does no more than its user and its rights`() throws {
        var state = try AuthState.begun()
        try state.add("alice", scopes: [Scope(.write, on: .named(["a", "b"]))])
        let key = NewKey.tested("key", scopes: [Scope(.read, on: .named(["a"]))])
        _ = try state.act("alice", .addKey(key)).get()
        let identity = try state.identity(of: Caller(.key("key"), at: .start))
        #expect(identity.scopes == [Scope(.read, on: .named(["a"]))])
        #expect(!identity.isAdmin && identity.source == .apiKey("key"))
        for scopes in [
            [Scope(.read)], [Scope(.manage, on: .named(["a"]))], [Scope(.read, on: .named(["c"]))],
        ] {
            #expect(
                state.act("alice", .addKey(.tested("more", scopes: scopes))).code
                    == .permissionDenied)
        }
    }

    @Test func `without rights has none`() throws {
        var state = try AuthState.begun()
        _ = try state.act("root", .addKey(.tested("key", scopes: []))).get()
        let identity = try state.identity(of: Caller(.key("key"), at: .start))
        #expect(identity.scopes.isEmpty && !identity.isAdmin)
    }

    @Test func `administers only if it says so and its user does`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        var key = NewKey.tested("key")
        key.isAdmin = true
        #expect(state.act("alice", .addKey(key)).code == .permissionDenied)
        _ = try state.act("root", .addKey(key)).get()
        #expect(try state.identity(of: Caller(.key("key"), at: .start)).isAdmin)
    }

    @Test func `is refused from its expiry on`() throws {
        var state = try AuthState.begun()
        var key = NewKey.tested("key")
        key.expiresAt = .start
        #expect(state.act("root", .addKey(key)).code == .invalidArgument)
        key.expiresAt = .at(10)
        _ = try state.act("root", .addKey(key)).get()
        #expect(try state.identity(of: Caller(.key("key"), at: .at(9))).validUntil == .at(10))
        #expect(throws: ServiceError.unauthenticated) {
            try state.identity(of: Caller(.key("key"), at: .at(10)))
        }
    }

    @Test func `makes, lists and deletes nothing unless it administers`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        _ = try state.act("alice", .addKey(.tested("key", scopes: [Scope(.manage)]))).get()
        _ = try state.act("alice", .addKey(.tested("other"))).get()
        let caller = Caller(.key("key"), at: .start)
        #expect(state.apply(.act(caller, .addKey(.tested("child")))).code == .permissionDenied)
        #expect(state.apply(.act(caller, .revokeKey("other"))).code == .notFound)
        #expect(state.apply(.act(caller, .deleteUser("alice"))).code == .permissionDenied)
        let change = Action.changePassword(nil, hash: "x", ifHash: "hash of alice")
        #expect(state.apply(.act(caller, change)).code == .permissionDenied)
        let identity = try state.identity(of: caller)
        #expect(throws: ServiceError.self) {
            try state.descriptions(ofKeysOf: nil, for: identity)
        }
        // But itself.
        #expect(try state.apply(.act(caller, .revokeKey("key"))).get() == .keyRevoked("key"))
    }

    @Test func `of an administrator makes none that outlives it`() throws {
        var state = try AuthState.begun()
        var key = NewKey.tested("key", scopes: [Scope(.manage)])
        key.isAdmin = true
        key.expiresAt = .at(100)
        _ = try state.act("root", .addKey(key)).get()
        let caller = Caller(.key("key"), at: .start)
        var child = NewKey.tested("child")
        #expect(state.apply(.act(caller, .addKey(child))).code == .permissionDenied)
        child.expiresAt = .at(101)
        #expect(state.apply(.act(caller, .addKey(child))).code == .permissionDenied)
        child.expiresAt = .at(100)
        _ = try state.apply(.act(caller, .addKey(child))).get()
    }

    @Test func `of another looks like one that there is not`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        try state.add("bob")
        _ = try state.act("alice", .addKey(.tested("key"))).get()
        #expect(
            state.act("bob", .revokeKey("key")) == state.act("bob", .revokeKey("none")))
        #expect(try state.act("root", .revokeKey("key")).get() == .keyRevoked("key"))
        #expect(state.user(named: "alice")?.keyCount == 0)
    }

    @Test func `has a limited company, rights and label`() throws {
        var state = try AuthState.begun()
        for number in 0..<AuthLimits.keysPerUser {
            _ = try state.act("root", .addKey(.tested("key-\(number)"))).get()
        }
        #expect(state.act("root", .addKey(.tested("more"))).code == .tooLarge)
        _ = try state.act("root", .revokeKey("key-0")).get()
        #expect(state.act("root", .addKey(.tested("key-1"))).code == .alreadyExists)
        let many = [Scope](repeating: Scope(.read), count: 17)
        #expect(state.act("root", .addKey(.tested("k", scopes: many))).code == .tooLarge)
        let names = (0..<65).map { "n\($0)" }
        let wide = [Scope(.read, on: .named(names))]
        #expect(state.act("root", .addKey(.tested("k", scopes: wide))).code == .tooLarge)
        let evil = [Scope(.read, on: .named(["../x"]))]
        #expect(state.act("root", .addKey(.tested("k", scopes: evil))).code == .invalidArgument)
        let long = [
            Scope(.read, on: .named((0..<20).map { String(repeating: "a", count: 240) + "\($0)" }))
        ]
        #expect(state.act("root", .addKey(.tested("k", scopes: long))).code == .tooLarge)
        var key = NewKey.tested("k")
        key.label = "a\u{1B}[2J"
        #expect(state.act("root", .addKey(key)).code == .invalidArgument)
    }

    @Test func `was last used in an hour that only grows`() throws {
        var state = try AuthState.begun()
        _ = try state.act("root", .addKey(.tested("key"))).get()
        #expect(try state.apply(.noteUse(["gone", "key"], hour: .at(3_600))).get() == .useNoted)
        #expect(try state.apply(.noteUse(["key"], hour: .at(0))).get() == .unchanged)
        #expect(state.keys["key"]?.lastUsedAt == .at(3_600))
    }
}

@Suite struct `A session in the auth state` {
    private let idle = AuthLimits.idleLifetime.components.seconds

    @Test func `begins only by the password of now`() throws {
        var state = try AuthState.begun()
        let session = NewSession(id: "s", user: 1, refreshHash: Data([1]), at: .start)
        let stale = AuthCommand.beginSession(session, ifPasswordHash: "old", rehashed: nil)
        #expect(state.apply(stale).code == .unauthenticated)
        let foreign = NewSession(id: "s", user: 99, refreshHash: Data([1]), at: .start)
        #expect(
            state.apply(.beginSession(foreign, ifPasswordHash: "hash of root", rehashed: nil)).code
                == .unauthenticated)
        _ = try state.apply(
            .beginSession(session, ifPasswordHash: "hash of root", rehashed: "newer")
        ).get()
        #expect(state.user(named: "root")?.passwordHash == "newer")
        #expect(
            state.apply(.beginSession(session, ifPasswordHash: "newer", rehashed: nil)).code
                == .alreadyExists)
    }

    @Test func `goes on by each refresh token once, and ends when one comes again`() throws {
        var state = try AuthState.begun()
        let caller = try state.session(of: "root", "s")
        func refresh(_ shown: String, _ next: String) -> Result<AuthEffect, ServiceError> {
            state.apply(
                .refreshSession(
                    "s", ifHash: Data(shown.utf8), hash: Data(next.utf8), at: .at(1)))
        }
        guard case .sessionContinued = try refresh("s", "second").get() else {
            Issue.record("not continued")
            return
        }
        #expect(try state.identity(of: caller).isAdmin)
        #expect(try refresh("s", "third").get() == .sessionRevoked("s", 1))
        #expect(refresh("second", "third").code == .unauthenticated)
        #expect(throws: ServiceError.unauthenticated) { try state.identity(of: caller) }
    }

    @Test func `ends after a week of rest, and after a month of none`() throws {
        var state = try AuthState.begun()
        _ = try state.session(of: "root", "s")
        func refresh(at seconds: Int64) -> Result<AuthEffect, ServiceError> {
            state.apply(
                .refreshSession(
                    "s", ifHash: Data("s".utf8), hash: Data("s".utf8), at: .at(seconds)))
        }
        for step in 1...4 { _ = try refresh(at: Int64(step) * (idle - 1)).get() }
        #expect(state.sessions["s"]?.expiresAt == .at(30 * 86_400))
        #expect(refresh(at: 30 * 86_400).code == .unauthenticated)
        #expect(state.needsSweep(at: .at(30 * 86_400)))
        #expect(try state.apply(.sweep(at: .at(30 * 86_400))).get() == .swept(1))
        #expect(!state.needsSweep(at: .at(30 * 86_400)))
    }

    @Test func `too many of a user end the oldest`() throws {
        var state = try AuthState.begun()
        for number in 0...AuthLimits.sessionsPerUser {
            _ = try state.session(of: "root", "s\(number)", at: .at(Int64(number)))
        }
        #expect(state.sessions.count == AuthLimits.sessionsPerUser)
        #expect(state.sessions["s0"] == nil)
    }

    @Test func `ends when it is told to, once`() throws {
        var state = try AuthState.begun()
        let caller = try state.session(of: "root", "s")
        #expect(try state.apply(.endSession("s")).get() == .sessionEnded("s"))
        #expect(try state.apply(.endSession("s")).get() == .unchanged)
        #expect(throws: ServiceError.unauthenticated) { try state.identity(of: caller) }
    }

    @Test func `of another user is not one's own`() throws {
        var state = try AuthState.begun()
        try state.add("alice")
        _ = try state.session(of: "alice", "s")
        let forged = state.caller(of: state.user(named: "root")!, session: "s", at: .start)
        #expect(throws: ServiceError.unauthenticated) { try state.identity(of: forged) }
    }

    @Test func `without the claim does not administer`() throws {
        var state = try AuthState.begun()
        _ = try state.session(of: "root", "s")
        let caller = Caller(
            .session("s", user: 1, scopes: [], isAdmin: false, until: .at(900)), at: .start)
        let identity = try state.identity(of: caller)
        #expect(!identity.isAdmin && identity.scopes.isEmpty)
    }
}
