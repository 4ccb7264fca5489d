import Actors
import Distributed
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct `A deadline` {
    @Test(arguments: Wire.allCases)
    func `ends the call on both sides`(wire: Wire) async throws {
        let probe = Probe()
        try await withDesk(wire, probe: probe) { desk, _, _, _ async throws in
            let error = try await failure {
                try await withDeadline(.milliseconds(200)) { try await desk.wait() }
            }
            guard case .deadlineExceeded(_, "callee", .unknown) = error else {
                Issue.record("\(error)")
                return
            }
            try await eventually("the callee to be cancelled") { probe.cancelled == 1 }
        }
    }

    @Test(arguments: Path.allCases)
    func `travels to the callee`(path: Path) async throws {
        try await withDesk(.memory, path) { desk, _, _, _ async throws in
            let left = try await withDeadline(.seconds(60)) { try await desk.remaining() }
            #expect(try #require(left) > .seconds(20))
            #expect(try #require(left) <= .seconds(60))
        }
    }

    @Test func `is the usual one unless one is set`() async throws {
        try await withDesk(caller: { $0.defaultCallTimeout = .seconds(50) }) {
            desk, _, _, _ async throws in
            let left = try #require(try await desk.remaining())
            #expect(left > .seconds(30))
            #expect(left <= .seconds(50))
        }
    }

    @Test func `is inherited by what the callee calls in turn`() async throws {
        try await withCluster { cluster async throws in
            let (a, b, c) = (try cluster.node("a"), try cluster.node("b"), try cluster.node("c"))
            let middle = b.host("clerk") { Clerk(actorSystem: $0) }
            let last = c.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: middle.id, using: a)
            let left = try await withDeadline(.seconds(60)) {
                try await remote.remaining(at: last.id)
            }
            #expect(try #require(left) > .seconds(20))
            #expect(try #require(left) <= .seconds(60))
        }
    }

    @Test func `cancels what the callee calls in turn`() async throws {
        let probe = Probe()
        try await withCluster { cluster async throws in
            let (a, b, c) = (try cluster.node("a"), try cluster.node("b"), try cluster.node("c"))
            let middle = b.host("clerk") { Clerk(actorSystem: $0) }
            let last = c.host("clerk") { Clerk(probe: probe, actorSystem: $0) }
            let remote = try Clerk.resolve(id: middle.id, using: a)
            await #expect(throws: ActorSystemError.self) {
                try await withDeadline(.milliseconds(300)) { try await remote.wait(at: last.id) }
            }
            try await eventually("the last callee to be cancelled") { probe.cancelled == 1 }
        }
    }

    @Test func `that has passed lets nothing leave`() async throws {
        try await withDesk { desk, caller, _, _ async throws in
            let error = try await failure {
                try await withDeadline(.zero) { try await desk.note("late") }
            }
            #expect(error.outcome == .notRun)
            #expect(try await desk.notes() == [])
        }
    }

    @Test func `cannot be moved back by an inner one`() async throws {
        try await withDesk { desk, _, _, _ async throws in
            let left = try await withDeadline(.seconds(5)) {
                try await withDeadline(.seconds(500)) { try await desk.remaining() }
            }
            #expect(try #require(left) <= .seconds(5))
        }
    }

    @Test func `also bounds the wait for a connection`() async throws {
        try await withCluster { cluster async throws in
            let caller = try cluster.node("caller")
            let callee = try cluster.node("callee")
            cluster.network.partition(["caller"], from: ["callee"])
            _ = callee
            let clerk = try Clerk.resolve(
                id: ActorID(node: "callee", name: "clerk"), using: caller)
            let error = try await failure {
                try await withDeadline(.milliseconds(100)) { try await clerk.greet("x") }
            }
            #expect(error.outcome == .notRun)
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `Cancelling a caller` {
    @Test(arguments: Wire.allCases, Path.allCases)
    func `ends its call at once and cancels the callee`(wire: Wire, path: Path) async throws {
        let probe = Probe()
        try await withDesk(wire, path, probe: probe) { desk, caller, callee, _ async throws in
            let call = Task { try await desk.wait() }
            try await eventually("the callee to begin") { probe.begun == 1 }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            try await eventually("the callee to be cancelled") { probe.cancelled == 1 }
            try await eventually("nothing to be left") {
                caller.pendingCallCount == 0 && callee.runningCallCount == 0
            }
        }
    }

    @Test func `before the call lets nothing leave`() async throws {
        try await withDesk { desk, _, _, _ async throws in
            let call = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await desk.note("never")
            }
            await #expect(throws: CancellationError.self) { try await call.value }
            #expect(try await desk.notes() == [])
        }
    }

    @Test func `ends its wait for a connection`() async throws {
        try await withCluster { cluster async throws in
            let (caller, _) = (try cluster.node("caller"), try cluster.node("callee"))
            cluster.network.partition(["caller"], from: ["callee"])
            let clerk = try Clerk.resolve(
                id: ActorID(node: "callee", name: "clerk"), using: caller)
            let call = Task { try await clerk.greet("x") }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    /// Cancellation, the reply and the call's own sending race; whoever wins, the call ends and the
    /// callee does not run on.
    @Test(arguments: Wire.allCases)
    func `at any moment leaves nothing running`(wire: Wire) async throws {
        let probe = Probe()
        try await withDesk(wire, .routes, probe: probe) { desk, caller, callee, _ async throws in
            _ = try await desk.greet("warm")
            for round in 0..<300 {
                let call = Task { try await desk.wait() }
                for _ in 0..<round % 7 { await Task.yield() }
                call.cancel()
                await #expect(throws: CancellationError.self) { try await call.value }
            }
            try await eventually("nothing to be left") {
                caller.pendingCallCount == 0 && callee.runningCallCount == 0
            }
            #expect(probe.begun == probe.cancelled)
        }
    }
}
