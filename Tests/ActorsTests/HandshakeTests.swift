import Actors
import Distributed
import MessagePack
import Testing
import ZeroMQ

@Suite(.serialized, .timeLimit(.minutes(1))) struct `A handshake` {
    @Test(arguments: Wire.allCases)
    func `refuses a node of another cluster, and both ends say why`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let logs = (callee: LogCapture(), caller: LogCapture())
            let callee = try cluster.node("callee") { $0.logger = logs.callee.logger() }
            let stranger = try cluster.node("stranger") {
                $0.clusterID = "other"
                $0.logger = logs.caller.logger()
            }
            let error = try await failure { try await stranger.connect(to: "callee" as NodeID) }
            #expect("\(error)".contains(#"cluster "other""#))
            #expect("\(error)".contains(#"cluster "test""#))
            #expect(error.outcome == .notRun)
            #expect(callee.connectedNodes.isEmpty)
            for capture in [logs.callee, logs.caller] {
                #expect(capture.lines.contains { $0.hasPrefix("warning") && $0.contains("other") })
            }
        }
    }

    @Test(arguments: Wire.allCases)
    func `of an introduction is refused with the reason`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let callee = try cluster.node("callee")
            let stranger = try cluster.node("stranger") { $0.clusterID = "other" }
            let endpoint = try #require(callee.endpoint)
            let error = try await failure { try await stranger.connect(to: endpoint) }
            guard case .handshakeRefused(_, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("belongs to cluster"))
        }
    }

    @Test func `refuses a dialler of another version`() async throws {
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee")
            let raw = try RawDealer(to: callee.endpoint)
            try raw.send(Raw.hello(version: 99))
            let refusal = try await raw.next(kind: 18)
            guard case .string(let text) = refusal[1] else {
                Issue.record("\(refusal)")
                return
            }
            #expect(text.contains("99"))
            #expect(text.contains("run the same release on both"))
        }
    }

    @Test func `refuses a listener of another version`() async throws {
        let router = try RawRouter(as: "raw")
        try await withCluster(.tcp) { cluster async throws in
            let caller = try cluster.node("caller")
            caller.setEndpoint(router.endpoint, of: "raw")
            router.version = 99
            let call = Task { try await failure { try await caller.connect(to: "raw" as NodeID) } }
            _ = try await router.next(kind: 16)
            let error = try await call.value
            #expect("\(error)".contains("run the same release on both"))
            #expect(error.outcome == .notRun)
        }
    }

    @Test func `refuses a node with this node's own name`() async throws {
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee")
            let twin = try cluster.node("callee") { $0.endpoint = nil }
            let endpoint = try #require(callee.endpoint)
            let error = try await failure { try await twin.connect(to: endpoint) }
            #expect("\(error)".contains("give each node its own name"))
        }
    }

    @Test(arguments: ["", "two words", "naïve", String(repeating: "n", count: 129)])
    func `refuses what is no name of a node`(name: String) async throws {
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee")
            let raw = try RawDealer(to: callee.endpoint)
            try raw.send(Raw.hello(node: name))
            _ = try await raw.next(kind: 18)
            #expect(callee.connectedNodes.isEmpty)
        }
    }

    @Test(arguments: Wire.allCases)
    func `refuses a node that answers where another should`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let callee = try cluster.node("callee")
            let caller = try cluster.node("caller")
            caller.setEndpoint(try #require(callee.endpoint), of: "somebody")
            let error = try await failure { try await caller.connect(to: "somebody" as NodeID) }
            #expect("\(error)".contains("node callee answers where somebody should"))
        }
    }

    @Test func `tells where a node really listens`() async throws {
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee")
            let raw = try RawDealer(to: callee.endpoint)
            try raw.send(Raw.hello())
            let welcome = try await raw.next(kind: 17)
            #expect(welcome[6] == .string(try #require(callee.endpoint).rawValue))
        }
    }

    @Test func `that never ends gives up in time`() async throws {
        let router = try RawRouter(as: "raw")
        try await withCluster(.tcp) { cluster async throws in
            let caller = try cluster.node("caller") { $0.connectTimeout = .milliseconds(200) }
            caller.setEndpoint(router.endpoint, of: "raw")
            // Nobody drains the router, so nobody welcomes.
            let error = try await failure { try await caller.connect(to: "raw" as NodeID) }
            #expect(error.outcome == .notRun)
            let introduction = try await failure { try await caller.connect(to: router.endpoint) }
            #expect("\(introduction)".contains("in time"))
        }
    }
}

/// Keys of a cluster's nodes.
struct Keys {
    let own: [NodeID: CurveKeyPair]

    init(_ nodes: NodeID...) throws {
        own = try Dictionary(uniqueKeysWithValues: nodes.map { ($0, try CurveKeyPair.generate()) })
    }

