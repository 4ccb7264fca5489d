import Distributed
import Foundation
import Gateway
import MessagePack
import Protocols
import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct `A bridge server` {
    @Test func `carries out the requests of a client`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            let search = try #require(golden("search, a bin"))
            let reply = try await client.ask(search.bytes)
            #expect(reply["ok"] == .bool(true))
            guard case .array(let points)? = reply["result"]?["points"] else {
                Issue.record("no points in \(reply)")
                return
            }
            #expect(points.first?["id"] == .integer(7))
        }
    }

    @Test func `answers a REQ, whose messages begin with an empty frame`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            try client.send([], .more)
            let reply = try await client.ask(try #require(golden("ping")).bytes, delimited: true)
            #expect(reply["ok"] == .bool(true))
        }
    }

    @Test func `answers what cannot be read, and then goes on`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            for line in BridgeGolden.all(.malformed) {
                let reply = try await client.ask(line.bytes)
                #expect(reply["error"]?["code"] == line.code.map { .string($0.rawValue) })
            }
            #expect(bridge.ledger.counters.malformed == BridgeGolden.all(.malformed).count)
            #expect(try await client.ask(golden("ping")?.bytes ?? [])["ok"] == .bool(true))
        }
    }

    @Test func `passes the errors of the gateway on`() async throws {
        try await withBridge { bridge in
            let client = try BridgeClient(bridge.endpoint)
            let reply = try await client.ask(golden("count")?.bytes ?? [])
            #expect(reply["error"]?["code"] == .string("notFound"))
            #expect(reply["error"]?["details"]?["collection"] == .string("docs"))
        }
    }

    @Test func `refuses what is more than a client's share`() async throws {
        try await withBridge({ $0.limits.clientRequestCount = 2 }) { bridge in
            let client = try BridgeClient(bridge.endpoint)
            // The fake gateway answers `status` when it is told to.
            for _ in 0..<3 { try client.send(golden("status")?.bytes ?? []) }
            let refusal = try await client.receive()
            #expect(refusal["error"]?["code"] == .string("overloaded"))
            #expect(refusal["error"]?["retryable"] == .bool(true))
            #expect(refusal["id"] == .integer(1))
            let other = try BridgeClient(bridge.endpoint)
            #expect(try await other.ask(golden("ping")?.bytes ?? [])["ok"] == .bool(true))
            bridge.gate.open()
            #expect(try await client.receive()["ok"] == .bool(true))
            #expect(try await client.receive()["ok"] == .bool(true))
        }
    }

    @Test func `forgets a client that has vanished`() async throws {
        try await withBridge { bridge in
            var client: BridgeClient? = try BridgeClient(bridge.endpoint)
            try client?.send(golden("status")?.bytes ?? [])
            try await until { bridge.ledger.usage.requestCount == 1 }
            client = nil
            bridge.gate.open()
            try await until { bridge.ledger.usage == BridgeAdmission.Usage() }
            let other = try BridgeClient(bridge.endpoint)
            #expect(try await other.ask(golden("ping")?.bytes ?? [])["ok"] == .bool(true))
        }
    }

    @Test func `lets in only clients whose key it knows`() async throws {
        let server = try CurveKeyPair.generate()
        let known = try CurveKeyPair.generate()
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "bridge-keys-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data("\(known.publicKey)\n".utf8).write(to: directory.appending(path: "app.pub"))
        let keys = try BridgeClientKeys(directory: directory.path)
        try await withBridge({ $0.security = .curve(server, keys) }) { bridge in
            let ping = golden("ping")?.bytes ?? []
            let stranger = try BridgeClient(
                bridge.endpoint, keys: .generate(), server: server.publicKey)
            let plain = try BridgeClient(bridge.endpoint)
            // It believes another to be the server.
            let misled = try BridgeClient(
                bridge.endpoint, keys: known, server: CurveKeyPair.generate().publicKey)
            try misled.send(ping)
            let client = try BridgeClient(bridge.endpoint, keys: known, server: server.publicKey)
            try stranger.send(ping)
            try plain.send(ping)
            #expect(try await client.ask(ping)["ok"] == .bool(true))
            #expect(try stranger.receiveNow() == nil)
            #expect(try plain.receiveNow() == nil)
            #expect(try misled.receiveNow() == nil)
            #expect(bridge.ledger.counters.requests == 1)
        }
    }

    @Test(arguments: ["tcp://0.0.0.0:0", "tcp://*:0", "tcp://192.0.2.1:5", "tcp://eth0:5"])
    func `without keys does not listen where others can reach it`(endpoint: String) {
        #expect(throws: BridgeError.exposed(endpoint)) {
            try BridgeServer(
                BridgeSettings(endpoint: endpoint),
                gateway: door(of: FakeGateway(actorSystem: LocalTestingDistributedActorSystem())))
        }
    }

    private func golden(_ name: String) -> BridgeGolden? {
        BridgeGolden.all.first { $0.name == name }
    }
}
