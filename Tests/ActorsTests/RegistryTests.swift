import Actors
import Distributed
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct `Watching an actor` {
    @Test(arguments: Wire.allCases)
    func `tells when it ends on another node`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            let listener = try await remote.makeListener()
            async let end = caller.termination(of: listener.id)
            try await remote.dropListeners()
            #expect(try await end == .ended)
        }
    }

    @Test func `tells at once if it was never there`() async throws {
        try await withDesk { _, caller, _, _ async throws in
            let nobody = ActorID(node: "callee", name: "nobody")
            #expect(try await caller.termination(of: nobody) == .ended)
        }
    }

    @Test(arguments: Wire.allCases)
    func `tells when its node is lost`(wire: Wire) async throws {
        try await withDesk(wire) { desk, caller, callee, _ async throws in
            let watch = Task { try await caller.termination(of: desk.id) }
            _ = try await desk.greet("x")
            await callee.shutdown()
            guard case .nodeLost = try await watch.value else {
                Issue.record("the node was lost")
                return
            }
        }
    }

    @Test func `tells when a well-known actor is no longer hosted`() async throws {
        try await withDesk { desk, caller, callee, _ async throws in
            let watch = Task { try await caller.termination(of: desk.id) }
            _ = try await desk.greet("x")
            callee.unhost(desk.id)
            #expect(try await watch.value == .ended)
        }
    }

    @Test func `ends with its task`() async throws {
        try await withDesk { desk, caller, _, _ async throws in
            let watch = Task { try await caller.termination(of: desk.id) }
            _ = try await desk.greet("x")
            watch.cancel()
            await #expect(throws: CancellationError.self) { try await watch.value }
        }
    }

    @Test func `counts a node that cannot be reached as lost`() async throws {
        try await withCluster { cluster async throws in
            let caller = try cluster.node("caller")
            let end = try await caller.termination(of: ActorID(node: "nowhere", name: "x"))
            guard case .nodeLost = end else {
                Issue.record("\(end)")
                return
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `A hosted actor` {
    @Test func `may be hosted again while its predecessor still lives`() async throws {
        try await withCluster { cluster async throws in
            let (callee, caller) = (try cluster.node("callee"), try cluster.node("caller"))
            var first: Clerk? = callee.host("clerk") { Clerk(actorSystem: $0) }
            let id = try #require(first).id
            callee.unhost(id)
            _ = callee.host("clerk") { Clerk(actorSystem: $0) }
            withExtendedLifetime(first) {}
            first = nil
            let remote = try Clerk.resolve(id: id, using: caller)
            #expect(try await remote.greet("again") == "Hello, again!")
        }
    }

    @Test func `has a name that is free again when its making fails`() async throws {
        try await withCluster { cluster async throws in
            let callee = try cluster.node("callee")
            #expect(throws: Refusal.self) {
                try callee.host("clerk") { _ -> Clerk in throw Refusal(reason: "no") }
            }
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            #expect(clerk.id == ActorID(node: "callee", name: "clerk"))
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `The receptionist` {
    static let key = Receptionist.Key<Clerk>("clerks")

    @Test(arguments: Wire.allCases)
    func `finds actors of other nodes by key`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let (a, b) = (try cluster.node("a"), try cluster.node("b"))
            let early = a.host("early") { Clerk(actorSystem: $0) }
            a.receptionist.register(early, as: Self.key)
            try await b.connect(to: "a" as NodeID)
            try await eventually("the early one to be found") {
                try b.receptionist.lookup(Self.key, using: b).map(\.id) == [early.id]
            }
            let late = a.host("late") { Clerk(actorSystem: $0) }
            a.receptionist.register(late, as: Self.key)
            try await eventually("the late one to be found") {
                try b.receptionist.lookup(Self.key, using: b).count == 2
            }
            let found = try b.receptionist.lookup(Self.key, using: b)
            #expect(try await found[0].greet("x") == "Hello, x!")

            a.receptionist.deregister(early, from: Self.key)
            try await eventually("the early one to be gone") {
                try b.receptionist.lookup(Self.key, using: b).map(\.id) == [late.id]
            }
            a.unhost(late.id)
            try await eventually("the late one to be gone") {
                try b.receptionist.lookup(Self.key, using: b).isEmpty
            }
        }
    }

    @Test func `forgets the actors of a node that is lost`() async throws {
        try await withCluster { cluster async throws in
            let (a, b) = (try cluster.node("a"), try cluster.node("b"))
            let clerk = a.host("clerk") { Clerk(actorSystem: $0) }
            a.receptionist.register(clerk, as: Self.key)
            try await b.connect(to: "a" as NodeID)
            var listings = b.receptionist.listings(of: Self.key).makeAsyncIterator()
            while await listings.next() != [clerk.id] {}
            await a.shutdown()
            while await listings.next() != [] {}
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `An actor system that was shut down` {
    @Test(arguments: Wire.allCases)
    func `fails its calls, and knows no actor any more`(wire: Wire) async throws {
        try await withDesk(wire) { desk, caller, callee, _ async throws in
            _ = try await desk.greet("x")
            await caller.shutdown()
            await caller.shutdown()
            #expect(try await failure { try await desk.greet("x") } == .shutDown)
            await callee.shutdown()
            let id = ActorID(node: "callee", name: "clerk")
            #expect(throws: ActorSystemError.unknownActor(id)) {
                try Clerk.resolve(id: id, using: callee)
            }
        }
    }

    @Test func `is released`() async throws {
        weak var gone: ClusterActorSystem?
        do {
            let system = try ClusterActorSystem(
                .init(node: "a", clusterID: "test", endpoint: "tcp://127.0.0.1:*"))
            try system.start()
            gone = system
            await system.shutdown()
        }
        try await eventually("the system to be released", within: .seconds(5)) { gone == nil }
    }
}
