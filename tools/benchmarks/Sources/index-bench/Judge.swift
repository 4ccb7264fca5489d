import Vectors

/// Scores what searches found, by distance.
///
/// A hit is a row no farther than the true tenth, within a relative tolerance of 1e-5, in double
/// precision: duplicates and ties are no misses.
struct Judge {
    static let limit = 10
    private let dataset: Dataset
    /// Of each query, how far a hit may be, and how many hits there can be.
    private let bounds: [(distance: Double, count: Int)]

    /// - Parameter truth: Of each query the true neighbours, nearest first; negative rows stand for
    ///   none, where fewer than the limit exist.
    init(dataset: Dataset, truth: [[Int32]]) {
        self.dataset = dataset
        bounds = truth.indices.map { number in
            let rows = truth[number].prefix(Self.limit).filter { $0 >= 0 }
            guard let last = rows.last else { return (-.infinity, 0) }
            let farthest = Self.distance(
                dataset.queries[number], dataset.vectors[Int(last)], dataset.metric)
            return (farthest + abs(farthest) * 1e-5, rows.count)
        }
    }

    /// The share of what could be found that was found.
    func recall(_ found: [[Int]]) -> Double {
        var hitCount = 0
        for (number, rows) in found.enumerated() {
            let (bound, count) = bounds[number]
            let near = rows.prefix(Self.limit).count {
                Self.distance(dataset.queries[number], dataset.vectors[$0], dataset.metric) <= bound
            }
            hitCount += min(near, count)
        }
        return Double(hitCount) / Double(bounds.prefix(found.count).reduce(0) { $0 + $1.count })
    }

    private static func distance(_ a: [Float], _ b: [Float], _ metric: Metric) -> Double {
        var sum = 0.0
        for position in a.indices {
            let (x, y) = (Double(a[position]), Double(b[position]))
            switch metric {
            case .cosine, .dot: sum += x * y
            case .euclid: sum += (x - y) * (x - y)
            case .manhattan: sum += abs(x - y)
            }
        }
        switch metric {
        case .cosine: return 1 - sum
        case .dot: return -sum
        case .euclid, .manhattan: return sum
        }
    }
}
