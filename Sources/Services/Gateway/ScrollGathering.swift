package import Protocols

/// Puts a page of points together from pages of shards: a value without input or output.
///
/// A point may be taken if no shard can have one before it that is not here. So the page ends at the
/// smallest id with which a shard has stopped though it has more (the *frontier*).
///
/// *Invariant*: `points` are in the order of ids, and are all points of all shards up to ``last``.
package struct ScrollGathering: Sendable {
    private let request: ScrollRequest
    private let shardCount: Int
    private var points: [Point] = []
    private var byteCount = 0
    private var roundCount = 0
    private var isAtEnd = false
    /// Whether another round is needed.
    package private(set) var isOpen = true

    /// The most rounds: where points are so large that few fit, the page stays smaller instead.
    private static let maxRoundCount = 4

    /// Begins with nothing.
    package init(_ request: ScrollRequest, shardCount: Int) {
        self.request = request
        self.shardCount = shardCount
        isOpen = shardCount > 0
        isAtEnd = shardCount == 0
    }

    /// What the next round comes after.
    package var last: PointID? { points.last?.id ?? request.after }

    /// How many points each shard is asked for.
    package var shardLimit: Int {
        let wanted = request.limit - points.count
        guard shardCount > 1 else { return wanted }
        // Three standard deviations of a share, so that a second round is rare.
        let share = Double(wanted) / Double(shardCount)
        return min(wanted, Int((share + 3 * share.squareRoot()).rounded(.up)) + 1)
    }

    /// How many bytes each shard is asked for.
    package var shardByteCount: Int {
        max(1, (ScrollRequest.pageByteCount - byteCount) / max(1, shardCount))
    }

    /// Adds what each shard has answered about ``last``.
    package mutating func add(_ pages: [ShardPage]) {
        roundCount += 1
        // A shard that gives nothing though it has more would be asked for ever.
        let isStuck = pages.contains { !$0.isLast && $0.points.isEmpty }
        let frontier = pages.lazy.filter { !$0.isLast }.compactMap { $0.points.last?.id }.min()
        var found = pages.flatMap(\.points)
        if let frontier { found.removeAll { $0.id > frontier } }
        found.sort { $0.id < $1.id }
        isAtEnd = frontier == nil && !isStuck
        for point in found {
            guard points.count < request.limit, byteCount < ScrollRequest.pageByteCount else {
                isAtEnd = false
                break
            }
            points.append(point)
            byteCount += point.scrolledByteCount
        }
        isOpen =
            !isAtEnd && !isStuck && roundCount < Self.maxRoundCount
            && points.count < request.limit
            && byteCount < ScrollRequest.pageByteCount
    }

    /// What was put together.
    package var page: ScrollPage { ScrollPage(points: points, next: isAtEnd ? nil : last) }
}

extension Point {
    /// About what the point takes in a page.
    fileprivate var scrolledByteCount: Int {
        let payloadByteCount = payload.isEmpty ? 1 : payload.encoded.count
        return id.canonicalBytes.count + vector.count * MemoryLayout<Float>.size + payloadByteCount
    }
}
