import Actors
import Distributed
import Foundation
import Testing

/// How a contract's methods are found on the callee.
enum Path: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case routes, byName
    var testDescription: String { rawValue }

    func allow(on system: ClusterActorSystem) {
        switch self {
        case .routes: Clerk.allowWithRoutes(on: system)
        case .byName: Clerk.allow(on: system)
        }
    }
}

/// A clerk on one node and its contract's stub on another.
func withDesk<Value>(
    _ wire: Wire = .memory, _ path: Path = .byName, probe: Probe = Probe(),
    callee change: (inout ClusterActorSystem.Settings) -> Void = { _ in },
    caller changeCaller: (inout ClusterActorSystem.Settings) -> Void = { _ in },
    _ body: (
        _ desk: $Desk<ClusterActorSystem>, _ caller: ClusterActorSystem,
        _ callee: ClusterActorSystem, _ cluster: Cluster
    ) async throws -> Value
) async throws -> Value {
    try await withCluster(wire) { cluster async throws in
        let callee = try cluster.node("callee", change)
        let caller = try cluster.node("caller", changeCaller)
        path.allow(on: callee)
        let clerk = callee.host("clerk") { Clerk(probe: probe, actorSystem: $0) }
        caller.allow(errors: Refusal.self)
        let desk = try $Desk.resolve(id: clerk.id, using: caller)
        defer { probe.release() }
        return try await body(desk, caller, callee, cluster)
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `A call to another node` {
    @Test(arguments: Wire.allCases, Path.allCases)
    func `brings a value back`(wire: Wire, path: Path) async throws {
        try await withDesk(wire, path) { desk, _, _, _ async throws in
            #expect(try await desk.greet("Ada") == "Hello, Ada!")
        }
    }

    @Test(arguments: Wire.allCases, Path.allCases)
    func `may return nothing`(wire: Wire, path: Path) async throws {
        try await withDesk(wire, path) { desk, _, _, _ async throws in
            try await desk.note("first")
            try await desk.note("second")
            #expect(try await desk.notes() == ["first", "second"])
        }
    }

    @Test(arguments: Wire.allCases, Path.allCases)
    func `throws an allowed Codable error as its own type`(wire: Wire, path: Path) async throws {
        try await withDesk(wire, path) { desk, _, _, _ async throws in
            _ = await #expect(throws: Refusal(reason: "closed")) {
                try await desk.refuse("closed")
            }
        }
    }

    @Test(arguments: Path.allCases)
    func `throws other errors as text, and says that it ran`(path: Path) async throws {
        try await withDesk(.memory, path) { desk, _, _, _ async throws in
            let error = try await failure { try await desk.breakDown() }
            #expect(error.outcome == .ran)
            #expect("\(error)".contains("a spring broke"))
        }
    }

    @Test func `throws a Codable error that the caller does not know as text`() async throws {
        try await withCluster { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let error = try await failure {
                try await Clerk.resolve(id: clerk.id, using: caller).refuse("closed")
            }
            guard case .remoteError(let type, let text) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(type == "ActorsTests.Refusal")
            #expect(text.contains("closed"))
        }
    }

    @Test(arguments: Wire.allCases, Path.allCases)
    func `carries vectors, bytes and data of all sizes intact`(
        wire: Wire, path: Path
    ) async throws {
        try await withDesk(wire, path) { desk, _, _, _ async throws in
            // Around the sizes that choose buffers, lanes and attachments.
            for byteCount in [0, 4, 1_020, 16_380, 65_528, 65_536, 65_540, 3_000_000] {
                let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                #expect(try await desk.bytes(bytes) == bytes)
                #expect(try await desk.data(Data(bytes)) == Data(bytes))
                let floats = (0..<byteCount / 4).map { Float($0) * 0.5 }
                #expect(try await desk.floats(floats) == floats)
            }
        }
    }

    @Test(arguments: Wire.allCases, Path.allCases)
    func `runs at the same time as hundreds of others`(wire: Wire, path: Path) async throws {
        try await withDesk(wire, path) { desk, _, _, _ async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<400 {
                    group.addTask { () async throws in
                        if number % 20 == 0 {
                            let value = [Float](repeating: Float(number), count: 50_000)
                            #expect(try await desk.floats(value) == value)
                        } else {
                            #expect(try await desk.greet("\(number)") == "Hello, \(number)!")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: Wire.allCases)
    func `may take an actor of the caller, which is called back`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            let listener = Listener(actorSystem: caller)
            #expect(try await remote.tell(listener, "one") == 1)
            #expect(try await remote.tell(listener, "two") == 2)
            let heard = await listener.whenLocal { $0.heard }
            #expect(heard == ["one", "two"])
        }
    }

    @Test(arguments: Wire.allCases)
    func `calls back a node that does not listen`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let callee = try cluster.node("callee")
            let caller = try cluster.node("caller", listening: false)
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let listener = Listener(actorSystem: caller)
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            #expect(try await remote.tell(listener, "one") == 1)
        }
    }

    @Test(arguments: Wire.allCases)
    func `may return an actor of the callee`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let listener = try await Clerk.resolve(id: clerk.id, using: caller).makeListener()
            #expect(listener.id.node == "callee")
            #expect(listener.id.incarnation == callee.settings.incarnation)
            #expect(try await listener.hear("far") == 1)
        }
    }

    @Test(arguments: Wire.allCases)
    func `goes both ways at once`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let nodes = [try cluster.node("a"), try cluster.node("b")]
            for node in nodes { _ = node.host("clerk") { Clerk(actorSystem: $0) } }
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    let (from, to) = (nodes[number % 2], nodes[1 - number % 2])
                    let clerk = try Clerk.resolve(
                        id: ActorID(node: to.node, name: "clerk"), using: from)
                    group.addTask { try await clerk.greet("x") }
                }
                for try await answer in group { #expect(answer == "Hello, x!") }
            }
        }
    }

    @Test(arguments: Wire.sockets)
    func `connects by itself to an endpoint that was introduced`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let callee = try cluster.node("callee")
            _ = callee.host("clerk") { Clerk(actorSystem: $0) }
            let caller = try cluster.node("caller", listening: false)
            let node = try await caller.connect(to: #require(callee.endpoint))
            #expect(node == "callee")
            #expect(caller.connectedNodes == ["callee"])
            let clerk = try Clerk.resolve(id: ActorID(node: node, name: "clerk"), using: caller)
            #expect(try await clerk.greet("Ada") == "Hello, Ada!")
        }
    }

    @Test func `to an actor of its own node touches no network`() async throws {
        let network = InMemoryNetwork()
        let system = try ClusterActorSystem(
            .init(node: "alone", clusterID: "test"), transport: network.transport("alone"))
        try system.start()
        Clerk.allow(on: system)
        let clerk = system.host("clerk") { Clerk(actorSystem: $0) }
        let same = try Clerk.resolve(id: clerk.id, using: system)
        #expect(same === clerk)
        network.cut(from: "alone", to: "alone")
        #expect(try await same.greet("me") == "Hello, me!")
        #expect(try await $Desk.resolve(id: clerk.id, using: system).greet("me") == "Hello, me!")
        await system.shutdown()
    }

    @Test func `to a value that cannot be encoded says that it ran`() async throws {
        try await withCluster { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let error = try await failure {
                try await Clerk.resolve(id: clerk.id, using: caller).unencodable()
            }
            guard case .malformedReply = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.outcome == .ran)
        }
    }

    @Test func `that is too large does not leave`() async throws {
        try await withDesk(caller: { $0.maxMessageByteCount = 10_000 }) {
            desk, _, _, _ async throws in
            let error = try await failure {
                try await desk.bytes([UInt8](repeating: 1, count: 20_000))
            }
            guard case .messageTooLarge(_, let byteCount, 10_000) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(byteCount > 20_000)
            #expect(error.outcome == .notRun)
            #expect(try await desk.greet("Ada") == "Hello, Ada!")
        }
    }

    @Test func `whose answer is too large fails, and says that it ran`() async throws {
        try await withDesk(callee: { $0.maxMessageByteCount = 10_000 }) {
            desk, _, _, _ async throws in
            let error = try await failure {
                try await desk.bytes([UInt8](repeating: 1, count: 20_000))
            }
            #expect(error.outcome == .ran)
            #expect(try await desk.greet("Ada") == "Hello, Ada!")
        }
    }

    @Test func `to an actor that is not there fails, and has not run`() async throws {
        try await withDesk { _, caller, callee, _ async throws in
            let nobody = ActorID(node: "callee", name: "nobody")
            let error = try await failure {
                try await Clerk.resolve(id: nobody, using: caller).greet("x")
            }
            #expect(error == .unknownActor(nobody))
            #expect(error.outcome == .notRun)
        }
    }

    @Test func `leaves nothing behind`() async throws {
        try await withDesk { desk, caller, callee, _ async throws in
            for _ in 0..<200 { _ = try await desk.greet("x") }
            try? await desk.refuse("x")  // its error is another test's
            try await eventually("all calls to be over") {
                caller.pendingCallCount == 0 && callee.runningCallCount == 0
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `A generic call` {
    @Test(arguments: Wire.allCases)
    func `runs with an allowed substitution`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            callee.allow(substitutions: Int.self, [String].self)
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            #expect(try await remote.same(7) == 7)
            #expect(try await remote.same(["a", "b"]) == ["a", "b"])
        }
    }

    @Test func `is refused with a substitution that is not allowed`() async throws {
        try await withCluster { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            callee.allow(substitutions: Int.self)
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            let error = try await failure { try await remote.same("text") }
            guard case .targetRefused(_, _, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("allow-list"))
            #expect(error.outcome == .notRun)
        }
    }

    @Test func `of a contract is refused before it leaves`() async throws {
        try await withDesk { _, caller, callee, _ async throws in
            callee.allow(substitutions: Int.self)
            let desk = try $GenericDesk.resolve(
                id: ActorID(node: "callee", name: "clerk"), using: caller)
            let error = try await failure { try await desk.same(7) }
            guard case .targetRefused(_, _, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("cannot be generic"))
        }
    }

    @Test(arguments: Wire.allCases)
    func `reaches a generic actor`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            callee.allow(substitutions: Int.self)
            let box = callee.host("box") { Box(1, actorSystem: $0) }
            let remote = try Box<Int>.resolve(id: box.id, using: caller)
            try await remote.put(41)
            #expect(try await remote.get() == 41)
        }
    }

    @Test func `is refused by a generic actor of another type`() async throws {
        try await withCluster { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            callee.allow(substitutions: Int.self, [String].self)
            let box = callee.host("box") { Box(1, actorSystem: $0) }
            let wrong = try Box<[String]>.resolve(id: box.id, using: caller)
            let error = try await failure { try await wrong.put(["not a number"]) }
            #expect(error.outcome == .notRun)
            #expect(try await box.get() == 1)
        }
    }
}
