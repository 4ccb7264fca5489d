import Actors
import Client
import Foundation
import Gateway
import Logging
import PlacementDriver
import Protocols
import Testing
import Worker

/// A cluster in one process, over a network in memory: every role an actor system of its own.
actor TestCluster {
    let network = InMemoryNetwork()
    private let directory: TemporaryDirectory
    private var placementSystem: ClusterActorSystem
    private var workers: [String: RunningWorker] = [:]
    private var systems: [ClusterActorSystem] = []

    private struct RunningWorker {
        var system: ClusterActorSystem
        var task: Task<Void, any Error>
    }

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Starts a placement driver and workers.
    init(workers names: [String]) async throws {
        directory = try TemporaryDirectory()
        placementSystem = try Self.placementSystem(on: network, in: directory)
        for name in names { try startWorker(name) }
        if !names.isEmpty { try await waitForWorkers(names.count) }
    }

    private static func system(
        _ name: String, on network: InMemoryNetwork
    ) throws -> ClusterActorSystem {
        let node = NodeID(name)
        let system = try ClusterActorSystem(
            .init(
                node: node, clusterID: "test", endpoint: InMemoryNetwork.endpoint(of: node),
                logger: silent), transport: network.transport(node))
        try system.start()
        system.setEndpoint(InMemoryNetwork.endpoint(of: "placement"), of: "placement")
        return system
    }

    private static func placementSystem(
        on network: InMemoryNetwork, in directory: TemporaryDirectory
    ) throws -> ClusterActorSystem {
        let system = try Self.system("placement", on: network)
        _ = try PlacementDriverServer.host(
            on: system, dataDirectory: directory.appending("placement"), logger: silent
        ) { Issue.record("the placement driver is fenced: \($0)") }
        return system
    }

    /// Ends the placement driver.
    func stopPlacementDriver() async { await placementSystem.shutdown() }

    /// Starts the placement driver again, once its directory is free.
    func startPlacementDriver() async throws {
        while true {
            do {
                placementSystem = try Self.placementSystem(on: network, in: directory)
                return
            } catch {
                guard "\(error)".contains("in use") else { throw error }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
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
        let system = try Self.system(name, on: network)
        var settings = WorkerNode.Settings(
            dataDirectory: directory.appending(name), placementDriver: "placement",
            endpoint: InMemoryNetwork.endpoint(of: NodeID(name)))
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
        worker.task.cancel()
        await worker.system.shutdown()
        _ = await worker.task.result
    }

    private func waitForWorkers(_ count: Int) async throws {
        let placement = try $PlacementService<ClusterActorSystem>.resolve(
            id: ActorID(node: "placement", name: WellKnownName.placementDriver),
            using: try client("starter"))
        while try await placement.map(newerThan: nil)?.workers.count != count {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func client(_ name: String) throws -> ClusterActorSystem {
        let system = try Self.system(name, on: network)
        systems.append(system)
        return system
    }

    /// Starts a gateway.
    func startGateway(_ name: String) throws {
        let system = try client(name)
        _ = GatewayServer.host(on: system, placementDriver: "placement", version: "test")
    }

    /// A client of these gateways.
    func connect(to gateways: String...) async throws -> VectronClient {
        try await VectronClient.connect(
            to: gateways.map { InMemoryNetwork.endpoint(of: NodeID($0)) },
            using: try client("client-\(systems.count)"))
    }

    /// Ends a gateway.
    func stopGateway(_ name: String) async {
        for system in systems where system.node == NodeID(name) { await system.shutdown() }
    }

    /// Ends everything.
    func stop() async throws {
        for name in workers.keys.sorted() { try await stopWorker(name) }
        for system in systems + [placementSystem] { await system.shutdown() }
    }
}
