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
/// Payloads are JSON objects, or values of any `Codable` type:
///
/// ```swift
/// let books = client.collection("books", of: Book.self)
/// for point in try await books.search(near: vector) { print(point.payload.title) }
/// ```
///
/// Every error of the database is a ``ServiceError``, and a payload that does not fit its type a
/// ``PayloadError``. Calls take the deadline of their task (`withDeadline`), or ``Settings/timeout``;
/// within it they are repeated where that does no harm (``RepeatPolicy``), and writes of points are
/// done once however often they are sent.
///
/// Thread safety: any task may call anything.
public final class VectronClient: Sendable {
    /// How a client behaves.
    public struct Settings: Sendable {
        /// How long a call may take when its task has no deadline.
        public var timeout: Duration = .seconds(30)
        /// How many batches of an upload are under way at once.
        public var uploadConcurrency = 4
        /// Whether requests are sent again.
        public var repeats = Repeats.automatically

        /// Makes the usual settings.
        public init() {}
    }

    /// Whether requests that were not answered, or could not be carried out just now, are sent again.
    public enum Repeats: Sendable, Hashable {
        /// Where that does no harm, until the time is up.
        case automatically
        /// Never: for callers who keep account of outcomes themselves.
        case never
    }

    /// The actor system to shut down in the end.
    private let ownedSystem: ClusterActorSystem?
    let settings: Settings
    let gateways: [any GatewayConnection]
    let sessions = WriteSessions()
    /// Which gateway is asked first: the one that answered last.
    let preferred = Mutex(0)

    init(
        _ gateways: [any GatewayConnection], owning system: ClusterActorSystem?,
        settings: Settings
    ) {
        precondition(!gateways.isEmpty, "a client without a gateway")
        precondition(
            settings.uploadConcurrency > 0,
            "an upload of \(settings.uploadConcurrency) batches at once; use 1 or more")
        ownedSystem = system
        self.gateways = gateways
        self.settings = settings
    }

    convenience init(
        nodes: [NodeID], of system: ClusterActorSystem, ownsSystem: Bool, settings: Settings
    ) throws {
        self.init(
            try nodes.map { node in
                ActorConnection(
                    try $GatewayService.resolve(
                        id: ActorID(node: node, name: WellKnownName.gateway), using: system))
            }, owning: ownsSystem ? system : nil, settings: settings)
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
        return try VectronClient(
            nodes: gateways, of: system, ownsSystem: ownsSystem, settings: settings)
    }

    /// Closes the connections; calls fail from now on.
    public func close() async {
        for gateway in gateways { gateway.close() }
        await ownedSystem?.shutdown()
    }
}
