package import Actors
import Primitives
package import Protocols
import Synchronization

/// Calls single shards, over and over inside the caller's deadline, as ``RetryPolicy`` decides: writes
/// at the leader and each done once, reads at any replica in turn.
package struct ShardCaller: Sendable {
    let table: RoutingTable
    private let board: SharedBoard<ShardID>
    private let sessions = ShardSessions()
    private let hedging: Hedging
    /// The epoch of the map by which hints and sessions of gone shards were forgotten last.
    private let pruning = Pruning()

    /// How often a write begins anew because its session is not known any more.
    private static let maxReopeningCount = 3
    /// How long a newer map is waited for: the placement drivers may all be gone, and what the
    /// gateway knows may still be right.
    private static let mapPatience = Duration.milliseconds(300)

    /// Makes a caller.
    ///
    /// - Parameter hedgesReads: Whether a read that takes longer than usual is asked of a second replica.
    package init(table: RoutingTable, hedgesReads: Bool = true) {
        self.table = table
        hedging = Hedging(isEnabled: hedgesReads)
        board = SharedBoard(firstTimeout: table.firstTimeout)
    }

    /// A shard at the time of a call.
    private struct Target {
        var address: ShardAddress
        var workers: [String]
    }

    private final class Pruning: Sendable {
        let epoch = Mutex<Epoch?>(nil)
    }
}

/// Calls a worker about a shard.
package typealias ShardOperation<Value> =
    @Sendable ($WorkerService<ClusterActorSystem>, ShardAddress) async throws -> Value

/// Sends a write to a worker about a shard, under its name.
package typealias ShardWriteOperation<Value> =
    @Sendable ($WorkerService<ClusterActorSystem>, ShardAddress, WriteID) async throws -> Value

// MARK: - Reading and writing

extension ShardCaller {
    /// Reads from any replica: in turn, or from the leader first if it needs the leader's word; and from
    /// two of them if the first one takes longer than usual (``HedgeBoard``).
    ///
    /// Every replica may answer reads of every consistency: it asks the leader for what it needs.
    /// - Throws: ``ServiceError``, naming the shard and the worker.
    package func read<Value: Sendable>(
        _ read: ShardRead, _ shard: ShardID, of collection: CollectionRecord,
        _ consistency: ReadConsistency = .local, _ body: @escaping ShardOperation<Value>
    ) async throws -> Value {
        try await call(
            shard, of: collection, consistency == .linearizable ? .freshRead : .read,
            hedged: ShardReadKey(shard: shard, read: read), body)
    }

    /// Asks the leader for what takes long: another replica would not answer sooner.
    ///
    /// - Throws: ``ServiceError``, naming the shard and the worker.
    package func measure<Value: Sendable>(
        _ shard: ShardID, of collection: CollectionRecord, _ body: @escaping ShardOperation<Value>
    ) async throws -> Value {
        try await call(shard, of: collection, .write, body)
    }

    /// Writes at the leader, once, however many attempts it takes and however often it is asked for
    /// under this name; without a name under one of the gateway's own.
    ///
    /// - Throws: ``ServiceError``, as ``write(_:of:_:)``, and `sessionExpired` if the name's session is
    ///   not known any more.
    package func write<Value: Sendable>(
        _ shard: ShardID, of collection: CollectionRecord, as name: WriteName?,
        _ body: @escaping ShardWriteOperation<Value>
    ) async throws -> Value {
        guard let name else { return try await write(shard, of: collection, body) }
        let id = try name.id(at: shard, of: collection)
        return try await call(shard, of: collection, .namedWrite) { worker, address in
            try await body(worker, address, id)
        }
    }

    /// Opens a session for writes of a shard.
    package func openSession(
        _ shard: ShardID, of collection: CollectionRecord
    ) async throws -> UInt64 {
        try await call(shard, of: collection, .leaderRead) { worker, address in
            try await worker.openSession(address)
        }
    }

    /// Writes at the leader, once, however many attempts it takes.
    ///
    /// - Parameter body: Sends the write under its name.
    /// - Throws: ``ServiceError``, naming the shard and the worker: `unknownOutcome` or
    ///   `deadlineExceeded` if it may have been done.
    package func write<Value: Sendable>(
        _ shard: ShardID, of collection: CollectionRecord,
        _ body: @escaping ShardWriteOperation<Value>
    ) async throws -> Value {
        var reopeningCount = 0
        while true {
            let id = try await sessions.begin(shard) {
                try await openSession(shard, of: collection)
            }
            // Whatever comes of it, it is not sent again under this name.
            defer { sessions.end(id, of: shard) }
            do {
                return try await call(shard, of: collection, .namedWrite) { worker, address in
                    try await body(worker, address, id)
                }
            } catch let error as ServiceError where error.isOfExpiredSession {
                sessions.expire(id.session, of: shard)
                reopeningCount += 1
                // An unknown outcome has another code: it may not be sent under another name.
                guard error.code == .sessionExpired, reopeningCount <= Self.maxReopeningCount
                else { throw error }
            }
        }
    }
}

