import Distributed
import Gateway
import Logging
import ServiceLifecycle

/// Waits for something that will happen, or for the suite's time limit.
func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(2)) }
}

/// A bridge with a fake gateway behind it.
struct RunningBridge {
    var endpoint: String
    var ledger: BridgeLedger
    var gate: FakeGateway.Gate
}

/// Runs `body` with a bridge that ends with it.
func withBridge(
    _ change: (inout BridgeSettings) -> Void = { _ in },
    _ body: (RunningBridge) async throws -> Void
) async throws {
    var settings = BridgeSettings(endpoint: "tcp://127.0.0.1:0")
    change(&settings)
    let gate = FakeGateway.Gate()
    let gateway = FakeGateway(
        gate: gate, actorSystem: LocalTestingDistributedActorSystem())
    let server = try BridgeServer(settings, backend: gateway)
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [.init(service: server)], logger: Logger(label: "test")))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(
                    RunningBridge(
                        endpoint: server.endpoint, ledger: server.ledger, gate: gate)))
        } catch { result = .failure(error) }
        gate.open()
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        try result.get()
    }
}
