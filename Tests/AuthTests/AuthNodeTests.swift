import Actors
import Auth
import Foundation
import Protocols
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Three auth nodes` {
    private let names = ["auth-1", "auth-2", "auth-3"]

    private func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test func `let in who is known, and nobody else`() async throws {
        let cluster = try await AuthCluster(names)
        let root = try await cluster.admin()
        #expect(cluster.announcedCount == 1)
        let identity = try await cluster.call { try await $0.validate(root.credential) }
        #expect(identity.name == "root" && identity.isAdmin && identity.plan == .unlimited)
        #expect(identity.scopes == [Scope(.manage)])

        let request = RegisterRequest(
            proof: .admin(root.credential), name: "alice", password: AuthCluster.password,
            tenant: "acme")
        let alice = try await cluster.call { try await $0.register(request) }
        #expect(alice.tenantName == "acme" && alice.plan == "standard" && !alice.isAdmin)

        // Wrong and unknown look the same.
        var errors: [ServiceError] = []
        for name in ["alice", "nobody", "../x", ""] {
            let error = await #expect(throws: ServiceError.self) {
                try await cluster.login(name, Secret("wrong horse battery"))
            }
            errors.append(try #require(error))
        }
        #expect(Set(errors) == [ServiceError.wrongPassword])

        let token = try await cluster.bootstrapToken()
        let again = RegisterRequest(
            proof: .bootstrapToken(token), name: "eve", password: AuthCluster.password)
        #expect(
            await code { _ = try await cluster.call { try await $0.register(again) } }
                == .unauthenticated)
        let session = try await cluster.login("alice")
        let forbidden = RegisterRequest(
            proof: .admin(session.credential), name: "eve", password: AuthCluster.password)
        #expect(
            await code { _ = try await cluster.call { try await $0.register(forbidden) } }
                == .permissionDenied)
        #expect(
            await code {
                _ = try await cluster.call {
                    try await $0.listUsers(session.credential, after: nil, limit: 10)
                }
            } == .permissionDenied)
        let users = try await cluster.call {
            try await $0.listUsers(root.credential, after: "alice", limit: 10)
        }
        #expect(users.map(\.name) == ["root"])
        try await cluster.stop()
    }

    @Test func `make keys that work until they are revoked, and note their use`() async throws {
        let cluster = try await AuthCluster(names)
        let root = try await cluster.admin()
        let request = CreateKeyRequest(
            label: "ingest", scopes: [Scope(.write, on: .named(["docs"]))])
        let made = try await cluster.call { try await $0.createKey(root.credential, request) }
        let key = Credential(made.key.value)
        let identity = try await cluster.call { try await $0.validate(key) }
        #expect(identity.scopes.allow(.write, on: "docs") && !identity.isAdmin)
        #expect(!identity.scopes.allow(.read, on: "other"))
        let listed = try await cluster.call { try await $0.listKeys(root.credential, of: nil) }
        #expect(listed.map(\.id) == [made.description.id])
        // Another secret under its id.
        let forged = APIKeyText(id: made.description.id, bytes: [UInt8](repeating: 1, count: 32))
        #expect(
            await code {
                _ = try await cluster.call { try await $0.validate(.apiKey(forged.secret.value)) }
            } == .unauthenticated)
        // Somebody pastes the whole key where its id belongs: it must not get to a disk.
        #expect(
            await code {
                try await cluster.call { try await $0.revokeKey(root.credential, made.key.value) }
            } == .notFound)
        #expect(try cluster.stored().range(of: Data(made.key.value.utf8)) == nil)
        try await cluster.call { try await $0.revokeKey(root.credential, made.description.id) }
        #expect(
            await code { _ = try await cluster.call { try await $0.validate(key) } }
                == .unauthenticated)
        try await cluster.stop()
    }

    @Test func `go on with sessions after they all and their leader were gone`() async throws {
        let cluster = try await AuthCluster(names)
        let root = try await cluster.admin()
        try await cluster.stop(try await cluster.leader())
        _ = try await cluster.call { try await $0.validate(root.credential) }
        for name in names { try await cluster.stop(name) }
        for name in names { try await cluster.start(name, as: .join) }
        _ = try await cluster.call { try await $0.validate(root.credential) }
        try await cluster.call { try await $0.rotateSigningKey(root.credential) }
        _ = try await cluster.call { try await $0.validate(root.credential) }
        let next = try await cluster.call { try await $0.refresh(root.refreshToken) }
        _ = try await cluster.call { try await $0.validate(next.credential) }
        #expect(
            await code { _ = try await cluster.call { try await $0.refresh(root.refreshToken) } }
                == .unauthenticated)
        // The second use has ended the session for both.
        #expect(
            await code { _ = try await cluster.call { try await $0.validate(next.credential) } }
                == .unauthenticated)
        #expect(cluster.announcedCount == 1)
        try await cluster.stop()
    }

    @Test func `change passwords and end sessions`() async throws {
        let cluster = try await AuthCluster(["auth-1"])
        let root = try await cluster.admin()
        let other = Secret("staple correct horse")
        let wrong = ChangePasswordRequest(
            currentPassword: Secret("not the password"), newPassword: other)
        #expect(
            await code {
                try await cluster.call { try await $0.changePassword(root.credential, wrong) }
            } == .unauthenticated)
        let right = ChangePasswordRequest(
            currentPassword: AuthCluster.password, newPassword: other)
        try await cluster.call { try await $0.changePassword(root.credential, right) }
        #expect(
            await code { _ = try await cluster.call { try await $0.validate(root.credential) } }
                == .unauthenticated)
        #expect(await code { _ = try await cluster.login("root") } == .unauthenticated)
        let next = try await cluster.login("root", other)
        try await cluster.call { try await $0.logout(next.refreshToken) }
        #expect(
            await code { _ = try await cluster.call { try await $0.validate(next.credential) } }
                == .unauthenticated)
        try await cluster.stop()
    }

    @Test func `limit guesses, of known and unknown names alike`() async throws {
        let cluster = try await AuthCluster(["auth-1"])
        _ = try await cluster.admin()
        for name in ["root", "nobody"] {
            var codes: [ServiceError.Code?] = []
            for _ in 0..<12 {
                codes.append(
                    await code { _ = try await cluster.login(name, Secret("a wrong password")) })
            }
            #expect(codes.prefix(10).allSatisfy { $0 == .unauthenticated })
            #expect(codes.last == .rateLimited)
        }
        try await cluster.stop()
    }

    @Test func `end when they have another secret than the others`() async throws {
        let cluster = try await AuthCluster(["auth-1"])
        _ = try await cluster.admin()
        try await cluster.stop("auth-1")
        let fences = AsyncStream.makeStream(of: (any Error).self)
        try await cluster.start("auth-1", secret: [UInt8](repeating: 9, count: 32)) {
            fences.continuation.yield($0)
        }
        let error = await fences.stream.first { _ in true } as? ServiceError
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("secret") == true)
        try await cluster.stop()
    }

    @Test func `renew the bootstrap token on request`()
        async throws
    {
        let cluster = try await AuthCluster(["auth-1"])
        let first = try await cluster.bootstrapToken()
        try await cluster.stop("auth-1")
        try await cluster.start("auth-1", renewsBootstrapToken: true)
        let second = try await cluster.bootstrapToken(2)
        #expect(
            await code {
                _ = try await cluster.call {
                    try await $0.register(
                        RegisterRequest(
                            proof: .bootstrapToken(first), name: "root",
                            password: AuthCluster.password))
                }
            } == .unauthenticated)
        _ = try await cluster.call {
            try await $0.register(
                RegisterRequest(
                    proof: .bootstrapToken(second), name: "root", password: AuthCluster.password))
        }
        try await cluster.stop()
    }

    @Test func `leave no secret in stores or logs`() async throws {
        let cluster = try await AuthCluster(names)
        let root = try await cluster.admin()
        let made = try await cluster.call {
            try await $0.createKey(
                root.credential, CreateKeyRequest(label: "needle", scopes: [Scope(.read)]))
        }
        let next = try await cluster.call { try await $0.refresh(root.refreshToken) }
        _ = await code { _ = try await cluster.login("root", Secret("another password")) }
        let bootstrap = try await cluster.bootstrapToken()
        try await cluster.stop()
        let (stored, logs) = (try cluster.stored(), cluster.logs.text)
        // What must be there shows that the right place was looked at.
        #expect(stored.range(of: Data("needle".utf8)) != nil)
        #expect(stored.range(of: Data("$argon2id$".utf8)) != nil)
        #expect(logs.contains("API key made"))
        let secrets =
            [
                AuthCluster.password, Secret("another password"), bootstrap, made.key,
                root.accessToken, root.refreshToken, next.accessToken, next.refreshToken,
            ].map(\.value)
            + made.key.value.split(separator: "_").map(String.init).filter { $0.count == 43 }
        for secret in secrets {
            #expect(stored.range(of: Data(secret.utf8)) == nil)
            #expect(!logs.contains(secret))
        }
    }
}
