import Primitives
package import Protocols
import Storage

extension ShardReplica {
    /// The points of these ids that exist, in the order of the ids.
    package nonisolated func points(
        _ ids: [PointID], parts: PointParts
    ) async throws -> [Point] {
        try await readers.run { [store] in
            try store.points(ids, parts: parts).map { stored in
                Point(
                    id: stored.id, vector: stored.vector,
                    payload: parts.contains(.payload)
                        ? try Payload(encoded: stored.payload) : [:])
            }
        }
    }

    /// The nearest points, nearest first, with the parts that the query wants.
    ///
    /// - Parameter query: Its vector has passed `Metric.prepared` and its limit is 1 or more.
    package nonisolated func search(_ query: SearchQuery) async throws -> [ScoredPoint] {
        let found: [ScoredPoint]? = try await readers.run { [self] in
            for _ in 0..<Self.maxSearchAttemptCount {
                if let points = try matches(of: query) { return points }
            }
            return nil
        }
        if let found { return found }
        return try await searchAlone(query)
    }

    /// How often a search runs beside the writer before it keeps the writer waiting.
    private static let maxSearchAttemptCount = 4

    /// Searches on the writer's thread, so that nothing is replaced meanwhile.
    private func searchAlone(_ query: SearchQuery) throws -> [ScoredPoint] {
        guard let points = try matches(of: query) else {
            // The disk is ahead of the index only after a failed write, which fences the replica.
            throw ServiceError(
                .fenced, "shard \(description.shard) has failed to write and answers no more")
        }
        return points
    }

    /// What the index finds, with the parts that are on the disk; nil if a point was replaced
    /// between being found and being read.
    private nonisolated func matches(of query: SearchQuery) throws -> [ScoredPoint]? {
        var points: [ScoredPoint] = []
        for match in index.search(query) {
            var point = ScoredPoint(id: match.id, score: match.score)
            if query.parts.contains(.vector) { point.vector = index.vector(ofRow: match.row) }
            if query.parts.contains(.payload) {
                guard let payload = try store.payload(ofRow: match.row) else { return nil }
                point.payload = try Payload(encoded: payload)
            }
            points.append(point)
        }
        return points
    }

    /// What the replica holds.
    package nonisolated var status: ShardStatus {
        ShardStatus(id: description.shard, pointCount: pointCount, appliedIndex: appliedIndex)
    }
}
