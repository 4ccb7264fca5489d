package import Gateway
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
package import Protocols
internal import ServiceLifecycle
package import Telemetry

/// Serves REST: the control plane and what there is of the data plane, under `/v1`.
///
/// A translation of HTTP and JSON to ``GuardedGateway`` and back; what may be done, and how often, is
/// decided there.
package struct RESTServer<Backend: GatewayService>: Service {
    private let settings: RESTSettings
    private let responder: RESTResponder<Backend>
    private let tls: ReloadingTLS?
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// Makes a server; it listens when it runs.
    ///
    /// - Parameters:
    ///   - registry: What `/metrics` shows; nil: nothing.
    ///   - version: The version of the software, for the document.
    ///   - onListening: Is told the port.
    package init(
        _ settings: RESTSettings, gateway: GuardedGateway<Backend>,
        registry: PrometheusRegistry?, version: String, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        guard gateway.needsCredential || settings.isLoopback else {
            throw RESTError.openToStrangers(host: settings.host)
        }
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
        tls = try settings.tls.map { try ReloadingTLS($0, logger: logger) }
        responder = RESTResponder(
            gateway: gateway, settings: settings, registry: registry,
            budget: ByteBudget(settings.maxBodyByteCount),
            document: OpenAPIDocument.bytes(version: version), logger: logger)
    }

    /// Answers until the service is told to stop, then finishes what was begun.
    package func run() async throws {
        var configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionDeadlines(
                    settings.timeouts, maxRequestCount: settings.maxPipelinedRequestCount)
            ])
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: settings.maxHeadByteCount,
            maxHeaderListSize: settings.maxHeadByteCount,
            maxHeaderFieldCount: settings.maxHeadFieldCount)
        let (tls, onListening, logger) = (tls, onListening, logger)
        let http1 = configuration
        let builder = HTTPServerBuilder { responder in
            let base = HTTP1Channel(responder: responder, configuration: http1)
            guard let tls else { return base }
            return TLSConnections(base: base, tls: tls)
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: responder, server: builder,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.maxConnectionCount)),
            services: tls.map { [$0] } ?? [],
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("REST listens", metadata: ["rest.port": "\(port)"])
                onListening(port)
            }, logger: quiet)
        try await application.run()
    }
}

/// Why REST is not served.
package enum RESTError: Error, Sendable, Hashable {
    /// Others than this machine would reach it, and nobody would need a credential.
    case openToStrangers(host: String)
}

extension RESTError: CustomStringConvertible {
    /// What is wrong and what to do about it.
    package var description: String {
        switch self {
        case .openToStrangers(let host):
            """
            REST on \(host) would be open to everybody, since the cluster has no auth nodes; \
            listen on 127.0.0.1, or add nodes of the role auth to the cluster file
            """
        }
    }
}
