internal import Glibc
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization

/// Where the certificate of the server and its key are, in PEM.
package struct TLSFiles: Sendable, Hashable {
    /// The certificate chain, the server's own first.
    package var certificate: String
    /// The private key.
    package var privateKey: String

    /// Makes paths.
    package init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }
}

extension TLSFiles {
    /// When the first certificate of the chain that ends is not good any more, in seconds since 1970.
    ///
    /// - Throws: If a server could not use the files.
    package func expiry() throws -> Int {
        _ = try ReloadingTLS.context(self)
        let chain = try NIOSSLCertificate.fromPEMFile(certificate)
        return chain.map { Int($0.notValidAfter) }.min() ?? 0
    }
}

/// The TLS context of new connections: made anew when the files change, so that a certificate is
/// renewed without a restart.
///
/// Files that do not fit together leave the one before in place.
///
/// Thread safety: any thread may call anything.
package final class ReloadingTLS: Service {
    /// How often the files are looked at.
    private let interval: Duration
    private let files: TLSFiles
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        var version: [Int]
        var loadCount = 1
    }

    /// Reads the files.
    package init(
        _ files: TLSFiles, interval: Duration = .seconds(10), logger: Logger
    ) throws {
        self.files = files
        self.interval = interval
        self.logger = logger
        let version = Self.version(of: files)
        state = Mutex(State(context: try Self.context(files), version: version))
    }

    var context: NIOSSLContext { state.withLock { $0.context } }

    /// How often a certificate was read that can be used.
    package var loadCount: Int { state.withLock { $0.loadCount } }

    /// Looks at the files until the service ends.
    package func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            // The sleep ends early when the service is to end, which is no error.
            while (try? await Task.sleep(for: interval)) != nil { reloadIfChanged() }
        }
    }

    /// Reads the files again if they are others; TLS as before if they cannot be used.
    package func reloadIfChanged() {
        let version = Self.version(of: files)
        guard state.withLock({ $0.version != version }) else { return }
        do {
            let context = try Self.context(files)
            state.withLock {
                $0 = State(
                    context: context, version: version, loadCount: $0.loadCount + 1)
            }
            logger.info("the TLS certificate was read again")
        } catch {
            state.withLock { $0.version = version }
            logger.error(
                "the TLS certificate has changed and cannot be used; the one before stays",
                metadata: ["error": "\(error)", "file": "\(files.certificate)"])
        }
    }

    fileprivate static func context(_ files: TLSFiles) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
        let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// What changes with the files: times, sizes and numbers of both.
    private static func version(of files: TLSFiles) -> [Int] {
        [files.certificate, files.privateKey].flatMap { path -> [Int] in
            var status = stat()
            guard stat(path, &status) == 0 else { return [] }
            return [
                Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec), Int(status.st_size),
                Int(truncatingIfNeeded: status.st_ino),
            ]
        }
    }
}

/// Connections with TLS in front of what serves them.
struct TLSConnections<Base: HTTPChannelHandler>: ServerChildChannel {
    let base: Base
    let tls: ReloadingTLS

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: tls.context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
