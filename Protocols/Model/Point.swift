/// A point: an id, a vector and a payload.
public struct Point: Sendable, Equatable, Codable {
    /// The name of the point in its collection.
    public var id: PointID
    /// The components, as many as the collection has dimensions.
    public var vector: [Float]
    /// What else is known of the point.
    public var payload: Payload

    /// Makes a point.
    public init(id: PointID, vector: [Float], payload: Payload = [:]) {
        self.id = id
        self.vector = vector
        self.payload = payload
    }
}

/// A point that a search found.
public struct ScoredPoint: Sendable, Equatable, Codable {
    /// The point's id.
    public var id: PointID
    /// Cosine similarity or dot product (larger is nearer), or Euclidean or Manhattan distance
    /// (smaller is).
    public var score: Float
    /// The payload, if the request asked for it.
    public var payload: Payload?
    /// The vector, if the request asked for it.
    ///
    /// Under cosine it comes back normalised.
    public var vector: [Float]?

    /// Makes a result.
    public init(id: PointID, score: Float, payload: Payload? = nil, vector: [Float]? = nil) {
        self.id = id
        self.score = score
        self.payload = payload
        self.vector = vector
    }
}

/// What of each point an answer carries beside its id.
public struct PointParts: OptionSet, Sendable, Codable, Hashable {
    /// One bit a part.
    public var rawValue: UInt8
    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The payload.
    public static let payload = PointParts(rawValue: 1)
    /// The vector.
    public static let vector = PointParts(rawValue: 2)
}
