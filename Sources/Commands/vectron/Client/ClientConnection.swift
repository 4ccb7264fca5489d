import Actors
import Client
import Cluster
import Foundation
import Logging
import Protocols

/// A client and the actor system that it stands on.
struct ClientConnection {
    let client: VectronClient
    private let system: ClusterActorSystem
    /// Held for as long as the connection is open.
    private let key: ClaimedClient?

    /// Connects with the cluster that the options name.
    static func open(_ options: ClientOptions) async throws -> ClientConnection {
        var file = ClusterFile(dataDirectory: "")
        if let path = ClientOptions.value(options.config, "VECTRON_CONFIG") {
            file = try .load(path: path, environment: ProcessInfo.processInfo.environment)
        }
        if let id = ClientOptions.value(options.cluster, "VECTRON_CLUSTER") { file.id = id }
        var gateways = file.nodes(.gateway).map(\.endpoint)
        if let text = ClientOptions.value(options.gateway, "VECTRON_GATEWAY") {
            gateways = try text.split(separator: ",").map { try Endpoint(validating: String($0)) }
        }
        if gateways.isEmpty { gateways = [Endpoint(rawValue: ClientOptions.defaultGateway)] }
        return try await open(file, gateways: gateways, timeout: options.timeout.duration)
    }

    /// Connects with gateways of a cluster.
    static func open(
        _ file: ClusterFile, gateways: [Endpoint], timeout: Duration
    ) async throws -> ClientConnection {
        let key = try file.keysDirectory.map { try KeyDirectory(path: $0).claimClient() }
        let name = key?.name ?? "client-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        let system = try ClusterActorSystem(
            file.clientSettings(name: name, logger: Logger(label: "vectron.client")))
        try system.start()
        do {
            var settings = VectronClient.Settings()
            settings.timeout = timeout
            let client = try await connect(system, file, gateways, settings)
            return ClientConnection(client: client, system: system, key: key)
        } catch let error as ServiceError where error.message.contains("nobody listens") {
            await system.shutdown()
            throw CommandError(
                """
                no gateway listens at \(gateways.map(\.rawValue).joined(separator: ", ")); \
                start a cluster with "vectron dev" or "vectron cluster up", \
                or name another gateway with --gateway
                """)
        } catch {
            await system.shutdown()
            throw error
        }
    }

    private static func connect(
        _ system: ClusterActorSystem, _ file: ClusterFile, _ endpoints: [Endpoint],
        _ settings: VectronClient.Settings
    ) async throws -> VectronClient {
        guard file.keysDirectory != nil else {
            return try await .connect(to: endpoints, using: system, settings: settings)
        }
        // With keys the other end has to be known by name before it is spoken to.
        let gateways = file.nodes(.gateway).filter { endpoints.contains($0.endpoint) }
        guard !gateways.isEmpty else {
            throw CommandError(
                "the cluster file has no gateway at \(endpoints.map(\.rawValue)); its keys need one"
            )
        }
        for gateway in gateways { system.setEndpoint(gateway.endpoint, of: NodeID(gateway.name)) }
        return try await .connect(
            toNodes: gateways.map { NodeID($0.name) }, using: system, settings: settings)
    }

    /// Disconnects.
    func close() async { await system.shutdown() }
}
