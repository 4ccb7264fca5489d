import Testing
import ZeroMQ

@Suite struct `A socket` {
    @Test func `that is bound to a port in use says so`() throws {
        let context = try Context()
        let first = try Socket(.router, in: context)
        try first.bind("tcp://127.0.0.1:*")
        let second = try Socket(.router, in: context)
        let endpoint = try first.lastEndpoint
        let error = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
        #expect(error?.isAddressInUse == true)
        #expect(error?.description.contains(endpoint) == true)
    }

    @Test func `receives nothing when nothing is there`() throws {
        let socket = try Socket(.router, in: Context())
        try socket.bind("inproc://empty")
        let message = try socket.receive()
        #expect(message?.count == nil)
        #expect(!socket.hasMessage)
    }

    @Test func `of a router knows when a peer is not there`() throws {
        let router = try Socket(.router, in: Context())
        try router.set(.routerMandatory, 1)
        let nobody: [UInt8] = [1, 2, 3]
        let result = try nobody.withUnsafeBytes { try router.send($0, .more) }
        #expect(result == .noPeer)
    }
}

@Suite struct `A CURVE key pair` {
    @Test func `is found again by its secret key`() throws {
        let pair = try CurveKeyPair.generate()
        #expect(CurveKeyPair(secretKey: pair.secretKey)?.publicKey == pair.publicKey)
        #expect(CurvePublicKey(text: pair.publicKey.text)?.bytes == pair.publicKey.bytes)
    }

    @Test(arguments: ["", "short", String(repeating: "~", count: 40)])
    func `is not made of text that is no key`(text: String) {
        #expect(CurveKeyPair(secretKey: text) == nil)
        #expect(CurvePublicKey(text: text) == nil)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A monitor` {
    /// libzmq's I/O thread once waited for ever for a monitor that was gone.
    @Test func `that is gone holds up no connection's end`() async throws {
        for _ in 0..<20 {
            let context = try Context()
            var router: Socket? = try Socket(.router, in: context)
            var monitor: SocketMonitor? = try SocketMonitor(
                of: try #require(router), name: "router", in: context)
            try #require(router).bind("tcp://127.0.0.1:*")
            let dealerContext = try Context()
            let dealer = try Socket(.dealer, in: dealerContext)
            let dealerMonitor = try SocketMonitor(of: dealer, name: "dealer", in: dealerContext)
            try dealer.set(.reconnectInterval, -1)
            try dealer.connect(try #require(router).lastEndpoint)
            while try dealerMonitor.next() != .connected { await Task.yield() }
            withExtendedLifetime((monitor, router)) {}
            monitor = nil
            router = nil
            while try dealerMonitor.next() != .disconnected { await Task.yield() }
        }
    }
}
