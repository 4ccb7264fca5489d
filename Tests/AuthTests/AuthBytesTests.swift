import Auth
import Foundation
import Primitives
import Protocols
import Testing

@Suite struct `The bytes of the auth state` {
    private static func sample() throws -> AuthState {
        var state = try AuthState.begun()
        try state.add("alice", tenant: "acme", scopes: [Scope(.write, on: .named(["a"]))])
        var key = NewKey.tested("key", scopes: [Scope(.read, on: .named(["a"]))])
        key.expiresAt = .at(99)
        _ = try state.act("alice", .addKey(key)).get()
        return state
    }

    /// Never changes: another format gets another first byte.
    private static let golden = ##"""
        \##u{1}{"keys":[{"createdAt":1800000000,"expiresAt":1800000099,"hash":"a2V5","id":"key","isAdmin":false,"label":"label of key","scopes":[{"access":"read","collections":["a"]}],"user":2}],"life":7,"nextTenant":3,"nextUser":3,"plans":[{"burst":100,"byteCount":1073741824,"collectionCount":10,"name":"free","pointCount":100000,"readsPerSecond":50,"writesPerSecond":20},{"burst":2000,"byteCount":107374182400,"collectionCount":1000,"name":"standard","pointCount":10000000,"readsPerSecond":1000,"writesPerSecond":500},{"burst":"unlimited","byteCount":"unlimited","collectionCount":"unlimited","name":"unlimited","pointCount":"unlimited","readsPerSecond":"unlimited","writesPerSecond":"unlimited"}],"revision":6,"secretCheck":"Y2hlY2s=","sessions":[{"createdAt":1800000000,"expiresAt":1800604800,"id":"session of alice","refreshHash":"c2Vzc2lvbiBvZiBhbGljZQ==","user":2},{"createdAt":1800000000,"expiresAt":1800604800,"id":"session of root","refreshHash":"c2Vzc2lvbiBvZiByb290","user":1}],"signingKeys":[{"createdAt":1800000000,"id":"first","publicKey":"AQ==","sealedPrivateKey":"Ag=="}],"tenants":[{"id":1,"name":"root","plan":"unlimited"},{"id":2,"name":"acme","plan":"standard"}],"users":[{"createdAt":1800000000,"id":1,"isAdmin":true,"keyCount":0,"name":"root","passwordHash":"hash of root","scopes":[{"access":"manage","collections":["*"]}],"tenant":1},{"createdAt":1800000000,"id":2,"isAdmin":false,"keyCount":1,"name":"alice","passwordHash":"hash of alice","scopes":[{"access":"write","collections":["a"]}],"tenant":2}]}
        """##

    @Test func `are these`() throws {
        #expect(String(decoding: try Self.sample().bytes, as: UTF8.self) == Self.golden)
        #expect(try AuthState(bytes: Array(Self.golden.utf8)) == Self.sample())
    }

    @Test func `are refused when damaged, empty, of another format or against an invariant`() throws
    {
        let bytes = try Self.sample().bytes
        #expect(throws: (any Error).self) { try AuthState(bytes: []) }
        #expect(throws: AuthBytesError.self) { try AuthState(bytes: [2] + bytes.dropFirst()) }
        for count in stride(from: 1, to: bytes.count, by: 97) {
            #expect(throws: (any Error).self) { try AuthState(bytes: Array(bytes[..<count])) }
        }
        let headless = Self.golden.replacingOccurrences(
            of: #""isAdmin":true"#, with: #""isAdmin":false"#)
        #expect(throws: AuthBytesError.self) { try AuthState(bytes: Array(headless.utf8)) }
    }

    @Test func `of a command are the command`() throws {
        let user = NewUser(
            name: "alice", tenant: "acme", plan: "free",
            scopes: [Scope(.write, on: .named(["a"]))], passwordHash: "x")
        let caller = Caller(
            .session("s", user: 1, scopes: [Scope(.read)], isAdmin: true, until: .at(9)),
            at: .start)
        let session = NewSession(id: "s", user: 1, refreshHash: Data([1]), at: .start)
        let commands: [AuthCommand] = [
            .beginning, .replaceBootstrapToken(hash: Data([1])),
            .addFirstAdmin(user, tokenHash: Data([1]), at: .start),
            .act(caller, .addUser(user)), .act(caller, .deleteUser("x")),
            .act(Caller(.key("k"), at: .start), .addKey(.tested("k"))),
            .act(caller, .revokeKey("k")),
            .act(caller, .changePassword(nil, hash: "h", ifHash: nil)),
            .act(caller, .setPlan(.unlimited)),
            .act(caller, .updatePlan(tenant: "t", plan: "p")),
            .act(caller, .rotate(.tested("k"))),
            .beginSession(session, ifPasswordHash: "h", rehashed: "r"),
            .refreshSession("s", ifHash: Data([1]), hash: Data([2]), at: .start),
            .endSession("s"), .noteUse(["k"], hour: .start), .sweep(at: .start),
        ]
        for command in commands {
            #expect(try AuthCommand(bytes: command.bytes) == command)
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `are the same on all replicas, whatever the commands`(seed: UInt64) throws {
        var walk = AuthWalk(seed: seed)
        var (first, second) = (AuthState(), AuthState())
        var okCount = 0
        for step in 0..<400 {
            let command = walk.next(in: first)
            let result = first.apply(command)
            if case .success = result { okCount += 1 }
            #expect(first.violatedInvariant == nil, "seed \(seed), step \(step)")
            #expect(second.apply(try AuthCommand(bytes: command.bytes)) == result)
            // One that goes on from what another has written goes on alike.
            if step % 50 == 0 { second = try AuthState(bytes: second.bytes) }
        }
        #expect(first.bytes == second.bytes && first.stateHash == second.stateHash)
        // A walk that is refused everything shows nothing.
        #expect(okCount > 100)
    }
}

/// Commands by chance, most of them possible.
private struct AuthWalk {
    private var generator: SeededGenerator
    private var time: Int64 = 0
    private var number = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next(in state: AuthState) -> AuthCommand {
        guard state.life != 0 else { return .beginning }
        time += Int64.random(in: 0..<40_000, using: &generator)
        number += 1
        let now = Timestamp.at(time)
        guard state.hasAdmin else {
            return .addFirstAdmin(
                NewUser(name: "root", passwordHash: "hash of root"),
                tokenHash: AuthState.bootstrapHash, at: now)
        }
        let user = state.users.all.randomElement(using: &generator)!
        let sessions = state.sessions.all.filter { $0.user == user.id }
        guard let session = sessions.randomElement(using: &generator), chance(4) != 0 else {
            let session = NewSession(
                id: "s\(number)", user: user.id, refreshHash: Data("r".utf8), at: now)
            return .beginSession(session, ifPasswordHash: user.passwordHash, rehashed: nil)
        }
        let caller =
            chance(5) == 0
            ? Caller(.key("k\(chance(number))"), at: now)
            : state.caller(of: user, session: session.id, at: now)
        switch chance(12) {
        case 0, 1, 2:
            return .act(
                caller,
                .addUser(
                    NewUser(
                        name: "u\(chance(20))", tenant: chance(2) == 0 ? "t\(chance(3))" : nil,
                        isAdmin: chance(4) == 0, passwordHash: "hash \(number)")))
        case 3: return .act(caller, .deleteUser("u\(chance(20))"))
        case 4, 5: return .act(caller, .addKey(.tested("k\(number)")))
        case 6: return .act(caller, .revokeKey("k\(chance(number))"))
        case 7:
            return .act(
                caller,
                .changePassword(user.name, hash: "hash \(number)", ifHash: user.passwordHash))
        case 8:
            return .act(
                caller, .updatePlan(tenant: "t\(chance(3))", plan: Plan.builtIn[chance(3)].name))
        case 9: return .act(caller, .rotate(.tested("r\(number)", at: now)))
        case 10:
            return .refreshSession(
                session.id, ifHash: Data((chance(3) == 0 ? "old" : "r").utf8),
                hash: Data("r".utf8), at: now)
        default:
            return chance(2) == 0 ? .sweep(at: now) : .noteUse(["k\(chance(number))"], hour: now)
        }
    }

    private mutating func chance(_ count: Int) -> Int {
        Int.random(in: 0..<max(1, count), using: &generator)
    }
}
