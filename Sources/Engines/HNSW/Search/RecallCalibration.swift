import Glibc

/// How many candidates an index needs for a recall: a table of what was measured on it.
///
/// A value to be stored beside the index and given back to it; deterministic for an index, a seed
/// and a processor.
public struct RecallCalibration: Codable, Equatable, Hashable, Sendable {
    /// One width of a search and what it found.
    public struct Point: Codable, Equatable, Hashable, Sendable {
        /// The number of candidates.
        public let efSearch: Int
        /// The share of the true neighbours that were found, 0...1.
        public let recall: Double

        /// A measured width.
        public init(efSearch: Int, recall: Double) {
            self.efSearch = efSearch
            self.recall = recall
        }
    }

    /// How many neighbours were asked for.
    public let limit: Int
    /// What was measured, by ascending width.
    public let points: [Point]
    /// How many queries were made.
    public let sampleCount: Int
    /// Which rows they were made of.
    public let seed: UInt64
    /// How many rows the index had.
    public let rowCount: Int

    /// A calibration that was stored.
    public init(limit: Int, points: [Point], sampleCount: Int, seed: UInt64, rowCount: Int) {
        self.limit = limit
        self.points = points
        self.sampleCount = sampleCount
        self.seed = seed
        self.rowCount = rowCount
    }

    /// What holds for sentence embeddings of some hundred components, until an index is calibrated.
    static let general = RecallCalibration(
        limit: 10,
        points: [
            Point(efSearch: 10, recall: 0.79), Point(efSearch: 20, recall: 0.9),
            Point(efSearch: 50, recall: 0.977), Point(efSearch: 100, recall: 0.993),
        ], sampleCount: 0, seed: 0, rowCount: 0)

    /// The widths that are measured.
    static let measuredWidths = [10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 1024]

    /// The smallest width whose recall is expected to be at least this.
    ///
    /// Between two measured widths the share of what is missed falls as a power of the width. Above
    /// the highest recall measured it is the largest width.
    ///
    /// - Parameters:
    ///   - recall: 0...1.
    ///   - limit: How many neighbours the search asks for. The surplus of candidates over results is
    ///     kept as it was measured.
    public func efSearch(forRecall recall: Double, limit: Int) -> Int {
        guard let last = points.last else { return limit }
        let surplus = max(0, limit - self.limit)
        guard let after = points.firstIndex(where: { $0.recall >= recall }) else {
            return last.efSearch + surplus
        }
        if after == 0 { return points[0].efSearch + surplus }
        let (low, high) = (points[after - 1], points[after])
        let (missedLow, missedHigh) = (missed(low), missed(high))
        let share =
            (log(missedLow) - log(max(1 - recall, Self.leastMissed)))
            / (log(missedLow) - log(missedHigh))
        let ratio = Double(high.efSearch) / Double(low.efSearch)
        return Int((Double(low.efSearch) * pow(ratio, min(1, share))).rounded(.up)) + surplus
    }

    /// A recall of 1 in a sample is not a recall of 1.
    private static let leastMissed = 1e-4

    private func missed(_ point: Point) -> Double { max(1 - point.recall, Self.leastMissed) }
}

/// What a measurement of recall found.
public struct RecallMeasurement: Equatable, Sendable {
    /// The share of the true neighbours that were found, 0...1; 1 if there are none.
    public let recall: Double
    /// How many queries were searched for.
    public let queryCount: Int
    /// How many queries found all their neighbours.
    public let completeCount: Int
}

/// The true neighbours of some queries, as far as recall needs them.
struct RecallTruth {
    private let farthest: [Float]
    private let counts: [Int]

    init(_ index: HNSWIndex, _ queries: [[Float]], limit: Int, where filter: RowFilter) {
        self.init(queries.map { index.exactSearch($0, limit: limit, where: filter) })
    }

    /// nil if it is not wanted to the end.
    init?(
        _ index: HNSWIndex, _ queries: [[Float]], limit: Int, where filter: RowFilter,
        while isWanted: () -> Bool
    ) {
        var neighbors: [[Neighbor]] = []
        for query in queries {
            guard isWanted() else { return nil }
            neighbors.append(index.exactSearch(query, limit: limit, where: filter))
        }
        self.init(neighbors)
    }

    private init(_ neighbors: [[Neighbor]]) {
        counts = neighbors.map(\.count)
        farthest = neighbors.map { list in
            guard let last = list.last?.distance else { return 0 }
            return last + abs(last) * 1e-5
        }
    }

    func measure(_ found: [[Neighbor]]) -> RecallMeasurement {
        var (hitCount, completeCount) = (0, 0)
        for (number, neighbors) in found.enumerated() {
            let hits = neighbors.count { $0.distance <= farthest[number] }
            hitCount += min(hits, counts[number])
            if hits >= counts[number] { completeCount += 1 }
        }
        let wanted = counts.reduce(0, +)
        return RecallMeasurement(
            recall: wanted == 0 ? 1 : Double(hitCount) / Double(wanted), queryCount: found.count,
            completeCount: completeCount)
    }
}
