import Primitives
import Vectors

/// What queries are made of, to measure recall without any from outside.
public enum RecallQueries: Sendable, Hashable {
    /// Rows of the index: easy, since links were chosen around them.
    case rows
    /// Mixtures of two rows each: as hard as queries from outside.
    case mixtures
}

/// Queries made of an index's own live rows, as hard as queries from outside.
///
/// A row itself is too easy a query: its links were chosen around it, so that a walk which comes
/// near finds all its neighbours. On 20,000 WordNet definitions ef 20 finds 0.996 of the
/// neighbours of rows, but 0.900 of those of sentences that are not among them; noise on the
/// components changes little (0.968 with more noise than signal). A mixture of two rows lies
/// between the clusters, as such sentences do: 0.6 of one and 0.4 of another finds 0.873, and an
/// ef chosen for 0.90, 0.95 and 0.99 then found 0.932, 0.967 and 0.998.
struct RecallSample {
    let seed: UInt64
    var kind = RecallQueries.mixtures

    /// The share of the second row.
    private static let secondShare: Float = 0.4
    /// Draws of a row before an index that is nearly all tombstones is given up.
    private static let attemptCount = 64

    /// At most `count` queries; fewer if hardly a row is live.
    func queries(of index: HNSWIndex, count: Int) -> [[Float]] {
        var generator = SplitMix64(seed: seed)
        let rowCount = index.rowCount
        return (0..<max(0, count)).compactMap { _ in
            guard let first = liveVector(of: index, rowCount, &generator),
                let second = liveVector(of: index, rowCount, &generator)
            else { return nil }
            if kind == .rows { return first }
            let mixture = zip(first, second).map {
                $0 * (1 - Self.secondShare) + $1 * Self.secondShare
            }
            do {
                return try index.metric.prepared(mixture, dimension: index.dimension)
            } catch {
                // A mixture without a direction; the row itself is a query too.
                return first
            }
        }
    }

    private func liveVector(
        of index: HNSWIndex, _ rowCount: Int, _ generator: inout SplitMix64
    ) -> [Float]? {
        for _ in 0..<(rowCount == 0 ? 0 : Self.attemptCount) {
            let row = Row(generator.next() % UInt64(rowCount))
            if index.isLive(row) { return index.vector(at: row) }
        }
        return nil
    }
}
