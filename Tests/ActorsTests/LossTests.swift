import Actors
import Distributed
import MessagePack
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct `A node that is lost` {
    @Test(arguments: Wire.allCases)
    func `fails its calls at once, and they may have run`(wire: Wire) async throws {
        let probe = Probe()
        try await withDesk(wire, probe: probe) { desk, _, callee, _ async throws in
            let call = Task { try await failure { try await desk.wait() } }
            try await eventually("the callee to begin") { probe.begun == 1 }
            let start = ContinuousClock.now
            await callee.shutdown()
            let error = try await call.value
            // Long before the deadline and the heartbeat's time.
            #expect(start.duration(to: .now) < .seconds(4))
            guard case .lost("callee", _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.outcome == .unknown)
        }
    }

    @Test(arguments: Wire.allCases)
    func `cannot be called any more, which is known at once`(wire: Wire) async throws {
        try await withDesk(wire) { desk, caller, callee, _ async throws in
            _ = try await desk.greet("Ada")
            await callee.shutdown()
            try await eventually("the loss to be seen") { caller.connectedNodes.isEmpty }
            let error = try await failure { try await desk.greet("Ada") }
            guard case .unreachable = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.outcome == .notRun)
        }
    }

    @Test(arguments: Wire.sockets)
    func `has its callers' calls cancelled by the callee`(wire: Wire) async throws {
        let probe = Probe()
        try await withDesk(wire, probe: probe) { desk, caller, callee, _ async throws in
            let call = Task { try await desk.wait() }
            try await eventually("the callee to begin") { probe.begun == 1 }
            await caller.shutdown()
            await #expect(throws: (any Error).self) { try await call.value }
            try await eventually("the callee to be cancelled") { probe.cancelled == 1 }
            try await eventually("the call to be forgotten") { callee.runningCallCount == 0 }
        }
    }

    @Test func `is unreachable if nobody ever said where it listens`() async throws {
        try await withCluster { cluster async throws in
            let caller = try cluster.node("caller")
            let clerk = try Clerk.resolve(
                id: ActorID(node: "nowhere", name: "clerk"), using: caller)
            let error = try await failure { try await clerk.greet("x") }
            guard case .unreachable("nowhere", let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("endpoint is not known"))
        }
    }

    @Test(arguments: Wire.allCases)
    func `is unreachable if nobody listens at its endpoint`(wire: Wire) async throws {
        try await withCluster(wire) { cluster async throws in
            let caller = try cluster.node("caller")
            let gone = try cluster.node("gone")
            await gone.shutdown()
            let clerk = try Clerk.resolve(
                id: ActorID(node: "gone", name: "clerk"), using: caller)
            let start = ContinuousClock.now
            let error = try await failure { try await clerk.greet("x") }
            #expect(error.outcome == .notRun)
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    @Test(arguments: Wire.allCases)
    func `answers again under its name after a restart, but not its nameless actors`(
        wire: Wire
    ) async throws {
        try await withCluster(wire) { cluster async throws in
            let caller = try cluster.node("caller")
            let first = try cluster.node("callee") { $0.incarnation = 1 }
            _ = first.host("clerk") { Clerk(actorSystem: $0) }
            let clerk = try Clerk.resolve(
                id: ActorID(node: "callee", name: "clerk"), using: caller)
            let listener = try await clerk.makeListener()
            #expect(try await listener.hear("one") == 1)
            await first.shutdown()

            let second = try cluster.node("callee") { $0.incarnation = 2 }
            _ = second.host("clerk") { Clerk(actorSystem: $0) }
            try await eventually("the new life to answer") {
                (try? await clerk.greet("Ada")) == "Hello, Ada!"
            }
            // The new life has a listener of the same name.
            #expect(try await clerk.makeListener().id.name == listener.id.name)
            let error = try await failure { try await listener.hear("two") }
            #expect(error == .unknownActor(listener.id))
        }
    }

    @Test func `is noticed when it comes back before anybody saw it go`() async throws {
        try await withCluster { cluster async throws in
            let caller = try cluster.node("caller")
            let network = cluster.network
            var settings = ClusterActorSystem.Settings(
                node: "callee", clusterID: "test", endpoint: "memory://callee", incarnation: 1)
            let probe = Probe()
            let first = try ClusterActorSystem(settings, transport: network.transport("callee"))
            try first.start()
            caller.setEndpoint("memory://callee", of: "callee")
            _ = first.host("clerk") { Clerk(probe: probe, actorSystem: $0) }
            let clerk = try Clerk.resolve(
                id: ActorID(node: "callee", name: "clerk"), using: caller)
            let call = Task { try await failure { try await clerk.wait() } }
            try await eventually("the callee to begin") { probe.begun == 1 }

            settings.incarnation = 2
            let second = try ClusterActorSystem(settings, transport: network.transport("callee"))
            try second.start()
            second.setEndpoint("memory://caller", of: "caller")
            try await second.connect(to: "caller" as NodeID)
            let error = try await call.value
            guard case .lost("callee", let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("restarted"))
            await first.shutdown()
            await second.shutdown()
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `Heartbeats` {
    /// Short times, so that the test is.
    static func hasten(_ settings: inout ClusterActorSystem.Settings) {
        settings.heartbeatInterval = .milliseconds(50)
        settings.heartbeatTimeout = .milliseconds(400)
        settings.connectTimeout = .milliseconds(400)
    }

    @Test func `find a peer lost that is silent, and it comes back when it is heard`() async throws
    {
        let probe = Probe()
        try await withDesk(
            probe: probe, callee: Self.hasten, caller: Self.hasten
        ) { desk, caller, callee, cluster async throws in
            let call = Task { try await failure { try await desk.wait() } }
            try await eventually("the callee to begin") { probe.begun == 1 }
            cluster.network.partition(["caller"], from: ["callee"])
            guard case .lost("callee", let reason) = try await call.value else {
                Issue.record("it should be lost")
                return
            }
            #expect(reason.contains("silent"))
            try await eventually("the callee to see it too") { probe.cancelled == 1 }
            #expect(callee.connectedNodes.isEmpty)
            cluster.network.heal()
            try await eventually("the partition to be over") {
                (try? await desk.greet("Ada")) == "Hello, Ada!"
            }
        }
    }

    @Test(arguments: Wire.allCases)
    func `keep an idle connection`(wire: Wire) async throws {
        try await withDesk(
            wire, callee: Self.hasten, caller: Self.hasten
        ) { desk, caller, callee, _ async throws in
            try await desk.note("kept")
            // Twice the time after which a silent peer is lost.
            try await Task.sleep(for: .milliseconds(800))
            #expect(caller.connectedNodes == ["callee"])
            #expect(callee.connectedNodes == ["caller"])
            #expect(try await desk.notes() == ["kept"])
        }
    }

    @Test func `find a node lost that holds its socket open but says nothing`() async throws {
        let router = try RawRouter(as: "raw")
        try await withCluster(.tcp) { cluster async throws in
            let caller = try cluster.node("caller", Self.hasten)
            caller.setEndpoint(router.endpoint, of: "raw")
            let clerk = try Clerk.resolve(id: ActorID(node: "raw", name: "clerk"), using: caller)
            let call = Task { try await failure { try await clerk.greet("x") } }
            // Welcomes, and never answers anything again.
            _ = try await router.next(kind: 1)
            guard case .lost("raw", let reason) = try await call.value else {
                Issue.record("it should be lost")
                return
            }
            #expect(reason.contains("silent"))
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `Back-pressure` {
    @Test func `refuses a call once too many run, and those run on`() async throws {
        let probe = Probe()
        try await withDesk(probe: probe, callee: { $0.maxRunningCallCount = 4 }) {
            desk, _, callee, _ async throws in
            let calls = (0..<4).map { _ in Task { try await desk.wait() } }
            try await eventually("four calls to run") { probe.begun == 4 }
            let error = try await failure { try await desk.greet("x") }
            guard case .overloaded("callee", _, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.outcome == .notRun)
            probe.release()
            for call in calls { try await call.value }
            try await eventually("room") { callee.runningCallCount == 0 }
            #expect(try await desk.greet("x") == "Hello, x!")
        }
    }

    /// A peer that does not read fills its queue; once it reads, everything that was queued arrives
    /// and sending goes on.
    @Test func `bounds what waits for a peer that does not read, and goes on when it does`()
        async throws
    {
        let router = try RawRouter(as: "raw", receiveLimit: 1)
        try await withCluster(.tcp) { cluster async throws in
            let caller = try cluster.node("caller") {
                $0.maxQueuedMessageCount = 50
                $0.heartbeatTimeout = .seconds(60)
            }
            caller.setEndpoint(router.endpoint, of: "raw")
            let clerk = try Clerk.resolve(id: ActorID(node: "raw", name: "clerk"), using: caller)
            let connecting = Task { try await caller.connect(to: "raw" as NodeID) }
            try await eventually("the handshake") {
                try router.drain()
                return caller.connectedNodes == ["raw"]
            }
            try await connecting.value

            let payload = [UInt8](repeating: 7, count: 40_000)
            let count = 1_500
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        do {
                            _ = try await clerk.bytes(payload)
                            tally.answered.add(1, ordering: .relaxed)
                        } catch ActorSystemError.overloaded("raw", "the outbound queue", 50) {
                            tally.refused.add(1, ordering: .relaxed)
                        }
                    }
                }
                try await eventually("all calls to be queued or refused") {
                    tally.refused.load(ordering: .relaxed) + caller.pendingCallCount == count
                }
                #expect(tally.refused.load(ordering: .relaxed) > 0)
                // Now it reads, and answers.
                try await eventually("all that was queued to be answered") {
                    try router.answerRequests(with: .binary([]))
                    return tally.answered.load(ordering: .relaxed)
                        + tally.refused.load(ordering: .relaxed)
                        == count
                }
                try await group.waitForAll()
            }
            #expect(caller.pendingCallCount == 0)
        }
    }
}

/// How calls ended.
private final class Tally: Sendable {
    let answered = Atomic(0)
    let refused = Atomic(0)
}
