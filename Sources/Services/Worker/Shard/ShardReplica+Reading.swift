import Primitives
package import Protocols
import Raft
import Replication
import Storage
import Synchronization
import Vectors

extension ShardReplica {
    /// The points of these ids that exist, in the order of the ids.
    package nonisolated func points(
        _ ids: [PointID], parts: PointParts, _ consistency: ReadConsistency = .linearizable
    ) async throws -> [Point] {
        try await read(consistency) { content in
            try content.store.points(ids, parts: parts).map { stored in
                Point(
                    id: stored.id, vector: stored.vector,
                    payload: parts.contains(.payload)
                        ? try Payload(encoded: stored.payload) : [:])
            }
        }
    }

    /// How many points there are.
    package nonisolated func count(_ consistency: ReadConsistency) async throws -> Int {
        try await read(consistency) { [self] _ in pointCount }
    }

    /// The nearest points, nearest first, with the parts that the query wants.
    ///
    /// - Parameter query: Has passed ``prepared(_:)``.
    package nonisolated func search(
        _ query: SearchQuery, _ consistency: ReadConsistency = .linearizable
    ) async throws -> [ScoredPoint] {
        let found: [ScoredPoint]? = try await read(consistency) { content in
            for _ in 0..<Self.maxSearchAttemptCount {
                if let points = try Self.matches(of: query, in: content) { return points }
            }
            return nil
        }
        if let found { return found }
        return try await searchAlone(query)
    }

    /// The query as the index takes it, or an error that says what is wrong with it.
    package nonisolated func prepared(_ query: SearchQuery) throws(ServiceError) -> SearchQuery {
        // One more than a user may ask for: the gateway leaves out the point that it searches by.
        guard (1...SearchQuery.maxLimit + 1).contains(query.limit) else {
            throw .invalidArgument(
                "limit is \(query.limit); it must be 1 to \(SearchQuery.maxLimit)")
        }
        try SearchQuery.validate(efSearch: query.efSearch, recall: query.recall)
        var query = query
        do {
            query.vector = try description.configuration.metric.prepared(
                query.vector, dimension: description.configuration.dimension)
        } catch {
            throw .invalidArgument("the query: \(error)")
        }
        return query
    }

    /// How often a search runs beside the writer before it keeps the writer waiting.
    private static let maxSearchAttemptCount = 4

    /// Searches on the writer's thread, so that nothing is replaced meanwhile.
    private func searchAlone(_ query: SearchQuery) throws -> [ScoredPoint] {
        guard let points = try Self.matches(of: query, in: content) else {
            // The disk is ahead of the index only after a failed write, which fences the replica.
            throw ServiceError(
                .fenced, "shard \(description.shard) has failed to write and answers no more")
        }
        return points
    }

    /// What the index finds, with the parts that are on the disk; nil if a point was replaced
    /// between being found and being read.
    private static func matches(
        of query: SearchQuery, in content: ShardContent
    ) throws -> [ScoredPoint]? {
        var points: [ScoredPoint] = []
        for match in content.index.search(query) {
            var point = ScoredPoint(id: match.id, score: match.score)
            if query.parts.contains(.vector) {
                // Not the index's, which may be rounded.
                guard let vector = try content.store.vector(ofRow: match.row) else { return nil }
                point.vector = vector
            }
            if query.parts.contains(.payload) {
                guard let payload = try content.store.payload(ofRow: match.row) else { return nil }
                point.payload = try Payload(encoded: payload)
            }
            points.append(point)
        }
        return points
    }
}

// MARK: - Consistency

extension ShardReplica {
    /// Reads as consistently as is asked.
    ///
    /// A linearizable read is done while the group is asked for the read index: it counts if this
    /// replica had applied that index when the read began, and is done again once it has if not.
    /// In the usual case the answer of the group takes no time of its own.
    private nonisolated func read<Value: Sendable>(
        _ consistency: ReadConsistency, _ body: @escaping @Sendable (ShardContent) throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        let (refusal, before, freshSince) = shared.withLock {
            ($0.refusal, $0.appliedIndex, $0.freshSince)
        }
        if let refusal { throw refusal }
        switch consistency {
        case .local:
            return try await run(body)
        case .bounded(let staleness):
            if let freshSince, start - freshSince <= staleness { return try await run(body) }
        case .linearizable:
            break
        }
        do {
            async let index = engine.readIndex(of: group)
            let value = try await run(body)
            let needed = try await index
            if needed <= before {
                noteFresh(since: start)
                return value
            }
            if appliedIndex < needed { try await engine.waitUntilApplied(needed, of: group) }
            noteFresh(since: start)
            return try await run(body)
        } catch let error as ReplicationError {
            throw ServiceError(error, of: description.shard)
        }
    }

    private nonisolated func run<Value: Sendable>(
        _ body: @escaping @Sendable (ShardContent) throws -> Value
    ) async throws -> Value {
        try await readers.run { [self] in
            do {
                // A snapshot may have brought another content since.
                let value = try body(content)
                if let refusal = shared.withLock({ $0.refusal }) { throw refusal }
                return value
            } catch let error as StorageError {
                throw giveUp(after: error)
            }
        }
    }

    /// The disk cannot be read: damaged bytes cost the replica, which is replaced; a disk that does
    /// not answer costs the node.
    private nonisolated func giveUp(after error: StorageError) -> ServiceError {
        if case .corrupted = error {
            refuse(because: "\(error)")
        } else {
            engine.fence(reading: error)
        }
        return ServiceError(
            .unavailable, "shard \(description.shard) cannot be read here: \(error); try again")
    }

    private nonisolated func noteFresh(since start: ContinuousClock.Instant) {
        shared.withLock { $0.freshSince = max($0.freshSince ?? start, start) }
    }
}
