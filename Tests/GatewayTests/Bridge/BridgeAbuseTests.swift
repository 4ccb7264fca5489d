import Gateway
import MessagePack
import Protocols
import Testing
import ZeroMQ

/// What strangers do to a port, by accident or not: others are served all the while.
@Suite(.timeLimit(.minutes(1))) struct `A bridge under abuse` {
    private static let ping = BridgeGolden.all.first { $0.name == "ping" }?.bytes ?? []

    // MARK: - Below ZMTP

    @Test(
        arguments: [
            [], [0], [0xff], Array("GET /collections HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
            // A greeting of another protocol's version, of ZMTP 3 cut short, and of no mechanism.
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 9, 9],
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3],
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1] + Array("NONE".utf8)
                + [UInt8](repeating: 0, count: 48),
            [UInt8](repeating: 0xff, count: 4_096),
            // The record that opens a TLS handshake.
            [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3],
        ] as [[UInt8]])
    func `serves others beside connections that are no ZMTP`(bytes: [UInt8]) async throws {
        try await withBridge { bridge in
            let strangers = try (0..<20).map { _ in try RawConnection(bridge.endpoint) }
            for stranger in strangers { stranger.send(bytes) }
            let client = try BridgeClient(bridge.endpoint)
            #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
            #expect(bridge.ledger.counters.requests == 1)
            withExtendedLifetime(strangers) {}
        }
    }

    @Test func `serves others beside hundreds of half-open handshakes`() async throws {
        try await withBridge { bridge in
            let strangers = try (0..<300).map { _ in try RawConnection(bridge.endpoint) }
            for (number, stranger) in strangers.enumerated() {
                stranger.send(Array([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3].prefix(number % 12)))
            }
            let client = try BridgeClient(bridge.endpoint)
            for _ in 0..<50 {
                #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
            }
            try await until { bridge.ledger.usage == BridgeAdmission.Usage() }
            withExtendedLifetime(strangers) {}
        }
    }

    @Test func `cuts off who announces two gibibytes, before they come`() async throws {
        try await withBridge { bridge in
            let stranger = try RawConnection(bridge.endpoint)
            stranger.greet()
            // A long frame: flags, then its length as eight bytes.
            stranger.send([0x02, 0, 0, 0, 0, 0x80, 0, 0, 0])
            stranger.waitForEnd()
            let client = try BridgeClient(bridge.endpoint)
            #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
            #expect(bridge.ledger.counters.requests == 1)
        }
    }

    @Test func `answers a request that is too large under its id, if only by a little`()
        async throws
    {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            let bytes = Self.ping + [UInt8](repeating: 0, count: BridgeRequest.maxByteCount)
            let reply = try await client.ask(bytes)
            #expect(reply["error"]?["code"] == .string("tooLarge"))
            #expect(reply["id"] == .integer(1))
            #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
            #expect(bridge.ledger.counters.requests == 1)
        }
    }

    // MARK: - Frames

    @Test(arguments: [11, 12, 1_000, 100_000])
    func `ignores a message of too many frames, and goes on`(frameCount: Int) async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            for _ in 1..<frameCount { try client.send([], .more) }
            try client.send(Self.ping)
            #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
            #expect(bridge.ledger.counters.ignored == 1)
            #expect(bridge.ledger.counters.requests == 1)
        }
    }

    @Test(arguments: [[], [[]], [[], []]] as [[[UInt8]]])
    func `answers an empty body, whatever stands before it`(frames: [[UInt8]]) async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            for frame in frames { try client.send(frame, .more) }
            try client.send([])
            try await until { bridge.ledger.counters.malformed == 1 }
            let other = try BridgeClient(bridge.endpoint)
            #expect(try await other.ask(Self.ping)["ok"] == .bool(true))
        }
    }

    @Test func `gives nobody another's replies, though they claim its routing ID`() async throws {
        try await withBridge { bridge in
            let first = try BridgeClient(bridge.endpoint, routingID: [1, 2, 3])
            #expect(try await first.ask(Self.ping)["ok"] == .bool(true))
            let second = try BridgeClient(bridge.endpoint, routingID: [1, 2, 3])
            try second.send(Self.ping)
            for _ in 0..<20 {
                #expect(try await first.ask(Self.ping)["ok"] == .bool(true))
                #expect(try second.receiveNow() == nil)
            }
        }
    }

    @Test func `takes a routing ID of 255 bytes`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(
                bridge.endpoint, routingID: [UInt8](repeating: 7, count: 255))
            #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
        }
    }

    @Test func `drops replies to a client that has vanished`() async throws {
        try await withBridge { bridge in
            let status = BridgeGolden.all.first { $0.name == "status" }?.bytes ?? []
            for _ in 0..<5 {
                let client = try BridgeClient(bridge.endpoint)
                for _ in 0..<20 { try client.send(status) }
                let count = bridge.ledger.counters.requests
                try await until { bridge.ledger.counters.requests > count || count >= 20 }
            }
            bridge.gate.open()
            try await until { bridge.ledger.usage == BridgeAdmission.Usage() }
            let client = try BridgeClient(bridge.endpoint)
            #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
        }
    }

    // MARK: - Floods

    @Test func `slows only the client that floods and does not read`() async throws {
        try await withBridge({
            $0.limits.clientRequestCount = 8
            $0.limits.clientReplyByteCount = 64 << 10
        }) { bridge in
            let flooding = try BridgeClient(bridge.endpoint)
            let client = try BridgeClient(bridge.endpoint)
            for _ in 0..<40 {
                // Whether libzmq takes all of them depends on how fast the bridge is.
                for _ in 0..<200 { _ = try flooding.trySend(Self.ping) }
                #expect(try await client.ask(Self.ping)["ok"] == .bool(true))
                #expect(bridge.ledger.usage.requestCount <= 9)
                #expect(bridge.ledger.usage.replyByteCount <= 80 << 10)
            }
        }
    }

    @Test func `repeats nothing of itself when a request comes twice`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            for _ in 0..<2 { try client.send(Self.ping) }
            for _ in 0..<2 {
                let reply = try await client.receive()
                #expect(reply["ok"] == .bool(true) && reply["id"] == .integer(1))
            }
            #expect(bridge.ledger.counters.requests == 2)
        }
    }

    // MARK: - Numbers

    /// Each numeric field of each operation, and what it must not be.
    @Test(
        arguments: [
            ("scroll", "limit"), ("search", "limit"), ("search", "ef_search"),
            ("search.batch", "count"), ("search.batch", "limit"), ("recall.measure", "samples"),
            ("recall.measure", "limit"), ("collection.create", "dimension"),
            ("collection.create", "shard_count"), ("collection.create", "replica_count"),
            ("ping", "deadline_ms"), ("delete", "sequence"),
        ])
    func `refuses every impossible number, by name`(operation: String, field: String) throws {
        for number in [
            MessagePackValue.double(.nan), .double(.infinity), .double(1.5), .string("10"),
            .unsigned(.max), .binary([1]), .array([.integer(1)]), .map([]), .bool(true),
        ] {
            // A sequence is a number of 64 bits; what is wrong there is that no session is named.
            let error = #expect(throws: BridgeRejection.self) {
                try BridgeRequest.reading(Self.request(operation, [field: number]))
            }
            #expect(error?.error.code == .invalidArgument)
            #expect(error?.id == .number(1))
            let isNamed = error?.error.details["field"] == field
            #expect(isNamed || field == "sequence", "\(error?.error.message ?? "")")
        }
    }

    /// A request with what its operation must have, and these fields.
    private static func request(
        _ operation: String, _ fields: [String: MessagePackValue]
    ) -> [UInt8] {
        var all: [String: MessagePackValue] =
            operation == "ping" ? [:] : ["collection": .string("docs")]
        switch operation {
        case "search": all["point"] = .integer(1)
        case "search.batch": all["vectors"] = .array([.array([.integer(1)])])
        case "collection.create":
            all["dimension"] = .integer(3)
            all["metric"] = .string("dot")
        case "delete": all["ids"] = .array([])
        default: break
        }
        all.merge(fields) { _, new in new }
        var writer = MessagePackWriter()
        writer.writeMapHeader(count: 3 + all.count)
        writer.writeKey("v")
        writer.write(1)
        writer.writeKey("id")
        writer.write(1)
        writer.writeKey("op")
        writer.write(operation)
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            writer.write(name)
            value.encode(to: &writer)
        }
        return writer.buffer.copiedBytes()
    }
}
