public import Actors
import Distributed
import Protocols
import Synchronization

/// The database, as a Swift program uses it: calls a gateway, and another one if that is gone.
///
/// ```swift
/// let client = try await VectronClient.connect(to: ["tcp://127.0.0.1:7700"], cluster: "demo")
/// try await client.createCollection(.init(name: "books", dimension: 384, metric: .cosine))
/// try await client.upsert([Point(id: .number(1), vector: vector)], into: "books")
/// let nearest = try await client.search("books", near: vector, limit: 10)
/// await client.close()
/// ```
///
/// Every error is a ``ServiceError``. Calls take the deadline of their task (`withDeadline`), or
/// ``Settings/timeout``.
///
/// Thread safety: any task may call anything.
public final class VectronClient: Sendable {
    /// How a client behaves.
    public struct Settings: Sendable {
        /// How long a call may take when its task has no deadline.
        public var timeout: Duration = .seconds(30)
        /// How many batches of an upload are under way at once.
        public var uploadConcurrency = 4

        /// Makes the usual settings.
        public init() {}
    }

    private let system: ClusterActorSystem
    private let ownsSystem: Bool
    let settings: Settings
    private let gateways: [NodeID]
    /// Which gateway is asked first: the one that answered last.
    private let preferred = Mutex(0)

    init(
        system: ClusterActorSystem, ownsSystem: Bool, gateways: [NodeID], settings: Settings
    ) {
        self.system = system
        self.ownsSystem = ownsSystem
        self.gateways = gateways
        self.settings = settings
    }
}

// MARK: - Connecting

extension VectronClient {
    /// Connects with gateways; those that do not answer now are left out.
    ///
    /// - Parameters:
    ///   - endpoints: Where gateways listen, one or more.
    ///   - cluster: The cluster's id.
    ///   - settings: How the client behaves.
    /// - Throws: ``ServiceError/Code/unavailable`` if none answers.
    public static func connect(
        to endpoints: [Endpoint], cluster: String, settings: Settings = Settings()
    ) async throws -> VectronClient {
        let name = "client-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        let system: ClusterActorSystem
        do {
            system = try ClusterActorSystem(.init(node: NodeID(name), clusterID: cluster))
            try system.start()
        } catch {
            throw ServiceError(inClient: error)
        }
        do {
            return try await connect(
                to: endpoints, using: system, ownsSystem: true, settings: settings)
        } catch {
            await system.shutdown()
            throw error
        }
    }

    /// Connects over an actor system that the caller has started and will shut down.
    public static func connect(
        to endpoints: [Endpoint], using system: ClusterActorSystem,
        settings: Settings = Settings()
    ) async throws -> VectronClient {
        try await connect(to: endpoints, using: system, ownsSystem: false, settings: settings)
    }

    private static func connect(
        to endpoints: [Endpoint], using system: ClusterActorSystem, ownsSystem: Bool,
        settings: Settings
    ) async throws -> VectronClient {
        system.allow(errors: ServiceError.self)
        var gateways: [NodeID] = []
        var failures: [String] = []
        for endpoint in endpoints {
            do {
                gateways.append(try await system.connect(to: endpoint))
            } catch {
                failures.append("\(endpoint): \(error)")
            }
        }
        guard !gateways.isEmpty else {
            throw ServiceError(
                .unavailable,
                """
                no gateway answers (\(failures.joined(separator: "; "))); \
                check the endpoints and that a gateway runs
                """)
        }
        return VectronClient(
            system: system, ownsSystem: ownsSystem, gateways: gateways, settings: settings)
    }

    /// Closes the connections; calls fail from now on.
    public func close() async {
        if ownsSystem { await system.shutdown() }
    }
}

// MARK: - Calling

extension VectronClient {
    /// Whether a call may run twice.
    enum Kind {
        case read
        case write
    }

    /// Calls a gateway, the next one if that cannot be reached, and each once at most.
    func call<Value: Sendable>(
        _ kind: Kind,
        _ body: @Sendable ($GatewayService<ClusterActorSystem>) async throws -> Value
    ) async throws -> Value {
        try await withDeadline(settings.timeout) {
            let first = preferred.withLock { $0 }
            var failure: (any Error)?
            for offset in gateways.indices {
                let index = (first + offset) % gateways.count
                do {
                    let value = try await body(gateway(gateways[index]))
                    preferred.withLock { $0 = index }
                    return value
                } catch let error as CancellationError {
                    throw error
                } catch {
                    failure = error
                    guard Self.mayAskAnother(after: error, kind) else { break }
                }
            }
            throw ServiceError(inClient: failure)
        }
    }

    private func gateway(_ node: NodeID) throws -> $GatewayService<ClusterActorSystem> {
        try $GatewayService.resolve(
            id: ActorID(node: node, name: WellKnownName.gateway), using: system)
    }

    /// Another gateway is asked only about what no gateway has done: a write whose outcome is
    /// unknown is the caller's to repeat.
    private static func mayAskAnother(after error: any Error, _ kind: Kind) -> Bool {
        switch error {
        case let error as ServiceError:
            error.code == .unavailable && error.isRetryable
        case ActorSystemError.unreachable, ActorSystemError.overloaded,
            ActorSystemError.unknownActor:
            true
        case ActorSystemError.lost: kind == .read
        default: false
        }
    }
}
