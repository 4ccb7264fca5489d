import Gateway
import MessagePack
import Primitives
import Protocols
import Testing

/// Who may do what by the bridge: every method of the table with every credential.
@Suite(.timeLimit(.minutes(1))) struct `The door of the bridge` {
    /// Keys by what they may do; the last is of another tenant.
    private static let identities: [String: Identity] = [
        "vec_admin": identity(7, [Scope(.manage)], isAdmin: true),
        "vec_read": identity(7, [Scope(.read)]),
        "vec_write": identity(7, [Scope(.write)]),
        "vec_elsewhere": identity(7, [Scope(.manage, on: .named(["elsewhere"]))]),
        "vec_other": identity(8, [Scope(.manage)]),
    ]

    private static func identity(
        _ tenant: UInt64, _ scopes: [Scope], isAdmin: Bool = false
    ) -> Identity {
        Identity(
            user: UserID(rawValue: tenant), name: "u", tenant: TenantID(rawValue: tenant),
            tenantName: "t", isAdmin: isAdmin, plan: .unlimited, scopes: scopes,
            source: .apiKey("k"), validUntil: nil)
    }

    private func withUsers(_ body: (BridgeClient) async throws -> Void) async throws {
        let validate: @Sendable (Credential) async throws -> Identity = { credential in
            guard case .apiKey(let key) = credential, let identity = Self.identities[key] else {
                throw ServiceError.unauthenticated
            }
            return identity
        }
        try await withBridge(validate: validate) { bridge in
            try await body(BridgeClient(bridge.endpoint))
        }
    }

    /// A request that is good as far as its envelope goes; `field` is one that no method has.
    private func request(
        _ method: BridgeMethod, key: String?, collection: String = "mine", field: String? = nil
    ) -> [UInt8] {
        var fields = [("op", method.rawValue)]
        if method.namesCollection { fields.append(("collection", collection)) }
        if let key { fields.append(("key", key)) }
        if let field { fields.append((field, "x")) }
        let buffer = MessageBuffer(minimumCapacity: 64)
        let writer = MessagePackWriter(buffer: buffer)
        writer.writeMapHeader(count: fields.count + 2)
        writer.write("v")
        writer.write(1)
        writer.write("id")
        writer.write(1)
        for (name, value) in fields {
            writer.write(name)
            writer.write(value)
        }
        return buffer.copiedBytes()
    }

    private func code(
        _ bytes: [UInt8], _ client: BridgeClient
    ) async throws -> ServiceError.Code? {
        guard case .string(let code)? = try await client.ask(bytes)["error"]?["code"] else {
            return nil
        }
        return ServiceError.Code(rawValue: code)
    }

    @Test(arguments: [nil, "", "vec_wrong", "a.b.c", "vec_adminx"] as [String?])
    func `lets nobody in without a good credential, and reads no more of their requests`(
        key: String?
    ) async throws {
        try await withUsers { client in
            for method in BridgeMethod.allCases where method != .ping {
                let code = try await code(request(method, key: key, field: "none"), client)
                #expect(code == .unauthenticated, "\(method)")
            }
        }
    }

    @Test(arguments: ["vec_admin", "vec_read", "vec_write", "vec_elsewhere"])
    func `asks the policy about every method`(key: String) async throws {
        let identity = try #require(Self.identities[key])
        try await withUsers { client in
            for method in BridgeMethod.allCases {
                guard let operation = method.operation else { continue }
                var expected = ServiceError.Code.invalidArgument
                do throws(ServiceError) {
                    try AccessPolicy(for: operation).check(
                        identity, operation, on: method.namesCollection ? "mine" : nil)
                } catch { expected = error.code }
                // Those who pass learn that the field is unknown, the others do not.
                let code = try await code(request(method, key: key, field: "none"), client)
                #expect(code == expected, "\(method)")
            }
        }
    }

    @Test func `lets a key that only reads write nothing`() async throws {
        try await withUsers { client in
            for method in [BridgeMethod.upsert, .delete, .openSession] {
                let code = try await code(request(method, key: "vec_read"), client)
                #expect(code == .permissionDenied, "\(method)")
            }
            #expect(try await code(request(.count, key: "vec_read"), client) == nil)
        }
    }

    @Test func `tells another tenant's collection from none by nothing`() async throws {
        try await withUsers { client in
            #expect(try await code(request(.count, key: "vec_admin"), client) == nil)
            let mine = try await client.ask(request(.count, key: "vec_other"))
            let none = try await client.ask(
                request(.count, key: "vec_other", collection: "none"))
            #expect(mine["error"]?["code"] == .string("notFound"))
            #expect(mine["error"]?["details"]?["collection"] == .string("mine"))
            guard case .string(let one)? = mine["error"]?["message"],
                case .string(let other)? = none["error"]?["message"]
            else {
                Issue.record("no messages in \(mine), \(none)")
                return
            }
            #expect(one.split(separator: "mine") == other.split(separator: "none"))
        }
    }

    @Test(arguments: ["7:mine", ":mine", "7:", "..", ""])
    func `takes no name that is one inside the cluster`(name: String) async throws {
        try await withUsers { client in
            for method in BridgeMethod.allCases where method.namesCollection {
                for key in ["vec_admin", "vec_other"] {
                    let bytes = request(method, key: key, collection: name)
                    let code = try await code(bytes, client)
                    #expect(code == .invalidArgument, "\(method)")
                }
            }
        }
    }

    @Test func `answers pings of anybody`() async throws {
        try await withUsers { client in
            for key in [nil, "vec_wrong"] {
                let code = try await code(request(.ping, key: key), client)
                #expect(code == nil)
            }
        }
    }

    @Test func `stands open where there are no users`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            for key in [nil, "vec_wrong"] {
                let code = try await code(request(.openSession, key: key), client)
                #expect(code == nil)
            }
        }
    }
}
