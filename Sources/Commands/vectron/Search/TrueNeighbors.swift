import Client
import Protocols
import Vectors

/// How good a result must be to be a hit, and how many can be.
package struct ScoreThreshold: Sendable {
    /// The score of the true last neighbour.
    let score: Float
    /// Whether larger scores are nearer.
    let isLargerNearer: Bool
    /// How many neighbours there are to find.
    let count: Int

    /// Makes a threshold.
    package init(score: Float, isLargerNearer: Bool, count: Int) {
        self.score = score
        self.isLargerNearer = isLargerNearer
        self.count = count
    }

    /// Rounding differs between a graph's walk, a scan and a file of ground truth.
    private static let tolerance: Float = 1e-5

    /// How many of these scores are hits.
    package func hitCount(among scores: [Float]) -> Int {
        let slack = max(abs(score), 1) * Self.tolerance
        let hits = scores.count { isLargerNearer ? $0 >= score - slack : $0 <= score + slack }
        return min(hits, count)
    }
}

/// Asks the cluster itself who the true neighbours are.
struct TrueNeighbors {
    let client: VectronClient
    let collection: String
    let limit: Int

    /// The thresholds by searches that compare with every point.
    func thresholdsBySearching(_ vectors: [[Float]]) async throws -> [ScoreThreshold] {
        let metric = try await metric()
        var thresholds: [ScoreThreshold] = []
        for vector in vectors {
            let found = try await client.search(
                SearchRequest(
                    collection: collection, target: .vector(vector), limit: limit, mode: .exact,
                    parts: []))
            guard let last = found.last else {
                throw CommandError("collection \(collection) is empty; import points first")
            }
            thresholds.append(
                ScoreThreshold(
                    score: last.score, isLargerNearer: metric.isLargerScoreNearer,
                    count: found.count))
        }
        return thresholds
    }

    /// The thresholds by a file of true neighbours, whose vectors the cluster is asked for.
    func thresholds(
        of truth: NpyFile, for vectors: [[Float]]
    ) async throws -> [ScoreThreshold] {
        guard truth.rowCount == vectors.count, truth.columnCount >= limit else {
            throw CommandError(
                """
                \(truth.path) has \(truth.rowCount) × \(truth.columnCount) neighbours; \
                \(vectors.count) × \(limit) are wanted
                """)
        }
        let metric = try await metric()
        var thresholds: [ScoreThreshold] = []
        for (row, vector) in vectors.enumerated() {
            let id = PointID.number(UInt64(try truth.integers(row: row)[limit - 1]))
            let points = try await client.get([id], from: collection, parts: .vector)
            guard let point = points.first else {
                throw CommandError(
                    "collection \(collection) lacks point \(id) of \(truth.path); import all rows")
            }
            thresholds.append(
                ScoreThreshold(
                    score: Self.score(metric, vector, point.vector),
                    isLargerNearer: metric.isLargerScoreNearer, count: limit))
        }
        return thresholds
    }

    private func metric() async throws -> Metric {
        try await client.describeCollection(collection).configuration.metric
    }

    /// The score by definition, in double precision.
    private static func score(_ metric: Metric, _ left: [Float], _ right: [Float]) -> Float {
        let pairs = zip(left, right).map { (Double($0), Double($1)) }
        let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
        switch metric {
        case .dot: return Float(dot)
        case .euclid:
            return Float(
                pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot())
        case .manhattan: return Float(pairs.reduce(0) { $0 + abs($1.0 - $1.1) })
        case .cosine:
            let lengths = pairs.reduce((0.0, 0.0)) { ($0.0 + $1.0 * $1.0, $0.1 + $1.1 * $1.1) }
            return Float(dot / (lengths.0 * lengths.1).squareRoot())
        }
    }
}
