import Logging
import Primitives
package import Protocols
import Raft
import Replication
import Storage
import Synchronization
import Vectors

extension ShardReplica {
    /// Inserts or replaces points: all of them or none.
    ///
    /// The leader refuses what its worker has no memory for; another replica points to the leader.
    package nonisolated func upsert(
        _ points: [Point], as write: WriteID? = nil
    ) async throws -> WriteReceipt {
        let stored = try points.map { point throws(ServiceError) in try self.stored(point) }
        let byteCount = isLeader ? content.index.memoryByteCount(ofNewPoints: points.count) : 0
        try budget.reserve(byteCount)
        defer { budget.release(byteCount) }
        return try await self.write(ShardEntry(write: write, .upsert(stored)))
    }

    /// Deletes the points that exist.
    package nonisolated func delete(
        _ ids: [PointID], as write: WriteID? = nil
    ) async throws -> WriteReceipt {
        try await self.write(ShardEntry(write: write, .delete(ids)))
    }

    /// Opens a session, under whose number writes are done once, however often they come.
    package nonisolated func openSession() async throws -> UInt64 {
        guard case .session(let number) = try await propose(ShardEntry(.openSession)) else {
            throw ServiceError(.internal, "opening a session had another result")
        }
        return number
    }

    private nonisolated func write(_ entry: ShardEntry) async throws -> WriteReceipt {
        switch try await propose(entry) {
        case .written(let receipt): return receipt
        case .expired:
            throw ServiceError(
                .sessionExpired,
                """
                the session of this write is not known any more on shard \(description.shard); \
                nothing was done now; open another session
                """)
        case .full(let rowCount):
            throw ServiceError(
                .tooLarge,
                """
                shard \(description.shard) of collection \(description.configuration.name) has \
                taken \(rowCount) of \(ShardStateMachine.maxRowCount) upserts, or holds \
                \(ShardStateMachine.maxPointCount) points; \
                copy the points into a collection with more shards
                """)
        case let result:
            throw ServiceError(.internal, "a write had the result \(result)")
        }
    }

    private nonisolated func propose(_ entry: ShardEntry) async throws -> ShardResult {
        if let refusal = shared.withLock({ $0.refusal }) { throw refusal }
        do {
            let result = try await engine.propose(entry.bytes, to: group)
            guard let result = result as? ShardResult else {
                throw ServiceError(.internal, "an entry had the result \(result)")
            }
            return result
        } catch let error as ReplicationError {
            throw ServiceError(error, of: description.shard)
        }
    }

    /// The point as it is stored, or an error that says what is wrong with it.
    ///
    /// The gateway has checked it already; whoever calls a worker directly is told here.
    private nonisolated func stored(_ point: Point) throws(ServiceError) -> StoredPoint {
        if let defect = point.id.defect { throw .invalidArgument(defect) }
        let configuration = description.configuration
        let vector: [Float]
        do {
            vector = try configuration.prepared(point.vector)
        } catch {
            throw .invalidArgument("point \(point.id): \(error)")
        }
        if let defect = point.payload.defect {
            throw .invalidArgument("point \(point.id): \(defect)")
        }
        let payload = point.payload.encoded
        guard payload.count <= UpsertRequest.maxPayloadByteCount else {
            throw .payloadTooLarge(of: point.id, byteCount: payload.count)
        }
        return StoredPoint(id: point.id, vector: vector, payload: payload)
    }
}

// MARK: - Comparing replicas

extension ShardReplica {
    /// Lets all replicas compare their state with the leader's; called by the leader now and then.
    package nonisolated func compareHashes() async {
        do {
            guard case .marked(let index, let hash) = try await propose(ShardEntry(.markHash))
            else {
                return
            }
            _ = try await propose(ShardEntry(.compareHash(index: index, hash: hash)))
        } catch {
            logger.debug(
                "replicas were not compared",
                metadata: ["shard.id": "\(description.shard)", "error": "\(error)"])
        }
    }
}

extension ServiceError {
    /// What an error of replication means to whoever called.
    init(_ error: ReplicationError, of shard: ShardID) {
        switch error {
        case .notLeader(let node):
            self.init(
                .notLeader,
                node.map { "worker \($0) leads shard \(shard); ask it" }
                    ?? "shard \(shard) has no leader at the moment; try again",
                details: node.map { ["leader": $0] } ?? [:])
        case .overloaded:
            self.init(
                .overloaded, "too many writes wait for shard \(shard); try again later",
                details: ["retry_after_ms": "100"])
        case .superseded:
            self.init(
                .unavailable,
                "shard \(shard) has another leader, which did not take this; try again")
        case .unknownOutcome(let reason):
            self.init(
                .unknownOutcome,
                "whether this was done on shard \(shard) is unknown: \(reason)")
        case .unknownGroup:
            self.init(.unavailable, "shard \(shard) is being opened; try again in a moment")
        case .stopped(let reason):
            self.init(.unavailable, "shard \(shard) takes nothing here: \(reason); try again")
        }
    }
}
