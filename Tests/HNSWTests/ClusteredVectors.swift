import HNSW
import Primitives
import Vectors

/// Seeded vectors around seeded centres, prepared for a metric, with queries from the same
/// distribution that are not among them.
struct ClusteredVectors {
    let dimension: Int
    let metric: Metric
    let vectors: [[Float]]
    let queries: [[Float]]

    init(
        count: Int, queryCount: Int = 20, dimension: Int, clusterCount: Int = 16, metric: Metric,
        seed: UInt64 = 1
    ) throws {
        var generator = SeededGenerator(seed: seed)
        func noise(_ scale: Float) -> Float {
            // The sum of four uniform numbers is close enough to normal.
            (0..<4).reduce(Float(0)) { sum, _ in
                sum + Float.random(in: -scale...scale, using: &generator)
            }
        }
        let centres = (0..<clusterCount).map { _ in (0..<dimension).map { _ in noise(1) } }
        func draw() throws -> [Float] {
            let centre = centres[Int.random(in: 0..<clusterCount, using: &generator)]
            return try metric.prepared(centre.map { $0 + noise(0.5) }, dimension: dimension)
        }
        self.dimension = dimension
        self.metric = metric
        vectors = try (0..<count).map { _ in try draw() }
        queries = try (0..<queryCount).map { _ in try draw() }
    }

    /// An index with all vectors in it, row numbers in their order.
    func index(_ parameters: HNSWParameters = .small) throws -> HNSWIndex {
        let index = try HNSWIndex(
            dimension: dimension, metric: metric, parameters: parameters, capacity: 1 << 16)
        for vector in vectors { try index.insert(vector) }
        return index
    }
}

extension HNSWParameters {
    /// Large enough to be right, small enough for debug builds.
    static let small = HNSWParameters(maxLinks: 8, efConstruction: 64)
}

extension HNSWIndex {
    /// A search that cannot fall back to the exact scan.
    func graphSearch(_ query: [Float], limit: Int, efSearch: Int) -> [Neighbor] {
        query.withUnsafeBufferPointer { graphSearch($0, limit: limit, efSearch: efSearch) }
    }
}

/// The share of the `limit` nearest that a search finds; ties of the last distance count.
func recall(
    of index: HNSWIndex, _ queries: [[Float]], limit: Int, efSearch: Int
) -> Double {
    var hitCount = 0
    var wantedCount = 0
    for query in queries {
        let truth = index.exactSearch(query, limit: limit)
        guard let last = truth.last else { continue }
        let farthest = last.distance + abs(last.distance) * 1e-5
        wantedCount += truth.count
        hitCount += index.graphSearch(query, limit: limit, efSearch: efSearch)
            .count { $0.distance <= farthest }
    }
    return Double(hitCount) / Double(wantedCount)
}