extension WriteName {
    /// What a shard calls the write, or an error if the session was not opened there.
    func id(at shard: ShardID, of collection: CollectionRecord) throws(ServiceError) -> WriteID {
        guard session.collection == collection.id, let number = session.number(at: shard) else {
            throw ServiceError(
                .sessionExpired,
                """
                the session of this write was not opened on shard \(shard) of collection \
                \(collection.configuration.name); open another one
                """)
        }
        return WriteID(session: number, sequence: sequence, acknowledged: acknowledged)
    }
}

extension ServiceError {
    /// Whether the last attempt failed because of the session, even if the one before may not have.
    fileprivate var isOfExpiredSession: Bool {
        code == .sessionExpired || details["cause"] == Code.sessionExpired.rawValue
    }
}

// MARK: - Calling

extension ShardCaller {
    private func call<Value: Sendable>(
        _ shard: ShardID, of collection: CollectionRecord, _ kind: RetryPolicy.Kind,
        hedged: ShardReadKey? = nil, _ body: @escaping ShardOperation<Value>
    ) async throws -> Value {
        var call = GroupCall(shard, kind, board: board)
        while true {
            let target: Target
            do {
                target = try await self.target(shard, of: collection)
            } catch let error as ServiceError {
                throw RetryPolicy.final(error, mayHaveRun: call.mayHaveRun)
            }
            guard let worker = call.next(among: target.workers) else {
                throw ServiceError(
                    .unavailable, "shard \(shard) has no replica by the newest map; try again later"
                )
            }
            do {
                return try await attempt(call, asking: worker, target, hedged, body)
            } catch let error as CancellationError {
                throw error
            } catch {
                let remaining = Deadline.current?.remaining ?? .zero
                switch call.failed(
                    error, asking: worker, among: target.workers, remaining: remaining)
                {
                case .fail(let error):
                    throw error.naming(shard, of: collection.configuration.name, on: worker)
                case .retry(let pause):
                    if pause > .zero { try await Task.sleep(for: pause) }
                case .reconcile(let workerEpoch, let pause):
                    await reconcile(with: worker, workerEpoch)
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    /// Asks a worker, and another one beside it if the read is hedged.
    private func attempt<Value: Sendable>(
        _ call: GroupCall<ShardID>, asking worker: String, _ target: Target,
        _ hedged: ShardReadKey?, _ body: @escaping ShardOperation<Value>
    ) async throws -> Value {
        let stub = try table.worker(worker)
        guard let hedged else {
            return try await call.attempt(asking: worker, among: target.workers) {
                try await body(stub, target.address)
            }
        }
        let other = call.other(among: target.workers)
        let second = try other.map(table.worker).map { stub in
            { @Sendable () async throws -> Value in try await body(stub, target.address) }
        }
        return try await call.attempt(asking: worker, among: target.workers) {
            let (value, leg) = try await hedging.read(
                hedged, { try await body(stub, target.address) }, orElse: second)
            return (value, leg == .first ? worker : other ?? worker)
        }
    }

    private func target(_ shard: ShardID, of collection: CollectionRecord) async throws -> Target {
        let map = try await table.map()
        prune(by: map)
        guard let current = map.collections.first(where: { $0.id == collection.id }) else {
            throw ServiceError.unknownCollection(collection.configuration.name)
        }
        guard let record = current.shards.first(where: { $0.id == shard }) else {
            throw ServiceError(
                .unavailable, "shard \(shard) is not in the newest map; try again later")
        }
        return Target(
            address: ShardAddress(
                collection: current.id, shard: record.id, version: record.version),
            workers: record.replicas.map(\.worker))
    }

    /// Forgets what is known of shards that are gone, once for each map.
    private func prune(by map: ClusterMap) {
        let isNew = pruning.epoch.withLock { epoch in
            defer { epoch = map.epoch }
            return epoch != map.epoch
        }
        guard isNew else { return }
        let living = Set(map.collections.flatMap(\.shards).map(\.id))
        board.withLock { $0.keep(living) }
        sessions.keep(living)
        hedging.keep(living)
    }

    /// Makes gateway and worker route by one map: the older of both is brought up to date.
    ///
    /// What fails here shows in the next call.
    private func reconcile(with worker: String, _ workerEpoch: UInt64?) async {
        guard let map = try? await table.newer(patience: Self.mapPatience) else { return }
        if let workerEpoch, workerEpoch < map.epoch.rawValue {
            try? await table.worker(worker).install(map)
        }
    }
}
