import Actors
import Client
import Distributed
import Fixtures
import Foundation
import Gateway
import Logging
import PlacementDriver
import Protocols
import Testing
import Worker

/// A cluster in one process: every role an actor system of its own, over sockets of this machine.
actor TestCluster {
    private let directory: TemporaryDirectory
    private var placement: RunningWorker
    private var workers: [String: RunningWorker] = [:]
    private var systems: [ClusterActorSystem] = []
    private var bridges: [String: Task<Void, any Error>] = [:]

    private struct RunningWorker {
        var system: ClusterActorSystem
        var task: Task<Void, any Error>
    }

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Starts a placement driver and workers.
    init(workers names: [String]) async throws {
        directory = try TemporaryDirectory()
        placement = try Self.placement(in: directory)
        for name in names { try startWorker(name) }
        if !names.isEmpty { try await waitForWorkers(names.count) }
    }

    /// Where a node listens: on a socket in the directory, so that it is found there again.
    private static func endpoint(of node: String, in directory: TemporaryDirectory) -> Endpoint {
        Endpoint(rawValue: "ipc://" + directory.appending(node + ".sock"))
    }

    /// Starts an actor system.
    private static func system(
        _ name: String, in directory: TemporaryDirectory
    ) throws -> ClusterActorSystem {
        let system = try ClusterActorSystem(
            .init(
                node: NodeID(name), clusterID: "test", endpoint: endpoint(of: name, in: directory),
                logger: silent))
        try system.start()
        system.setEndpoint(endpoint(of: "placement", in: directory), of: "placement")
        return system
    }

    private static func placement(in directory: TemporaryDirectory) throws -> RunningWorker {
        let system = try Self.system("placement", in: directory)
        let settings = PlacementNode.Settings(
            dataDirectory: directory.appending("placement"), members: ["placement"],
            start: .bootstrap)
        do {
            let node = try PlacementNode(on: system, settings: settings, logger: silent) {
                Issue.record("the placement driver is fenced: \($0)")
            }
            return RunningWorker(system: system, task: Task { try await node.run() })
        } catch {
            // Its socket must be free for the next attempt.
            Task { await system.shutdown() }
            throw error
        }
    }

    /// Ends the placement driver.
    func stopPlacementDriver() async { await Self.stop(placement) }

    /// Starts the placement driver again.
    func startPlacementDriver() async throws { placement = try Self.placement(in: directory) }

    private static func stop(_ node: RunningWorker) async {
        node.task.cancel()
        _ = await node.task.result
        await node.system.shutdown()
    }

    /// The shards of which a worker has a directory.
    func storedShards(of worker: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: directory.appending(worker) + "/shards"
        ).sorted()
    }

    /// Puts a directory of a shard that no map knows below a worker's.
    func addForeignShard(_ name: String, to worker: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory.appending(worker) + "/shards/" + name,
            withIntermediateDirectories: true)
    }

    /// Starts a worker, or starts it again.
    func startWorker(_ name: String) throws {
        let system = try Self.system(name, in: directory)
        var settings = WorkerNode.Settings(
            dataDirectory: directory.appending(name), placementDrivers: ["placement"],
            endpoint: Self.endpoint(of: name, in: directory))
        settings.heartbeatInterval = .milliseconds(50)
        let worker = try WorkerNode(on: system, settings: settings, logger: Self.silent) {
            Issue.record("worker \(name) is fenced: \($0)")
        }
        // Waited for by `stopWorker` and `stop`.
        workers[name] = RunningWorker(system: system, task: Task { try await worker.run() })
    }

    /// Stops a worker and waits until it has let go of its directory.
    func stopWorker(_ name: String) async throws {
        guard let worker = workers.removeValue(forKey: name) else { return }
        await Self.stop(worker)
    }

    private func waitForWorkers(_ count: Int) async throws {
        let placement = try $PlacementService<ClusterActorSystem>.resolve(
            id: ActorID(node: "placement", name: WellKnownName.placementDriver),
            using: try client("starter"))
        // Until it has begun there is no map.
        while (try? await placement.map(newerThan: nil))??.workers.count != count {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func client(_ name: String) throws -> ClusterActorSystem {
        let system = try Self.system(name, in: directory)
        systems.append(system)
        return system
    }

    /// Starts a gateway.
    func startGateway(_ name: String) throws {
        let system = try client(name)
        _ = GatewayServer.host(on: system, placementDrivers: ["placement"], version: "test")
    }

    /// Starts a gateway that hands requests on to another one and goes wrong as `faults` says.
    func startFaultyGateway(
        _ name: String, before gateway: String, _ faults: FaultyGateway.Faults
    ) throws {
        let system = try client(name)
        system.setEndpoint(Self.endpoint(of: gateway, in: directory), of: NodeID(gateway))
        system.allow(errors: ServiceError.self)
        system.allow($GatewayService<ClusterActorSystem>.self, on: FaultyGateway.self) { _ in }
        let backend = try $GatewayService<ClusterActorSystem>.resolve(
            id: ActorID(node: NodeID(gateway), name: WellKnownName.gateway), using: system)
        _ = system.host(WellKnownName.gateway) { system in
            FaultyGateway(before: backend, faults: faults, actorSystem: system)
        }
    }

    /// Starts a gateway with a bridge, and says where that listens.
    ///
    /// - Parameter validate: Who knows the keys; nil: there are no users.
    func startBridge(
        _ name: String, security: BridgeSettings.Security = .localOnly,
        validate: (@Sendable (Credential) async throws -> Identity)? = nil
    ) throws -> Endpoint {
        let server = GatewayServer.host(
            on: try client(name), placementDrivers: ["placement"], version: "test")
        let door = GuardedGateway(
            backend: server, auth: nil, audit: nil, validate: validate, accessLog: Self.silent,
            wallClock: { Timestamp(1_000) })
        let bridge = try BridgeServer(
            BridgeSettings(
                endpoint: "ipc://" + directory.appending(name + "-bridge.sock"),
                security: security),
            gateway: door, logger: Self.silent)
        // Waited for by `stopBridge` and `stop`.
        bridges[name] = Task { try await bridge.run() }
        return Endpoint(rawValue: bridge.endpoint)
    }

    /// Ends a bridge, as if its process was gone.
    func stopBridge(_ name: String) async {
        guard let bridge = bridges.removeValue(forKey: name) else { return }
        bridge.cancel()
        _ = await bridge.result
    }

    /// A path in the cluster's directory.
    func path(_ name: String) -> String { directory.appending(name) }

    /// A client of these gateways.
    func connect(
        to gateways: String..., settings: VectronClient.Settings = .init()
    ) async throws -> VectronClient {
        try await VectronClient.connect(
            to: gateways.map { Self.endpoint(of: $0, in: directory) },
            using: try client("client-\(systems.count)"), settings: settings)
    }

    /// Ends a gateway.
    func stopGateway(_ name: String) async {
        for system in systems where system.node == NodeID(name) { await system.shutdown() }
    }

    /// Ends everything.
    func stop() async throws {
        for name in bridges.keys.sorted() { await stopBridge(name) }
        for name in workers.keys.sorted() { try await stopWorker(name) }
        await Self.stop(placement)
        for system in systems { await system.shutdown() }
    }
}

/// Runs `body` with a cluster of workers, a gateway `g` and a client of it.
func withCluster(
    workers: [String] = ["w1", "w2", "w3"],
    _ body: (TestCluster, VectronClient) async throws -> Void
) async throws {
    let cluster = try await TestCluster(workers: workers)
    try await cluster.startGateway("g")
    try await body(cluster, try await cluster.connect(to: "g"))
    try await cluster.stop()
}
