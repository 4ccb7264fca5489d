package import Protocols
package import Vectors

/// Asks several shards at once, and merges what they say.
package enum ScatterGather {
    /// Calls `body` for all shards at once, and returns the answers in the order of the shards.
    ///
    /// The first error ends it: a missing shard is an error that names it, never a smaller answer.
    package static func each<Part: Sendable, Value: Sendable>(
        _ parts: [Part], _ body: @escaping @Sendable (Part) async throws -> Value
    ) async throws -> [Value] {
        if parts.count == 1 { return [try await body(parts[0])] }
        return try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for (index, part) in parts.enumerated() {
                group.addTask { (index, try await body(part)) }
            }
            var values = [Value?](repeating: nil, count: parts.count)
            for try await (index, value) in group { values[index] = value }
            return values.compactMap { $0 }
        }
    }

    /// The nearest of all shards' answers, nearest first, equal scores by id.
    ///
    /// Exact: what every shard's `limit` nearest do not hold cannot be among the `limit` nearest
    /// of all.
    package static func merge(
        _ answers: [[ScoredPoint]], by metric: Metric, limit: Int
    ) -> [ScoredPoint] {
        let all = answers.joined().sorted { left, right in
            if left.score == right.score { return left.id < right.id }
            return metric.isLargerScoreNearer
                ? left.score > right.score : left.score < right.score
        }
        return Array(all.prefix(limit))
    }
}
