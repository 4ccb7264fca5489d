import Actors
import Distributed
import Foundation
import MessagePack
import Testing

/// What nodes really send, byte by byte, as `Golden/envelopes.txt` has it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct `Envelopes` {
    @Test func `are those of the golden file`() async throws {
        let lines = try await written().map { meaning, bytes in
            bytes.map { String(format: "%02x", $0) }.joined() + " | " + meaning
        }
        let text = Self.head + lines.joined(separator: "\n") + "\n"
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Golden/envelopes.txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try text.write(to: source, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: source, encoding: .utf8) == text)
    }

    private static let head = """
        # What nodes send, one envelope a line: bytes in hexadecimal | meaning. Sources/Engines/Actors/
        # Invocation/Envelope.swift has the table. The time left of the request is set to 10 s here.
        # UPDATE_GOLDEN=1 swift test --filter EnvelopeTests writes the file anew.

        """

    /// Lets nodes send every kind of envelope to raw peers.
    private func written() async throws -> [(String, [UInt8])] {
        var lines: [(String, [UInt8])] = []
        func add(_ meaning: String, _ envelope: MessagePackValue) {
            lines.append((meaning, envelope.bytes))
        }
        try await withCluster(.tcp) { cluster async throws in
            let router = try RawRouter(as: "raw")
            let caller = try cluster.node("caller", listening: false) { $0.incarnation = 258 }
            caller.setEndpoint(router.endpoint, of: "raw")
            let id = ActorID(node: "raw", name: "clerk")
            let call = Task { try await Clerk.resolve(id: id, using: caller).note("x") }
            add(
                "hello: version 1, cluster test, caller, 258, control, nil",
                try await router.next(kind: 16).envelope)
            let (peer, request) = try await router.next(kind: 1)
            guard case .array(var elements) = request else { throw TimedOut(what: "a request") }
            elements[5] = 10_000_000
            add(
                "request: call 1, clerk, nil, target, 10 s, no trace, no types, [x]",
                .array(elements))
            call.cancel()
            add("cancel: call 1", try await router.next(kind: 4).envelope)
            let watch = Task { try await caller.termination(of: id) }
            add("watch: clerk, nil", try await router.next(kind: 7).envelope)
            watch.cancel()
            try router.send([5], to: peer)
            add("pong", try await router.next(kind: 6).envelope)
        }
        let greet = try await WireTarget {
            _ = try await Clerk.resolve(id: ActorID(node: "raw", name: "clerk"), using: $0)
                .greet("x")
        }
        let refuse = try await WireTarget {
            try await Clerk.resolve(id: ActorID(node: "raw", name: "clerk"), using: $0).refuse("x")
        }
        try await withCluster(.ipc) { cluster async throws in
            let callee = try cluster.node("callee") {
                $0.incarnation = 7
                $0.heartbeatInterval = .milliseconds(50)
            }
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            callee.receptionist.register(clerk, as: Receptionist.Key<Clerk>("clerks"))
            let raw = try RawDealer(to: callee.endpoint)
            try raw.send(Raw.hello(version: 2))
            add("refusal: text", try await raw.next(kind: 18))

            let good = try RawDealer(to: callee.endpoint)
            try good.send(Raw.hello())
            guard case .array(var welcome) = try await good.next(kind: 17) else { return }
            welcome[6] = "ipc:///path"
            add("welcome: version 1, cluster test, callee, 7, control, endpoint", .array(welcome))
            add("listing: version 1, clerk under clerks", try await good.next(kind: 9))
            try good.send(Raw.request(1, target: greet.name, arguments: ["x"]))
            add("reply: call 1, a string", try await good.next(kind: 2))
            try good.send(Raw.request(2, target: refuse.name, arguments: ["x"]))
            add("failure: call 2, typed error", try await good.next(kind: 3))
            try good.send(Raw.request(3, actor: "nobody", target: greet.name, arguments: ["x"]))
            add("failure: call 3, unknown actor", try await good.next(kind: 3))
            add("ping", try await good.next(kind: 5))
            try good.send([7, "clerk", nil])
            try await good.ping()
            callee.unhost(clerk.id)
            add("terminated: clerk, nil", try await good.next(kind: 8))
        }
        return lines
    }
}
