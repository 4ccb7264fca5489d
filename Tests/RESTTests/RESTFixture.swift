import Actors
import Distributed
import Gateway
import Logging
import Protocols
import REST
import Synchronization
import Telemetry
import Testing

/// A REST server over a fake database and a fake auth service.
struct RESTFixture: Sendable {
    let port: Int
    let auth: ClusterActorSystem
    let registry: PrometheusRegistry

    /// Sends one request on a connection of its own.
    func send(
        _ method: String, _ path: String, key: String? = nil, headers: [String] = [],
        body: String? = nil, host: String = "test"
    ) async throws -> HTTPAnswer {
        let port = port
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)"] + headers
        if let key { lines.append("api-key: \(key)") }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
        return try await onThread {
            let connection = try RawConnection(port: port)
            _ = connection.send(request)
            let answer = connection.response()
            return try #require(answer, "no answer to \(method) \(path)")
        }
    }
}

/// Runs a test with a server that ends with it.
func withREST(
    change: (inout RESTSettings) -> Void = { _ in },
    limits: RequestLimiter.Limits = .open, audit: AuditLog? = nil, hasUsers: Bool = true,
    _ body: @escaping @Sendable (RESTFixture) async throws -> Void
) async throws {
    let network = InMemoryNetwork(seed: 1)
    func system(_ name: String) throws -> ClusterActorSystem {
        let node = NodeID(name)
        let system = try ClusterActorSystem(
            .init(
                node: node, clusterID: "test", endpoint: InMemoryNetwork.endpoint(of: node),
                logger: .quiet), transport: network.transport(node))
        system.allow(errors: ServiceError.self)
        try system.start()
        return system
    }
    let auth = try system("auth")
    auth.allow($AuthService<ClusterActorSystem>.self, on: FakeAuth.self)
    let fake = auth.host(WellKnownName.auth) { FakeAuth(actorSystem: $0) }
    let gateway = try system("gateway")
    gateway.setEndpoint(InMemoryNetwork.endpoint(of: NodeID("auth")), of: NodeID("auth"))
    let door = GuardedGateway(
        backend: FakeDatabase(actorSystem: LocalTestingDistributedActorSystem()),
        auth: hasUsers ? AuthCaller(system: gateway, nodes: [NodeID("auth")]) : nil, audit: audit,
        limits: limits,
        accessLog: .quiet, wallClock: { Timestamp(1_000) })
    var settings = RESTSettings()
    change(&settings)
    let registry = PrometheusRegistry()
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let server = try RESTServer(
        settings, gateway: door, registry: registry, version: "1.2.3", logger: .quiet
    ) { continuation.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask {
            for await port in ports {
                try await body(RESTFixture(port: port, auth: auth, registry: registry))
                return
            }
        }
        // The server ends with the test; which of them failed is what is thrown.
        try await group.next()
        group.cancelAll()
    }
    withExtendedLifetime(fake) {}
    await auth.shutdown()
    await gateway.shutdown()
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension RequestLimiter.Limits {
    /// None that a test meets by chance.
    static var open: RequestLimiter.Limits {
        var limits = RequestLimiter.Limits()
        limits.signIns = .init(rate: 1e6, burst: 1e6)
        limits.strangers = .init(rate: 1e6, burst: 1e6)
        return limits
    }
}
