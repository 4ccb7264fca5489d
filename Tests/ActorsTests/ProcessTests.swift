import Actors
import Distributed
import Foundation
import Testing

/// Set for a process that is a node of ``Another process``: where it listens, and its life.
private let childEndpoint = ProcessInfo.processInfo.environment["ACTORS_TEST_NODE"]

/// What the other process runs; its test run is nothing but this.
@Suite(.enabled(if: childEndpoint != nil)) struct ChildNode {
    @Test func run() async throws {
        let endpoint = Endpoint(rawValue: try #require(childEndpoint))
        let system = try ClusterActorSystem(
            .init(node: "child", clusterID: "test", endpoint: endpoint))
        Clerk.allow(on: system)
        _ = system.host("clerk") { Clerk(actorSystem: $0) }
        try system.start()
        // Ends with its parent, should that forget to end it.
        while readLine() != nil {}
        await system.shutdown()
    }
}

/// A process of the test binary that is a node.
private final class Child {
    private let process = Process()
    private let input = Pipe()

    init(at endpoint: String) throws {
        let own = CommandLine.arguments[0]
        process.executableURL = URL(
            fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe")) ?? own)
        process.arguments = ["--testing-library", "swift-testing", "--filter", "ChildNode"]
        process.environment = ProcessInfo.processInfo.environment
            .merging(["ACTORS_TEST_NODE": endpoint]) { _, new in new }
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Ends it as a crash would.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { kill() }
}

@Suite(
    .serialized, .timeLimit(.minutes(1)), .enabled(if: childEndpoint == nil)
) struct `Another process` {
    @Test func `answers, is lost at once when it is killed, and comes back as another life`()
        async throws
    {
        let path =
            FileManager.default.temporaryDirectory.path + "/vc-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: path) }  // the system's otherwise
        let endpoint = "ipc://\(path)"
        var child: Child? = try Child(at: endpoint)
        try await withCluster(.tcp) { cluster async throws in
            let caller = try cluster.node("caller")
            caller.setEndpoint(Endpoint(rawValue: endpoint), of: "child")
            let id = ActorID(node: "child", name: "clerk")
            let desk = try $Desk.resolve(id: id, using: caller)
            let clerk = try Clerk.resolve(id: id, using: caller)
            try await eventually("the process to answer") {
                (try? await desk.greet("Ada")) == "Hello, Ada!"
            }
            let value = (0..<100_000).map { Float($0) }
            #expect(try await desk.floats(value) == value)
            let listener = try await clerk.makeListener()
            #expect(try await listener.hear("one") == 1)

            let calls = (0..<20).map { _ in Task { try await failure { try await desk.wait() } } }
            try await eventually("the calls to be under way") { caller.pendingCallCount == 20 }
            // A later answer on the same link: the calls before it have arrived.
            _ = try await desk.greet("x")
            let start = ContinuousClock.now
            child?.kill()
            for call in calls {
                guard case .lost("child", _) = try await call.value else {
                    Issue.record("it should be lost")
                    continue
                }
            }
            // Not by its silence, which would take 5 s.
            #expect(start.duration(to: .now) < .seconds(4))

            child = try Child(at: endpoint)
            try await eventually("the new life to answer") {
                (try? await desk.greet("Ada")) == "Hello, Ada!"
            }
            let error = try await failure { try await listener.hear("two") }
            #expect(error == .unknownActor(listener.id))
            #expect(error.outcome == .notRun)
        }
        child?.kill()
    }
}
