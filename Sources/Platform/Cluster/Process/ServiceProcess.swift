public import Logging
public import ServiceLifecycle
import UnixSignals

/// The life of a process that serves: runs services until SIGTERM or SIGINT, then ends them in
/// reverse order, each with time to finish.
public struct ServiceProcess: Sendable {
    private let logger: Logger
    private let shutdownTimeout: Duration
    /// What ends the process with an error.
    public let fence = Fence()

    /// Makes a process.
    ///
    /// - Parameter shutdownTimeout: How long the services get to end before they are cancelled.
    public init(logger: Logger, shutdownTimeout: Duration) {
        self.logger = logger
        self.shutdownTimeout = shutdownTimeout
        FileDescriptorLimit.raise()
    }

    /// Runs the services, the first started ending last, until a signal comes or one fails.
    ///
    /// - Throws: What a service, or ``fence``, failed with.
    public func run(_ services: [any Service]) async throws {
        var configuration = ServiceGroupConfiguration(
            services: (services + [fence]).map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
        configuration.maximumGracefulShutdownDuration = shutdownTimeout
        try await ServiceGroup(configuration: configuration).run()
    }

    /// The group tells every step of every service.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
