import Actors
import Cluster
import Foundation
import Gateway
import Logging
import Protocols
import REST
import Telemetry

extension RunningRole {
    /// The door, which asks the auth nodes of the cluster, if it has any.
    func door(of server: GatewayServer) throws -> GuardedGateway<GatewayServer> {
        let auth =
            file.authNodes.isEmpty
            ? nil : AuthCaller(system: system, nodes: file.authNodes.map { NodeID($0.name) })
        return GuardedGateway(
            backend: server, auth: auth, audit: try auditLog(), wallClock: { Self.wallClock })
    }

    /// REST at an endpoint, behind the door.
    func restServer(
        at endpoint: Endpoint, _ gateway: GuardedGateway<GatewayServer>
    ) throws -> RESTServer<GatewayServer> {
        guard let (host, port) = endpoint.hostAndPort else {
            throw CommandError("rest is served at tcp://HOST:PORT, not at \(endpoint)")
        }
        var settings = RESTSettings(host: host, port: port)
        settings.maxConnectionCount = FileDescriptorLimit.connectionCount(
            atMost: settings.maxConnectionCount)
        if let certificate = file.restCertificate, let privateKey = file.restPrivateKey {
            settings.tls = TLSFiles(certificate: certificate, privateKey: privateKey)
        }
        settings.allowedOrigins = file.restAllowedOrigins
        settings.trustedProxies = TrustedProxies(file.restTrustedProxies)
        return try RESTServer(
            settings, gateway: gateway, registry: ProcessTelemetry.registry,
            version: Release.version, logger: logger)
    }

    /// The audit log of the node, in its data directory.
    private func auditLog() throws -> AuditLog {
        try FileManager.default.createDirectory(
            atPath: dataDirectory, withIntermediateDirectories: true)
        return AuditLog(
            try LineLog(
                path: AuditFile(node: node.name, directory: dataDirectory).path, logger: logger),
            wallClock: { Self.wallClock })
    }

    private static var wallClock: Timestamp {
        Timestamp(Int64(Date.now.timeIntervalSince1970))
    }
}
