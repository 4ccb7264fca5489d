import Actors
import Foundation
import Logging
import Synchronization
import Testing

/// What carries the messages of a test's nodes.
enum Wire: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case tcp, ipc, memory
    var testDescription: String { rawValue }

    /// What real processes use.
    static let sockets: [Wire] = [.tcp, .ipc]
}

/// Nodes of one test, in this process; all are shut down when the test ends.
final class Cluster: Sendable {
    let network = InMemoryNetwork(seed: 7)
    private let wire: Wire
    private let directory: URL
    private let systems = Mutex<[ClusterActorSystem]>([])

    init(_ wire: Wire) throws {
        self.wire = wire
        // Short, because a socket's path has at most 107 bytes.
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("va-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Makes and starts a node that knows where all earlier ones listen, and tells them where it
    /// does.
    func node(
        _ name: NodeID, listening: Bool = true,
        _ change: (inout ClusterActorSystem.Settings) -> Void = { _ in }
    ) throws -> ClusterActorSystem {
        var settings = ClusterActorSystem.Settings(node: name, clusterID: "test")
        switch wire {
        case .tcp: settings.endpoint = "tcp://127.0.0.1:*"
        case .ipc:
            settings.endpoint = Endpoint(rawValue: "ipc://\(directory.path)/\(name)")
        case .memory: settings.endpoint = InMemoryNetwork.endpoint(of: name)
        }
        if !listening { settings.endpoint = nil }
        settings.logger.logLevel = .critical
        change(&settings)
        let system =
            try wire == .memory
            ? ClusterActorSystem(settings, transport: network.transport(name))
            : ClusterActorSystem(settings)
        try system.start()
        systems.withLock { systems in
            for other in systems where other.node != name {
                if let endpoint = other.endpoint { system.setEndpoint(endpoint, of: other.node) }
                if let endpoint = system.endpoint { other.setEndpoint(endpoint, of: name) }
            }
            systems.append(system)
        }
        return system
    }

    fileprivate func shutdown() async {
        for system in systems.withLock({ $0 }) { await system.shutdown() }
        // A directory that stays is the system's to clean.
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Runs a test with nodes that end with it.
func withCluster<Value>(
    _ wire: Wire = .memory, _ body: (Cluster) async throws -> Value
) async throws -> Value {
    let cluster = try Cluster(wire)
    do {
        let value = try await body(cluster)
        await cluster.shutdown()
        return value
    } catch {
        await cluster.shutdown()
        throw error
    }
}

/// Something did not come true.
struct TimedOut: Error { let what: String }

/// Waits until a condition holds; the bound is generous, because machines are slow at times.
func eventually(
    _ what: String, within bound: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: bound)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw TimedOut(what: what) }
        try await Task.sleep(for: .milliseconds(1))
    }
}

/// The error that a call ends with.
func failure<Value>(
    of call: () async throws -> Value, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> ActorSystemError {
    do {
        _ = try await call()
    } catch let error as ActorSystemError {
        return error
    }
    Issue.record("the call should have failed", sourceLocation: sourceLocation)
    throw TimedOut(what: "a failure")
}
