import Gateway
import Primitives
import Protocols
import REST
import Testing

/// What is in the place of a variable part of a path.
private func value(_ name: String) -> String { name == "collection" ? "docs" : "somebody" }

@Suite struct `Every route` {
    @Test func `is refused without a good credential`() async throws {
        try await withREST { rest in
            for route in RESTRoute.all {
                let needsNone = AccessPolicy(for: route.operation).requirement == .nobody
                for key in [nil, "vec_wrong", FakeAuth.expiredKey, "", "a.b.c"] {
                    let answer = try await rest.send(
                        route.method.rawValue, route.path(with: value), key: key,
                        body: route.hasBody ? "{}" : nil)
                    if needsNone {
                        #expect(answer.status == 400, "\(route.path) \(key ?? "-")")
                    } else {
                        #expect(answer.status == 401, "\(route.path) \(key ?? "-")")
                        #expect(answer.headers["www-authenticate"] == "Bearer")
                    }
                    #expect(answer.text.contains("\"request_id\""))
                }
            }
        }
    }

    @Test func `takes the right that its policy says`() async throws {
        try await withREST { rest in
            for route in RESTRoute.all where route.operation != .rotateSigningKey {
                let answer = try await rest.send(
                    route.method.rawValue, route.path(with: value), key: FakeAuth.readKey,
                    body: route.hasBody ? "{}" : nil)
                switch AccessPolicy(for: route.operation).requirement {
                case .admin, .collection(.write), .collection(.manage):
                    #expect(answer.status == 403, "\(route.path): \(answer.text)")
                case .nobody, .caller, .collection(.read):
                    #expect(
                        answer.status != 401 && answer.status != 403,
                        "\(route.path): \(answer.text)")
                }
            }
        }
    }

    @Test func `hides what is another's as if it were not there`() async throws {
        try await withREST { rest in
            for route in RESTRoute.all {
                guard case .collection = AccessPolicy(for: route.operation).requirement,
                    route.operation != .createCollection
                else { continue }
                let body = route.hasBody ? validBody(of: route.operation) : nil
                for key in [FakeAuth.otherTenantKey, FakeAuth.scopedKey] {
                    let theirs = try await rest.send(
                        route.method.rawValue, route.path(with: value), key: key,
                        headers: ["x-request-id: r"], body: body)
                    let missing = try await rest.send(
                        route.method.rawValue, route.path { _ in "nope" }, key: key,
                        headers: ["x-request-id: r"], body: body)
                    #expect(theirs.status == 404 && missing.status == 404, "\(route.path)")
                    #expect(
                        theirs.text.replacing("docs", with: "nope") == missing.text,
                        "\(route.path)")
                    #expect(!theirs.text.contains("8:"), "\(theirs.text)")
                }
            }
        }
    }

    private func validBody(of operation: GatewayOperation) -> String {
        switch operation {
        case .upsert: #"{"points":[{"id":1,"vector":[1,2]}]}"#
        case .get, .deletePoints: #"{"ids":[1]}"#
        case .search: #"{"vector":[1,2]}"#
        default: "{}"
        }
    }

    @Test func `refuses names that could be taken for paths`() async throws {
        let names = [
            "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a%2Fb", "%252e%252e", "a%00b", "a%0ab",
            "%E2%80%AE", "7%3Adocs", "7:docs", ".hidden", String(repeating: "x", count: 300), "%",
            "%zz", "%ff", "a%5cb",
        ]
        try await withREST { rest in
            for route in RESTRoute.all where route.path.contains("{collection}") {
                for name in names {
                    let answer = try await rest.send(
                        route.method.rawValue, route.path { _ in name }, key: FakeAuth.adminKey,
                        body: route.hasBody ? validBody(of: route.operation) : nil)
                    #expect(
                        answer.status == 400 || answer.status == 404,
                        "\(route.path) \(name): \(answer.status) \(answer.text)")
                }
            }
        }
    }
}

@Suite struct `A tenant` {
    @Test func `sees its own collections by their own names`() async throws {
        try await withREST { rest in
            let mine = try await rest.send("GET", "/v1/collections", key: "vec_owner")
            #expect(mine.text.contains(#""name":"docs""#) && mine.text.contains(#""name":"other""#))
            #expect(!mine.text.contains("7:") && !mine.text.contains("4711"))
            let scoped = try await rest.send("GET", "/v1/collections", key: FakeAuth.scopedKey)
            #expect(!scoped.text.contains("docs") && scoped.text.contains("other"))
            let others = try await rest.send("GET", "/v1/collections", key: FakeAuth.otherTenantKey)
            #expect(others.text == #"{"collections":[]}"#)
            let root = try await rest.send("GET", "/v1/collections", key: FakeAuth.adminKey)
            #expect(root.text.contains("docs") && !root.text.contains("other"))
        }
    }

