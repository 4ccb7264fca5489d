import Actors
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
            try content.store.points(ids, parts: parts).map { try Point($0, parts) }
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
            var budget = AnswerBudget()
            return try Self.points(query, in: content, &budget)
        }
        if let found { return found }
        return try await searchAlone(query)
    }

    /// The nearest points of many vectors, nearest first, in the order of the vectors.
    ///
    /// - Parameter batch: Has passed ``prepared(_:)-(SearchBatch)``.
    /// - Throws: ``ServiceError/Code/deadlineExceeded`` as soon as the caller's time is up.
    package nonisolated func search(
        _ batch: SearchBatch, _ consistency: ReadConsistency = .linearizable
    ) async throws -> [[ScoredPoint]] {
        let deadline = Deadline.current
        let found: [[ScoredPoint]?] = try await read(consistency) { content in
            var found: [[ScoredPoint]?] = []
            var budget = AnswerBudget()
            while found.count < batch.vectors.count {
                if let deadline, deadline.remaining <= .zero { throw ServiceError.searchedTooLong }
                var part = batch
                part.vectors = Array(batch.vectors[found.count...].prefix(Self.batchPartCount))
                for (vector, matches) in zip(part.vectors, content.index.search(part)) {
                    found.append(
                        try Self.points(matches, batch.parts, in: content, &budget)
                            ?? Self.points(batch.query(vector), in: content, &budget))
                }
            }
            return found
        }
        var answers: [[ScoredPoint]] = []
        for (vector, points) in zip(batch.vectors, found) {
            if let points {
                answers.append(points)
            } else {
                answers.append(try await searchAlone(batch.query(vector)))
            }
        }
        return answers
    }

    /// How many searches of a batch run between two looks at the clock.
    private static let batchPartCount = 16

    /// The points whose ids follow an id, in the order of ids.
    package nonisolated func page(_ request: ShardScroll) async throws -> ShardPage {
        try request.validate()
        return try await read(request.consistency) { content in
            let page = try content.store.page(
                after: request.after, limit: request.limit, byteCount: request.byteCount,
                parts: request.parts)
            return ShardPage(
                points: try page.points.map { try Point($0, request.parts) },
                byteCount: page.byteCount, isLast: page.isLast)
        }
    }

    /// The batch as the index takes it, or an error that says what is wrong with it.
    package nonisolated func prepared(_ batch: SearchBatch) throws(ServiceError) -> SearchBatch {
        try batch.validate()
        var batch = batch
        for position in batch.vectors.indices {
            batch.vectors[position] = try prepared(batch.vectors[position])
        }
        return batch
    }

    private nonisolated func prepared(_ vector: [Float]) throws(ServiceError) -> [Float] {
        do {
            return try description.configuration.metric.prepared(
                vector, dimension: description.configuration.dimension)
        } catch {
            throw .invalidArgument("the query: \(error)")
        }
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
        query.vector = try prepared(query.vector)
        return query
    }

    /// How often a search runs beside the writer before it keeps the writer waiting.
    private static let maxSearchAttemptCount = 4

    /// Searches on the writer's thread, so that nothing is replaced meanwhile.
    private func searchAlone(_ query: SearchQuery) throws -> [ScoredPoint] {
        let (content, matches) = (content, content.index.search(query))
        var budget = AnswerBudget()
        guard let points = try Self.points(matches, query.parts, in: content, &budget) else {
            // The disk is ahead of the index only after a failed write, which fences the replica.
            throw ServiceError(
                .fenced, "shard \(description.shard) has failed to write and answers no more")
        }
        return points
    }

    /// What the index finds, with the parts that are on the disk; nil if the writer was faster each
    /// time.
    private static func points(
        _ query: SearchQuery, in content: ShardContent, _ budget: inout AnswerBudget
    ) throws -> [ScoredPoint]? {
        for _ in 0..<maxSearchAttemptCount {
            let matches = content.index.search(query)
            if let points = try points(matches, query.parts, in: content, &budget) {
                return points
            }
        }
        return nil
    }

    /// What the index has found, with the parts that are on the disk; nil if a point was replaced
    /// between being found and being read.
    private static func points(
        _ matches: [ShardIndex.Match], _ parts: PointParts, in content: ShardContent,
        _ budget: inout AnswerBudget
    ) throws -> [ScoredPoint]? {
        var points: [ScoredPoint] = []
        for match in matches {
            var point = ScoredPoint(id: match.id, score: match.score)
            if parts.contains(.vector) {
                // Not the index's, which may be rounded.
                guard let vector = try content.store.vector(ofRow: match.row) else { return nil }
                point.vector = vector
                try budget.take(vector.count * MemoryLayout<Float>.size)
            }
            if parts.contains(.payload) {
                guard let payload = try content.store.payload(ofRow: match.row) else { return nil }
                try budget.take(payload.count)
                point.payload = try Payload(encoded: payload)
            }
            points.append(point)
        }
        return points
    }
}

extension Point {
    /// A point as it is stored, with the parts that were read.
    fileprivate init(_ stored: StoredPoint, _ parts: PointParts) throws {
        self.init(
            id: stored.id, vector: stored.vector,
            payload: parts.contains(.payload) ? try Payload(encoded: stored.payload) : [:])
    }
}

/// How many bytes of vectors and payloads an answer may still hold.
///
/// Without it ten thousand payloads of a mebibyte would be in memory before anybody sees that no reply
/// has room for them.
private struct AnswerBudget {
    private var byteCount = 0

    /// As much as a reply to a client may have.
    private static let maxByteCount = 32 << 20

    mutating func take(_ count: Int) throws(ServiceError) {
        byteCount += count
        guard byteCount <= Self.maxByteCount else {
            throw ServiceError(
                .tooLarge,
                """
                the points of the answer have more than \(Self.maxByteCount) bytes; \
                ask for fewer, or for points without vector or payload
                """)
        }
    }
}

extension ServiceError {
    fileprivate static let searchedTooLong = ServiceError(
        .deadlineExceeded,
        "the time was up before all vectors were searched; send fewer, or allow more time")
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
