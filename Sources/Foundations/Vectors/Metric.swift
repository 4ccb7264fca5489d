/// How far apart two vectors are.
///
/// Engines compare *distances* (smaller is nearer, one rule for every metric); the API shows
/// *scores*. `score(fromDistance:)` is the bridge.
///
/// | metric | distance | score |
/// |---|---|---|
/// | `cosine` | 1 − a·b of the normalised vectors, in [0, 2] up to rounding | cosine similarity, larger is better |
/// | `dot` | −(a·b) | dot product, larger is better |
/// | `euclid` | squared Euclidean distance | Euclidean distance, smaller is better |
/// | `manhattan` | Σ abs(a − b) | the same, smaller is better |
///
/// The raw values are part of stored formats and of the protocols: they never change.
public enum Metric: String, Codable, Sendable, CaseIterable {
    /// The angle between two vectors; their lengths do not matter.
    case cosine
    /// The inner product; long vectors win.
    case dot
    /// The straight line between two points.
    case euclid
    /// The way between two points along the axes.
    case manhattan

    /// Whether a larger score is nearer.
    public var isLargerScoreNearer: Bool {
        switch self {
        case .cosine, .dot: true
        case .euclid, .manhattan: false
        }
    }

    /// The number that the API shows for a distance.
    public func score(fromDistance distance: Float) -> Float {
        switch self {
        case .cosine: 1 - distance
        case .dot: -distance
        case .euclid: distance.squareRoot()
        case .manhattan: distance
        }
    }

    /// The distance that has this score: the inverse of `score(fromDistance:)` up to rounding.
    public func distance(fromScore score: Float) -> Float {
        switch self {
        case .cosine: 1 - score
        case .dot: -score
        case .euclid: score * score
        case .manhattan: score
        }
    }
}
