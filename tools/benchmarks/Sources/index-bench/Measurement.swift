import Foundation
import HNSW
import Vectors

/// One width of a search, measured: what it finds and how fast.
struct Point {
    let efSearch: Int
    let recall: Double
    let queriesPerSecond: Double
}

/// Builds and searches one index on one thread.
struct Measurement {
    let dataset: Dataset
    let options: Options
    private static let limit = 10

    func build() throws -> HNSWIndex {
        let index = try HNSWIndex(
            dimension: dataset.dimension, metric: dataset.metric,
            parameters: HNSWParameters(
                maxLinks: options.maxLinks, efConstruction: options.efConstruction))
        for vector in dataset.vectors { try index.insert(vector) }
        return index
    }

    /// One point per width; the best of several passes, taken in turns so that a busy moment of
    /// the machine does not fall on one width alone.
    func points(_ index: HNSWIndex) -> [Point] {
        var best = [Double](repeating: .infinity, count: options.efSearch.count)
        var recalls = [Double](repeating: 0, count: options.efSearch.count)
        for _ in 0..<options.passes {
            for (position, ef) in options.efSearch.enumerated() {
                let (seconds, recall) = pass(index, efSearch: ef)
                best[position] = min(best[position], seconds)
                recalls[position] = recall
            }
        }
        return options.efSearch.indices.map {
            Point(
                efSearch: options.efSearch[$0], recall: recalls[$0],
                queriesPerSecond: Double(dataset.queries.count) / best[$0])
        }
    }

    private func pass(_ index: HNSWIndex, efSearch: Int) -> (seconds: Double, recall: Double) {
        var found: [[Neighbor]] = []
        found.reserveCapacity(dataset.queries.count)
        let start = ContinuousClock.now
        for query in dataset.queries {
            found.append(index.search(query, limit: Self.limit, efSearch: efSearch))
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return (seconds, recall(found))
    }

    /// A hit is a row no farther than the true tenth, within a relative tolerance of 1e-5, in
    /// double precision.
    private func recall(_ found: [[Neighbor]]) -> Double {
        var hitCount = 0
        for (number, neighbors) in found.enumerated() {
            let query = dataset.queries[number]
            let last = Int(dataset.truth[number][Self.limit - 1])
            let farthest = distance(query, dataset.vectors[last])
            let bound = farthest + abs(farthest) * 1e-5
            hitCount += neighbors.count {
                distance(query, dataset.vectors[Int($0.row)]) <= bound
            }
        }
        return Double(hitCount) / Double(found.count * Self.limit)
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        var sum = 0.0
        for position in a.indices {
            let (x, y) = (Double(a[position]), Double(b[position]))
            sum += dataset.metric == .euclid ? (x - y) * (x - y) : x * y
        }
        switch dataset.metric {
        case .cosine: return 1 - sum
        case .dot: return -sum
        case .euclid: return sum
        }
    }
}

extension [Point] {
    /// The queries per second at a recall, log-linear between the measured points on either side;
    /// nil if no point reaches it, the first point's if all do.
    func queriesPerSecond(atRecall recall: Double) -> Double? {
        let rising = sorted { $0.efSearch < $1.efSearch }
        guard let after = rising.firstIndex(where: { $0.recall >= recall }) else { return nil }
        if after == 0 { return rising[0].queriesPerSecond }
        let (low, high) = (rising[after - 1], rising[after])
        let share = (recall - low.recall) / (high.recall - low.recall)
        return exp(
            log(low.queriesPerSecond)
                + share * (log(high.queriesPerSecond) - log(low.queriesPerSecond)))
    }
}
