import Foundation
import Gateway
import Logging
import Primitives
import Protocols
import Telemetry
import Testing

private func identity(_ scopes: [Scope], isAdmin: Bool = false) -> Identity {
    Identity(
        user: UserID(rawValue: 1), name: "u", tenant: TenantID(rawValue: 2), tenantName: "t",
        isAdmin: isAdmin, plan: .free, scopes: scopes, source: .apiKey("k"), validUntil: nil)
}

@Suite struct `The policy` {
    @Test(arguments: GatewayOperation.allCases)
    func `allows nothing without a right`(operation: GatewayOperation) {
        let policy = AccessPolicy(for: operation)
        switch policy.requirement {
        case .nobody, .caller: break
        case .admin, .collection:
            #expect(throws: ServiceError.self) {
                try policy.check(identity([]), operation, on: "docs")
            }
        }
    }

    @Test func `does not let administrators do with collections what their key may not`() {
        #expect(throws: ServiceError.unknownCollection("docs")) {
            try AccessPolicy(for: .search).check(identity([], isAdmin: true), .search, on: "docs")
        }
    }

    @Test func `tells a collection that may not be seen from none by nothing`() {
        let scoped = identity([Scope(.manage, on: .named(["a"]))])
        #expect(throws: ServiceError.unknownCollection("b")) {
            try AccessPolicy(for: .deleteCollection).check(scoped, .deleteCollection, on: "b")
        }
        #expect(throws: Never.self) {
            try AccessPolicy(for: .deleteCollection).check(scoped, .deleteCollection, on: "a")
        }
    }
}

@Suite struct `The names of a tenant` {
    @Test func `are joined and parted here only`() throws {
        let seven = TenantNamespace(of: TenantID(rawValue: 7))
        #expect(try seven.internalName(of: "docs") == "7:docs")
        #expect(seven.name(of: "7:docs") == "docs")
        for other in ["docs", "77:docs", "8:docs", "7:7:docs"] {
            #expect(seven.name(of: other) == nil, "\(other)")
        }
        let root = TenantNamespace(of: TenantNamespace.root)
        #expect(try root.internalName(of: "docs") == "docs")
        #expect(root.name(of: "docs") == "docs")
        #expect(root.name(of: "7:docs") == nil)
    }

    @Test(arguments: ["7:docs", ":docs", "", ".", "..", "a/b", "a\0b", "ä"])
    func `have no number that a user typed`(name: String) {
        for tenant: UInt64 in [1, 7] {
            #expect(throws: ServiceError.self) {
                try TenantNamespace(of: TenantID(rawValue: tenant)).internalName(of: name)
            }
        }
    }

    @Test func `are in errors what the tenant knows`() {
        let seven = TenantNamespace(of: TenantID(rawValue: 7))
        let error = seven.translated(.unknownCollection("7:docs"), about: "docs")
        #expect(error == .unknownCollection("docs"))
    }
}

@Suite struct `The audit log` {
    @Test func `has names and outcomes, and no secret`() async throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("vectron-audit-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let audit = AuditLog(
            try LineLog(path: path, logger: Logger(label: "test")),
            wallClock: { Timestamp(1_700_000_000) })
        let caller = Caller(
            credential: .apiKey("vec_secret"), address: ClientAddress("10.0.0.1"),
            requestID: "r1", face: "rest")
        let request = GatewayRequest.login(
            LoginRequest(name: "ann\"\n", password: Secret("hunter2hunter2")))
        audit.record(
            AuditLog.Event(
                caller: caller, identity: identity([]), operation: request.operation,
                collection: nil, subject: request.subject, failure: nil))
        // A whole key where the id of one belongs.
        let pasted = GatewayRequest.revokeKey("vec_" + String(repeating: "secret", count: 10))
        audit.record(
            AuditLog.Event(
                caller: caller, identity: identity([]), operation: pasted.operation,
                collection: nil, subject: pasted.subject, failure: .notFound))
        for _ in 0..<10_000 {
            audit.record(
                AuditLog.Event(
                    caller: caller, identity: nil, operation: .search, collection: "docs",
                    subject: nil, failure: .unauthenticated))
        }
        await audit.flush()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n")
        #expect(
            lines[0] == #"""
                {"time":"2023-11-14T22:13:20Z","request":"r1","face":"rest","address":"10.0.0.1","user":"u","tenant":"t","credential":"key:k","operation":"login","subject":"ann\"\n","outcome":"done"}
                """#)
        #expect(lines[1].contains(#""subject":"(a secret)""#))
        #expect(!text.contains("secretsecret") && !text.contains("hunter2"))
        #expect(!text.contains("vec_"))
        #expect(lines.count < 1_000, "a flood of strangers fills the log")
    }
}

@Suite struct `An address` {
    @Test func `is limited by what one customer is given`() {
        #expect(ClientAddress("10.1.2.3").network == "10.1.2.3")
        #expect(ClientAddress("::ffff:10.1.2.3").network == "10.1.2.3")
        #expect(
            ClientAddress("2001:db8:1:2:3:4:5:6").network
                == ClientAddress("2001:db8:1:2:ffff::1").network)
        #expect(
            ClientAddress("2001:db8:1:2::").network != ClientAddress("2001:db8:1:3::").network)
    }
}