    /// What a node knows that has the keys of `name` and knows those of `known`.
    func security(of name: NodeID, knowing known: [NodeID]) throws
        -> ClusterActorSystem.Security
    {
        var peers: [NodeID: CurvePublicKey] = [:]
        for node in known { peers[node] = own[node]?.publicKey }
        return .init(keys: try #require(own[name]), peers: peers)
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `An encrypted node` {
    @Test(arguments: Wire.sockets)
    func `talks to nodes whose keys it knows`(wire: Wire) async throws {
        let keys = try Keys("callee", "caller")
        try await withDesk(
            wire,
            callee: { $0.security = try! keys.security(of: "callee", knowing: ["caller"]) },
            caller: { $0.security = try! keys.security(of: "caller", knowing: ["callee"]) }
        ) { desk, _, _, _ async throws in
            #expect(try await desk.greet("Ada") == "Hello, Ada!")
            let value = [Float](repeating: 0.5, count: 100_000)
            #expect(try await desk.floats(value) == value)
        }
    }

    @Test func `calls back a node whose key it knows`() async throws {
        let keys = try Keys("callee", "caller")
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee") {
                $0.security = try! keys.security(of: "callee", knowing: ["caller"])
            }
            let caller = try cluster.node("caller", listening: false) {
                $0.security = try! keys.security(of: "caller", knowing: ["callee"])
            }
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            #expect(try await remote.tell(Listener(actorSystem: caller), "x") == 1)
        }
    }

    @Test func `gives nothing to a key that it does not know`() async throws {
        let keys = try Keys("callee", "caller", "stranger")
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee") {
                $0.security = try! keys.security(of: "callee", knowing: ["caller"])
            }
            let stranger = try cluster.node("stranger") {
                $0.security = try! keys.security(of: "stranger", knowing: ["callee"])
            }
            let error = try await failure { try await stranger.connect(to: "callee" as NodeID) }
            #expect(error.outcome == .notRun)
            #expect(callee.connectedNodes.isEmpty)
        }
    }

    @Test func `refuses a known key under another name`() async throws {
        let keys = try Keys("callee", "caller", "admin")
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee") {
                $0.security = try! keys.security(of: "callee", knowing: ["caller", "admin"])
            }
            let liar = try cluster.node("admin") {
                $0.security = try! keys.security(of: "caller", knowing: ["callee"])
            }
            let error = try await failure { try await liar.connect(to: "callee" as NodeID) }
            #expect("\(error)".contains("calls itself admin but has the key of caller"))
            #expect(callee.connectedNodes.isEmpty)
        }
    }

    @Test func `is not believed with another key than the one that is known`() async throws {
        let keys = try Keys("callee", "caller", "other")
        try await withCluster(.tcp) { cluster async throws in
            // It has other keys than those that the caller knows it by.
            let callee = try cluster.node("callee") {
                $0.security = try! keys.security(of: "other", knowing: ["caller"])
            }
            let caller = try cluster.node("caller") {
                $0.security = try! keys.security(of: "caller", knowing: ["callee"])
            }
            let error = try await failure { try await caller.connect(to: "callee" as NodeID) }
            #expect(error.outcome == .notRun)
            #expect(callee.connectedNodes.isEmpty)
        }
    }

    @Test func `needs the key of whom it dials`() async throws {
        let keys = try Keys("callee", "caller")
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee")
            let caller = try cluster.node("caller") {
                $0.security = try! keys.security(of: "caller", knowing: [])
            }
            let error = try await failure { try await caller.connect(to: "callee" as NodeID) }
            #expect("\(error)".contains("its key is not known"))
            let endpoint = try #require(callee.endpoint)
            let introduction = try await failure { try await caller.connect(to: endpoint) }
            #expect("\(introduction)".contains("name the node"))
        }
    }

    @Test func `gives nothing to a client in plain text, and goes on`() async throws {
        let keys = try Keys("callee", "caller")
        try await withDesk(
            .tcp,
            callee: { $0.security = try! keys.security(of: "callee", knowing: ["caller"]) },
            caller: { $0.security = try! keys.security(of: "caller", knowing: ["callee"]) }
        ) { desk, _, callee, cluster async throws in
            let plain = try RawDealer(to: callee.endpoint)
            try plain.send(Raw.hello())
            for _ in 0..<100 { _ = try await desk.greet("Ada") }
            try plain.drain()
            #expect(plain.frames.isEmpty)
            #expect(callee.connectedNodes == ["caller"])

            let plainNode = try cluster.node("plain") { $0.connectTimeout = .milliseconds(500) }
            let error = try await failure { try await plainNode.connect(to: "callee" as NodeID) }
            #expect(error.outcome == .notRun)
        }
    }

    @Test func `does not talk to a node in plain text`() async throws {
        let keys = try Keys("callee", "caller")
        try await withCluster(.tcp) { cluster async throws in
            let callee = try cluster.node("callee")
            let caller = try cluster.node("caller") {
                $0.security = try! keys.security(of: "caller", knowing: ["callee"])
                $0.connectTimeout = .milliseconds(500)
            }
            let error = try await failure { try await caller.connect(to: "callee" as NodeID) }
            #expect(error.outcome == .notRun)
            #expect(callee.connectedNodes.isEmpty)
        }
    }
}
