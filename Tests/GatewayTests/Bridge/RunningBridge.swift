import Distributed
import Gateway
import Logging
import Protocols
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

/// A door to a gateway.
///
/// - Parameter validate: Who knows the credentials; nil: there are no users.
func door<Backend: GatewayService>(
    of gateway: Backend, validate: (@Sendable (Credential) async throws -> Identity)? = nil
) -> GuardedGateway<Backend> {
    var limits = RequestLimiter.Limits()
    // None that a test meets by chance.
    limits.strangers = .init(rate: 1e6, burst: 1e6)
    return GuardedGateway(
        backend: gateway, auth: nil, audit: nil, validate: validate, limits: limits,
        accessLog: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        wallClock: { Timestamp(1_000) })
}

/// Runs `body` with a bridge that ends with it.
func withBridge(
    _ change: (inout BridgeSettings) -> Void = { _ in },
    validate: (@Sendable (Credential) async throws -> Identity)? = nil,
    _ body: (RunningBridge) async throws -> Void
) async throws {
    var settings = BridgeSettings(endpoint: "tcp://127.0.0.1:0")
    change(&settings)
    let gate = FakeGateway.Gate()
    let gateway = FakeGateway(
        gate: gate, actorSystem: LocalTestingDistributedActorSystem())
    let server = try BridgeServer(settings, gateway: door(of: gateway, validate: validate))
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
