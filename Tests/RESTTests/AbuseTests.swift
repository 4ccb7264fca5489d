import Gateway
import Protocols
import REST
import Testing

@Suite struct `The table of routes` {
    /// What each route takes, written down a second time: who changes the policy changes it here too,
    /// and a new route has no entry.
    private static let requirements: [GatewayOperation: AccessPolicy.Requirement] = [
        .bootstrap: .nobody, .login: .nobody, .refresh: .nobody, .logout: .nobody,
        .whoAmI: .caller, .changePassword: .caller, .createKey: .caller, .listKeys: .caller,
        .revokeKey: .caller, .deleteUser: .caller, .listCollections: .caller,
        .registerUser: .admin, .listUsers: .admin, .listPlans: .admin, .setPlan: .admin,
        .updatePlan: .admin, .rotateSigningKey: .admin, .status: .admin,
        .createCollection: .collection(.manage), .deleteCollection: .collection(.manage),
        .measureRecall: .collection(.manage), .describeCollection: .collection(.read),
        .get: .collection(.read), .search: .collection(.read), .count: .collection(.read),
        .upsert: .collection(.write), .deletePoints: .collection(.write),
    ]

    @Test(arguments: RESTRoute.all.map(\.operation))
    func `takes what this list says`(operation: GatewayOperation) {
        #expect(AccessPolicy(for: operation).requirement == Self.requirements[operation])
    }

    @Test func `has each route once, and no more than the list`() {
        #expect(RESTRoute.all.count == Self.requirements.count)
        #expect(Set(RESTRoute.all.map(\.operation)) == Set(Self.requirements.keys))
        let names = RESTRoute.all.map { "\($0.method.rawValue) \($0.path { _ in "x" })" }
        #expect(Set(names).count == names.count)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A connection` {
    private static let request = Array("GET /livez HTTP/1.1\r\nHost: t\r\n\r\n".utf8)

    @Test func `may send a few requests ahead`() async throws {
        try await withREST { rest in
            let port = rest.port
            let text = try await onThread {
                let connection = try RawConnection(port: port)
                _ = connection.send(Array(repeating: Self.request, count: 8).flatMap { $0 })
                var bytes: [UInt8] = []
                while bytes.split(separator: UInt8(ascii: "\n")).count(where: { $0 == Self.ok }) < 8
                {
                    let more = connection.receive()
                    guard !more.isEmpty else { break }
                    bytes += more
                }
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(text.split(separator: "HTTP/1.1 200 OK").count == 8, "\(text)")
        }
    }

    private static let ok = ArraySlice("ok".utf8)

    @Test func `that sends far more ahead than is answered is closed`() async throws {
        try await withREST(change: { $0.maxPipelinedRequestCount = 4 }) { rest in
            let port = rest.port
            let isClosed = try await onThread {
                let connection = try RawConnection(port: port)
                // What fits into one read, so that no reading can stop in the midst of it.
                let many = Array(repeating: Self.request, count: 500).flatMap { $0 }
                for _ in 0..<2_000 where !connection.send(many) { return true }
                return false
            }
            #expect(isClosed)
            #expect(try await rest.send("GET", "/livez").status == 200)
        }
    }

    @Test func `that speaks no HTTP is told so and closed soon`() async throws {
        try await withREST(change: { $0.timeouts.linger = .milliseconds(200) }) { rest in
            let port = rest.port
            let (answer, isClosed) = try await onThread {
                let connection = try RawConnection(port: port)
                _ = connection.send(Array("GET /livez HTTP/1.1\r\nno header\r\n\r\n".utf8))
                let answer = connection.response()
                return (answer, connection.receive().isEmpty)
            }
            #expect(answer?.status == 400)
            #expect(answer?.headers["connection"] == "close")
            #expect(isClosed)
        }
    }
}
