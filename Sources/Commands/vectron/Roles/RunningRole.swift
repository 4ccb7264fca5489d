import Actors
import Auth
import Cluster
import Foundation
import Gateway
import Logging
import PlacementDriver
import Protocols
import ServiceLifecycle
import Worker

/// One node: its actor system and what stands on it.
struct RunningRole {
    let file: ClusterFile
    let node: ClusterFile.Node
    let system: ClusterActorSystem
    let logger: Logger
    let dataDirectory: String
    private let readyFile: String?
    private let start: PlacementNode.Settings.Start
    /// Whether an auth node prints another bootstrap token.
    var renewsBootstrapToken = false

    init(
        _ file: ClusterFile, _ node: ClusterFile.Node, dataDirectory: String,
        readyFile: String? = nil, start: PlacementNode.Settings.Start = .join
    ) throws {
        self.readyFile = readyFile
        self.start = start
        self.file = file
        self.node = node
        self.dataDirectory = dataDirectory
        var logger = Logger(label: "vectron.\(node.role.rawValue)")
        logger[metadataKey: "node"] = "\(node.name)"
        self.logger = logger
        system = try ClusterActorSystem(file.settings(of: node, logger: logger))
        file.introduceNodes(to: system)
    }

    /// Makes the node answer, and returns what has to run for as long as it does, the actor system
    /// first.
    func services(fence: Fence) throws -> [any Service] {
        // In the order of names, whatever the order of the file: founders are numbered by it.
        let placementDrivers = file.nodes(.placement).map(\.name).sorted().map { NodeID($0) }
        var services: [any Service] = [ActorSystemService(system)]
        switch node.role {
        case .placement:
            let settings = PlacementNode.Settings(
                dataDirectory: dataDirectory, members: placementDrivers,
                replicaCount: file.replicaCount, start: start)
            services.append(
                try PlacementNode(on: system, settings: settings, logger: logger) {
                    fence.trip($0)
                })
        case .worker:
            let coreCount = ProcessInfo.processInfo.activeProcessorCount
            var settings = WorkerNode.Settings(
                dataDirectory: dataDirectory, placementDrivers: placementDrivers,
                endpoint: node.endpoint, failureDomain: node.failureDomain,
                threadCount: file.limits.threadCount ?? coreCount)
            settings.memoryLimit = file.limits.memoryByteCount
            services.append(
                try WorkerNode(on: system, settings: settings, logger: logger) { fence.trip($0) })
        case .auth:
            services.append(try authNode(fence))
        case .gateway:
            let server = GatewayServer.host(
                on: system, placementDrivers: placementDrivers, version: Release.version,
                hedgesReads: file.hedgesReads)
            if node.bridge != nil || node.rest != nil {
                // One door for all faces: what its limits count does not depend on the face.
                let door = try door(of: server)
                if let bridge = try bridgeSettings() {
                    services.append(try BridgeServer(bridge, gateway: door, logger: logger))
                }
                if let rest = node.rest { services.append(try restServer(at: rest, door)) }
            }
        }
        NodeServer.host(on: system, role: node.role, version: Release.version)
        try listen()
        if let readyFile {
            try "\(getpid())\n".write(toFile: readyFile, atomically: true, encoding: .utf8)
        }
        return services
    }

    private func authNode(_ fence: Fence) throws -> AuthNode {
        if start == .bootstrap { try file.authSecret.makeIfMissing() }
        let name = node.name
        var settings = AuthNode.Settings(
            dataDirectory: dataDirectory,
            members: file.nodes(.auth).map(\.name).sorted().map { NodeID($0) },
            secret: try file.authSecret.load(), start: start == .bootstrap ? .bootstrap : .join,
            announce: { Self.announce($0.value, by: name) })
        settings.renewsBootstrapToken = renewsBootstrapToken
        return try AuthNode(on: system, settings: settings, logger: logger) { fence.trip($0) }
    }

    /// Not a line of the log, which is kept and sent elsewhere: to whoever starts the node, once.
    private static func announce(_ token: String, by node: String) {
        let text = """
            Bootstrap token of the auth nodes, shown once by \(node); it makes the first administrator:
              \(token)

            """
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// Where the bridge listens, and to whom: with keys to clients of the directory `bridge` beside
    /// the nodes' keys, else to this machine only.
    private func bridgeSettings() throws -> BridgeSettings? {
        guard let endpoint = node.bridge else { return nil }
        guard let path = file.keysDirectory, let security = system.settings.security else {
            return BridgeSettings(endpoint: endpoint.rawValue)
        }
        let clients = try BridgeClientKeys(directory: KeyDirectory(path: path).bridge.path)
        return BridgeSettings(
            endpoint: endpoint.rawValue, security: .curve(security.keys, clients))
    }

    /// Listens; the node's actors are there before the first call comes.
    private func listen() throws {
        try system.start()
        logger.info(
            "node started",
            metadata: [
                "cluster": "\(file.id)", "endpoint": "\(node.endpoint)",
                "encrypted": "\(file.keysDirectory != nil)",
            ])
    }

    /// Runs until a signal comes.
    func run() async throws {
        let process = ServiceProcess(logger: logger, shutdownTimeout: file.timeouts.shutdown)
        try await process.run(try services(fence: process.fence))
        logger.info("node stopped")
    }
}
