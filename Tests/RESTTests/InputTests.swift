import Gateway
import Glibc
import Protocols
import REST
import Telemetry
import Testing

@Suite struct `Bad input` {
    @Test(arguments: [
        "2147483648", "9223372036854775807", "18446744073709551616", "-1", "1.5", "1e400", "NaN",
        "\"10\"", "true",
    ])
    func `in a number is refused by the name of its field`(number: String) async throws {
        try await withREST { rest in
            let wrong: [(String, String, String)] = [
                ("POST", "/v1/collections/docs/search", #"{"vector":[1,2],"limit":#}"#),
                ("POST", "/v1/collections/docs/search", #"{"vector":[1,2],"ef_search":#}"#),
                ("POST", "/v1/collections/docs/recall", #"{"sample_count":#}"#),
                ("POST", "/v1/collections/docs/recall", #"{"limit":#}"#),
                ("PUT", "/v1/collections/new", #"{"metric":"dot","dimension":#}"#),
                ("PUT", "/v1/collections/new", #"{"metric":"dot","dimension":2,"shard_count":#}"#),
                (
                    "PUT", "/v1/collections/new",
                    #"{"metric":"dot","dimension":2,"replica_count":#}"#
                ),
            ]
            for (method, path, body) in wrong {
                let answer = try await rest.send(
                    method, path, key: FakeAuth.adminKey, body: body.replacing("#", with: number))
                #expect(answer.status == 400, "\(body): \(answer.text)")
                if number != "NaN" { #expect(answer.text.contains("\"field\""), "\(answer.text)") }
            }
        }
    }

    @Test(arguments: [
        "", "[", "{", "nul", "{\"ids\":[1]}x", "{\"ids\":[1],\"ids\":[2]}", "{\"ids\":[1],\"x\":2}",
        "\u{FEFF}{\"ids\":[1]}", "{\"ids\":[1,]}", "{\"ids\":[\"\\ud800\"]}", "{\"ids\":[-1]}",
        "{\"ids\":[1e400]}", "{\"ids\":[NaN]}", "{\"ids\":{}}", "{\"ids\":null}", "[]", "1",
        "{\"ids\":[[]]}",
    ])
    func `in a body is refused`(body: String) async throws {
        try await withREST { rest in
            let answer = try await rest.send(
                "POST", "/v1/collections/docs/points/get", key: FakeAuth.adminKey, body: body)
            #expect(answer.status == 400, "\(body): \(answer.status) \(answer.text)")
        }
    }

    @Test func `that is ten thousand deep is refused`() async throws {
        try await withREST { rest in
            for open in ["[", "{\"a\":"] {
                let body =
                    #"{"points":[{"id":1,"vector":[1,2],"payload":{"a":"#
                    + String(repeating: open, count: 10_000)
                let answer = try await rest.send(
                    "PUT", "/v1/collections/docs/points", key: FakeAuth.adminKey, body: body)
                #expect(answer.status == 413, "\(answer.text)")
                #expect(answer.text.contains("points[0].payload.a"))
            }
        }
    }

    @Test func `names the vector's component`() async throws {
        try await withREST { rest in
            let answer = try await rest.send(
                "PUT", "/v1/collections/docs/points", key: FakeAuth.adminKey,
                body: #"{"points":[{"id":1,"vector":[1,2]},{"id":2,"vector":[1,1e39]}]}"#)
            #expect(answer.status == 400 && answer.text.contains(#""field":"points[1].vector[1]""#))
        }
    }

    @Test func `of thirty mebibytes without a key is answered at once`() async throws {
        try await withREST { rest in
            let begin = ContinuousClock.now
            let port = rest.port
            let answer = try await onThread {
                let connection = try RawConnection(port: port)
                let size = 30 << 20
                let head =
                    "PUT /v1/collections/docs/points HTTP/1.1\r\nHost: t\r\nContent-Length: \(size)\r\n\r\n"
                _ = connection.send(Array(head.utf8))
                // Before a byte of the body is sent.
                let answer = connection.response()
                _ = connection.send(Array(repeating: UInt8(ascii: "["), count: size))
                return answer
            }
            #expect(answer?.status == 401)
            #expect(begin.duration(to: .now) < .seconds(10))
        }
    }

    @Test func `that is longer than said is refused before it is read`() async throws {
        try await withREST { rest in
            let answer = try await rest.send(
                "POST", "/v1/sessions", headers: ["Content-Length: 10000000"])
            #expect(answer.status == 413)
            let huge = try await rest.send(
                "GET", "/v1/identity", headers: ["x: \(String(repeating: "y", count: 100_000))"])
            #expect(huge.status == 400 || huge.status == 431)
        }
    }

    @Test(arguments: [
        "/v1/collections/../identity", "//v1/identity", "/v1//identity", "/v1/identity/",
        "/dashboard%2f..%2fcollections", "/v1/./identity", "/etc/passwd", "/", "*", "/v2/identity",
    ])
    func `in a path leads nowhere`(path: String) async throws {
        try await withREST { rest in
            let answer = try await rest.send("GET", path, key: FakeAuth.adminKey)
            #expect(answer.status == 404 || answer.status == 400, "\(path): \(answer.status)")
        }
    }
}

@Suite struct `A slow client` {
    @Test func `is cut off while others are served`() async throws {
        try await withREST(change: {
            $0.timeouts.head = .milliseconds(400)
            $0.timeouts.body = .milliseconds(400)
        }) { rest in
            let port = rest.port
            // One in the head, one in the body; each drop would renew an idle timeout.
            let starts = [
                "GET /v1/identity HTTP/1.1\r\nHost: t\r\nx: ",
                "POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: 60000\r\n\r\n",
            ]
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for start in starts {
                    group.addTask {
                        try await onThread {
                            let connection = try RawConnection(port: port)
                            guard connection.send(Array(start.utf8)) else { return true }
                            for _ in 0..<200 {
                                guard connection.send([UInt8(ascii: "y")]) else { return true }
                                var pause = timespec(tv_sec: 0, tv_nsec: 50_000_000)
                                nanosleep(&pause, nil)
                            }
                            return false
                        }
                    }
                }
                for _ in 0..<10 {
                    let answer = try await rest.send("GET", "/v1/identity", key: "vec_owner")
                    #expect(answer.status == 200)
                }
                for try await wasCut in group { #expect(wasCut) }
            }
        }
    }
}

@Suite struct `REST` {
    @Test func `answers what other programs ask`() async throws {
        try await withREST { rest in
            for path in ["/livez", "/readyz", "/healthz"] {
                #expect(try await rest.send("GET", path).status == 200)
            }
            #expect(try await rest.send("GET", "/metrics").status == 401)
            #expect(try await rest.send("GET", "/metrics", key: "vec_owner").status == 403)
            let metrics = try await rest.send("GET", "/metrics", key: FakeAuth.adminKey)
            #expect(metrics.headers["content-type"] == PrometheusRegistry.contentType)
            #expect(metrics.text.contains("metrics_series_dropped_total 0"))
        }
    }

    @Test func `describes every route`() async throws {
        try await withREST { rest in
            let document = try await rest.send("GET", "/openapi.json")
            #expect(document.status == 200 && document.text.contains(#""openapi":"3.1.0""#))
            for route in RESTRoute.all {
                #expect(document.text.contains("\"\(route.path)\":"), "\(route.path)")
                #expect(document.text.contains(#""operationId":"\#(route.operation.rawValue)""#))
            }
            let operations = Set(RESTRoute.all.map(\.operation))
            let onlyByBridge: Set<GatewayOperation> = [.searchBatch, .scroll, .openSession]
            #expect(operations == Set(GatewayOperation.allCases).subtracting(onlyByBridge))
        }
    }

    @Test func `names each request, as the client does if it may`() async throws {
        try await withREST { rest in
            let mine = try await rest.send("GET", "/livez", headers: ["x-request-id: my-id"])
            #expect(mine.headers["x-request-id"] == "my-id")
            let bad = try await rest.send("GET", "/livez", headers: ["x-request-id: a b"])
            #expect(bad.headers["x-request-id"] != "a b" && bad.headers["x-request-id"] != nil)
        }
    }

    @Test func `lets no other page call it unless it is told to`() async throws {
        try await withREST { rest in
            let answer = try await rest.send(
                "OPTIONS", "/v1/identity",
                headers: ["Origin: https://evil", "Access-Control-Request-Method: GET"])
            #expect(answer.status == 403)
            #expect(answer.headers["access-control-allow-origin"] == nil)
            let get = try await rest.send(
                "GET", "/v1/identity", key: "vec_owner", headers: ["Origin: https://evil"])
            #expect(get.status == 403)
            #expect(get.headers["access-control-allow-origin"] == nil)
        }
        try await withREST(change: { $0.allowedOrigins = ["https://good"] }) { rest in
            let answer = try await rest.send(
                "GET", "/v1/identity", key: "vec_owner", headers: ["Origin: https://good"])
            #expect(answer.headers["access-control-allow-origin"] == "https://good")
        }
    }

    @Test func `writes, reads, finds and deletes points`() async throws {
        try await withREST { rest in
            let payload = #""payload":{"a":[1,2.5,"x",null,true]}"#
            let points =
                #"{"points":[{"id":1,"vector":[1,0.5],\#(payload)},{"id":"x","vector":[0,1]}]}"#
            let steps: [(String, String, String?, String)] = [
                ("PUT", "points", points, #"{"count":2}"#),
                (
                    "POST", "points/get", #"{"ids":[1]}"#,
                    #"{"points":[{"id":1,\#(payload),"vector":[1.0,0.5]}]}"#
                ),
                (
                    "POST", "search", #"{"vector":[1,2],"limit":1}"#,
                    #"{"points":[{"id":1,"score":1.0,\#(payload)}]}"#
                ),
                ("GET", "count", nil, #"{"count":2}"#),
                ("POST", "points/delete", #"{"ids":[1,5]}"#, #"{"count":1}"#),
                ("GET", "count?consistency=local", nil, #"{"count":1}"#),
            ]
            for (method, path, body, expected) in steps {
                let answer = try await rest.send(
                    method, "/v1/collections/docs/\(path)", key: "vec_owner", body: body)
                #expect(answer.status == 200 && answer.text == expected, "\(path)")
            }
        }
    }

    @Test func `stops believing a key that is revoked`() async throws {
        try await withREST { rest in
            #expect(try await rest.send("GET", "/v1/identity", key: "vec_owner").status == 200)
            let done = try await rest.send("DELETE", "/v1/keys/owner", key: "vec_owner")
            #expect(done.status == 200)
            #expect(try await rest.send("GET", "/v1/identity", key: "vec_owner").status == 401)
        }
    }

    @Test func `without users answers this machine by its own names only`() async throws {
        try await withREST(hasUsers: false) { rest in
            for (host, status) in [
                ("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("evil.example", 403),
                ("127.0.0.1.evil.example:80", 403), ("127.evil", 403),
            ] {
                let answer = try await rest.send("GET", "/v1/identity", host: host)
                #expect(answer.status == status, "\(host)")
            }
        }
    }

    @Test func `is not open to strangers where there are no users`() {
        #expect(throws: RESTError.openToStrangers(host: "0.0.0.0")) {
            try openServer(host: "0.0.0.0")
        }
        #expect(throws: Never.self) { try openServer(host: "127.0.0.1") }
    }
}
