public import Actors
public import Logging
import Primitives
import Protocols
import Raft
import Replication
public import ServiceLifecycle
import Storage

/// A worker as a process runs it: claims its data directory, registers with the placement driver,
/// sends a heartbeat each second, and closes its shards when it is told to stop.
///
/// ```swift
/// let worker = try WorkerNode(on: system, settings: .init(dataDirectory: path, …), logger: logger)
/// try await worker.run()
/// ```
public struct WorkerNode: Service {
    /// What a worker needs to know.
    public struct Settings: Sendable {
        /// The node's data directory.
        public var dataDirectory: String
        /// The nodes of the placement driver; the actor system knows their endpoints.
        public var placementDrivers: [NodeID]
        /// Where others reach this worker.
        public var endpoint: Endpoint
        /// Which rack, zone or machine it falls with.
        public var failureDomain: String?
        /// How many threads search, and how many write: the cores of the machine.
        public var threadCount: Int
        /// What the indexes may take of memory, in bytes; nil: as much as there is.
        ///
        /// Beyond it the shards that this worker leads take no new points.
        public var memoryLimit: Int?
        /// How often the placement driver hears from the worker.
        public var heartbeatInterval: Duration = .seconds(1)
        /// After how long without its leader a shard's group elects another: the paper's T.
        public var electionTimeout: Duration = ReplicationTiming.electionTimeout

        /// Makes settings.
        public init(
            dataDirectory: String, placementDrivers: [NodeID], endpoint: Endpoint,
            failureDomain: String? = nil, threadCount: Int = 2
        ) {
            self.dataDirectory = dataDirectory
            self.placementDrivers = placementDrivers
            self.endpoint = endpoint
            self.failureDomain = failureDomain
            self.threadCount = threadCount
        }
    }

    private let system: ClusterActorSystem
    private let settings: Settings
    private let logger: Logger
    private let host: ShardHost
    private let server: WorkerServer
    private let store: StoreID
    private let placement: PlacementClient
    private let log: RaftLog
    private let engine: ReplicationEngine

    /// Claims the data directory and answers calls from now on; shards are opened by the first map.
    ///
    /// - Parameter onFence: Called if a write fails; the process should end with an error then.
    /// - Throws: An error that says what is wrong with the directory.
    public init(
        on system: ClusterActorSystem, settings: Settings, logger: Logger,
        onFence: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.system = system
        self.settings = settings
        self.logger = logger
        let directory = try DataDirectory(
            at: settings.dataDirectory,
            for: NodeIdentity(cluster: system.settings.clusterID, node: system.node.rawValue))
        store = StoreID(directory.store)
        placement = PlacementClient(on: system, nodes: settings.placementDrivers)
        let log = try RaftLog(in: directory, logger: logger)
        self.log = log
        engine = ReplicationEngine(
            on: system, settings: ReplicationSettings(), seed: .random(in: 0 ... .max),
            logger: logger, append: { try log.append($0) }, onFence: onFence)
        host = ShardHost(
            ShardHost.Environment(
                node: system.node.rawValue, directory: directory, engine: engine,
                logs: log.restored, damagedGroups: log.damagedGroups,
                threadCount: settings.threadCount, memoryLimit: settings.memoryLimit, logger: logger
            ))
        _ = ReplicationServer.host(engine, on: system)
        server = WorkerServer.host(host, on: system)
    }

    /// Registers and sends heartbeats until the task is cancelled or the process is told to stop;
    /// then gives away what it leads and closes all shards.
    public func run() async throws {
        engine.start(tickInterval: ReplicationTiming.tickInterval(for: settings.electionTimeout))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await host.restoreMap() }
                group.addTask {
                    while await pause(for: settings.heartbeatInterval) { await host.tick() }
                }
                var isRegistered = false
                var patience = Self.firstPause
                repeat {
                    isRegistered = await exchange(isRegistered: isRegistered) {
                        // Opening shards may take minutes; heartbeats go on meanwhile.
                        map in group.addTask { await host.install(map) }
                    }
                    let longest = settings.heartbeatInterval
                    patience = isRegistered ? longest : min(patience * 2, longest)
                } while await pause(for: patience)
            }
        }
        await engine.shutDown()
        await host.close()
        try log.seal()
    }

    /// How long a worker waits at first until it asks again to be registered; each pause is twice as
    /// long as the one before, up to the interval of heartbeats.
    private static let firstPause = Duration.milliseconds(20)

    /// Waits, and says whether the worker is to go on.
    private func pause(for duration: Duration) async -> Bool {
        // A cancelled sleep ends early, which is all that is wanted of it.
        try? await Task.sleep(for: duration)
        return !Task.isCancelled
    }

    /// Registers or sends a heartbeat, and hands on the map that comes back.
    ///
    /// - Returns: Whether the worker is registered.
    private func exchange(
        isRegistered: Bool, obey: (ClusterMap) -> Void
    ) async -> Bool {
        do {
            let map: ClusterMap?
            if isRegistered {
                let heartbeat = WorkerHeartbeat(status: await host.status)
                map = try await placement.call { try await $0.heartbeat(heartbeat) }
            } else {
                map = try await placement.call { try await $0.register(record) }
                logger.info("registered")
            }
            if let map {
                for worker in map.workers where worker.node != system.node.rawValue {
                    system.setEndpoint(
                        Endpoint(rawValue: worker.endpoint), of: NodeID(worker.node))
                }
                obey(map)
            }
            return true
        } catch let error as ServiceError where error.code == .notFound {
            return false
        } catch {
            let level: Logger.Level = isRegistered ? .warning : .debug
            logger.log(
                level: level, "the placement driver does not answer, the shards go on",
                metadata: ["error": "\(error)"])
            return false
        }
    }

    private var record: WorkerRecord {
        WorkerRecord(
            node: system.node.rawValue, endpoint: settings.endpoint.rawValue,
            failureDomain: settings.failureDomain, store: store)
    }
}
