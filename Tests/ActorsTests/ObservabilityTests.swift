import Actors
import CoreMetrics
import Distributed
import InMemoryTracing
import MetricsTestKit
import Testing
import Tracing

/// The process has one metrics system and one tracer; both are set by the first test that asks.
private enum Instruments {
    static let metrics: TestMetrics = {
        let metrics = TestMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()
    static let tracer: InMemoryTracer = {
        let tracer = InMemoryTracer()
        InstrumentationSystem.bootstrap(tracer)
        return tracer
    }()
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct `An observer` {
    @Test func `counts calls on both sides`() async throws {
        let metrics = Instruments.metrics
        try await withCluster { cluster async throws in
            // Names of their own, because the counters are the process's.
            let callee = try cluster.node("counted-callee")
            let caller = try cluster.node("counted-caller")
            let clerk = callee.host("clerk") { Clerk(actorSystem: $0) }
            let remote = try Clerk.resolve(id: clerk.id, using: caller)
            for _ in 0..<3 { _ = try await remote.greet("x") }
            await #expect(throws: (any Error).self) { try await remote.refuse("x") }
            let nobody = ActorID(node: "counted-callee", name: "nobody")
            await #expect(throws: (any Error).self) {
                try await Clerk.resolve(id: nobody, using: caller).greet("x")
            }
            func count(_ label: String, _ node: String) throws -> Int64 {
                try metrics.expectCounter(label, [("node", node)]).totalValue
            }
            #expect(try count("actors_calls_sent_total", "counted-caller") == 5)
            #expect(try count("actors_calls_failed_total", "counted-caller") == 2)
            #expect(try count("actors_calls_received_total", "counted-callee") == 5)
            #expect(try count("actors_calls_refused_total", "counted-callee") == 1)
            await callee.shutdown()
            try await eventually("the loss to be counted") {
                try count("actors_peers_lost_total", "counted-caller") == 1
            }
        }
    }

    @Test(arguments: Path.allCases)
    func `follows a call to the other node`(path: Path) async throws {
        let tracer = Instruments.tracer
        try await withDesk(.tcp, path) { desk, _, _, _ async throws in
            let name = "outer \(path)"
            try await withSpan(name) { _ in _ = try await desk.greet("x") }
            let outer = try #require(tracer.finishedSpans.first { $0.operationName == name })
            try await eventually("the callee's span") {
                tracer.finishedSpans.contains {
                    $0.operationName == "greet(_:)" && $0.traceID == outer.traceID
                        && $0.kind == .server
                }
            }
        }
    }
}