    @Test func `has names of its own that others have too`() async throws {
        try await withREST { rest in
            for key in [FakeAuth.otherTenantKey, FakeAuth.adminKey, "vec_owner"] {
                let body = #"{"dimension":2,"metric":"dot"}"#
                let made = try await rest.send(
                    "PUT", "/v1/collections/new", key: key, body: body)
                #expect(made.status == 201, "\(made.text)")
                #expect(made.text.contains(#""name":"new""#))
                let again = try await rest.send(
                    "PUT", "/v1/collections/new", key: key, body: body)
                #expect(again.status == 409)
                #expect(!again.text.contains(":new"), "\(again.text)")
            }
        }
    }

    @Test func `is held to its plan`() async throws {
        try await withREST { rest in
            let more = try await rest.send(
                "PUT", "/v1/collections/second", key: FakeAuth.limitedKey,
                body: #"{"dimension":2,"metric":"dot"}"#)
            #expect(more.status == 413 && more.text.contains("1 collections"), "\(more.text)")
            let points = try await rest.send(
                "PUT", "/v1/collections/full/points", key: FakeAuth.limitedKey,
                body:
                    #"{"points":[{"id":1,"vector":[1,2]},{"id":2,"vector":[1,2]},{"id":3,"vector":[1,2]}]}"#
            )
            #expect(points.status == 413 && points.text.contains("points (2)"), "\(points.text)")
            var statuses: [Int] = []
            for _ in 0..<6 {
                let answer = try await rest.send(
                    "GET", "/v1/collections/full/count", key: FakeAuth.limitedKey)
                statuses.append(answer.status)
                if answer.status == 429 { #expect(answer.headers["retry-after"] == "1") }
            }
            #expect(statuses.prefix(3) == [200, 200, 200])
            #expect(statuses.contains(429))
        }
    }
}

@Suite struct `A stranger` {
    @Test func `says nothing of where it comes from, unless it is a proxy`() async throws {
        func statuses(trusting proxies: TrustedProxies) async throws -> [Int] {
            var limits = RequestLimiter.Limits.open
            limits.strangers = .init(rate: 0.01, burst: 2)
            let (answers, continuation) = AsyncStream.makeStream(of: Int.self)
            try await withREST(change: { $0.trustedProxies = proxies }, limits: limits) { rest in
                for number in 1...4 {
                    let answer = try await rest.send(
                        "GET", "/v1/identity", key: "vec_guess\(number)",
                        headers: [
                            "X-Forwarded-For: 6.6.6.6, 192.0.2.\(number)",
                            "X-Real-IP: 192.0.2.\(number)", "Forwarded: for=192.0.2.\(number)",
                            "sourceID: gateway", "X-Vectron-Internal: 1",
                        ])
                    continuation.yield(answer.status)
                }
                continuation.finish()
            }
            return await answers.reduce(into: []) { $0.append($1) }
        }
        #expect(try await statuses(trusting: TrustedProxies()) == [401, 401, 429, 429])
        let others = TrustedProxies([AddressBlock("10.0.0.0/8")].compactMap { $0 })
        #expect(try await statuses(trusting: others) == [401, 401, 429, 429])
        let proxies = TrustedProxies([AddressBlock("127.0.0.0/8")].compactMap { $0 })
        #expect(try await statuses(trusting: proxies) == [401, 401, 401, 401])
    }

    @Test func `is slowed down, and nobody else is`() async throws {
        var limits = RequestLimiter.Limits.open
        limits.strangers = .init(rate: 0.01, burst: 3)
        try await withREST(limits: limits) { rest in
            // Known from now on: what comes from the same address is not strange any more.
            let known = try await rest.send("GET", "/v1/identity", key: "vec_owner")
            #expect(known.status == 200)
            var statuses: [Int] = []
            for number in 0..<4 {
                statuses.append(
                    try await rest.send("GET", "/v1/identity", key: "vec_guess\(number)").status)
            }
            #expect(statuses == [401, 401, 429, 429])
            let still = try await rest.send("GET", "/v1/identity", key: "vec_owner")
            #expect(still.status == 200)
        }
    }
}
