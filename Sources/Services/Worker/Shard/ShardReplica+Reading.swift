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
        try await readers.run { [self] in
            for _ in 1..<Self.maxSearchAttemptCount {
                if let points = try matches(of: query, missing: .fails) { return points }
            }
            return try matches(of: query, missing: .isLeftOut) ?? []
        }
    }

    /// How often a search begins anew because points were replaced while it ran.
    private static let maxSearchAttemptCount = 4

    /// What a point means that was replaced between being found and being read.
    private enum MissingPayload { case fails, isLeftOut }

    private nonisolated func matches(
        of query: SearchQuery, missing: MissingPayload
    ) throws -> [ScoredPoint]? {
        var points: [ScoredPoint] = []
        for match in index.search(query) {
            var point = ScoredPoint(id: match.id, score: match.score)
            if query.parts.contains(.vector) { point.vector = index.vector(ofRow: match.row) }
            if query.parts.contains(.payload) {
                guard let payload = try store.payload(ofRow: match.row) else {
                    if missing == .fails { return nil }
                    continue
                }
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
