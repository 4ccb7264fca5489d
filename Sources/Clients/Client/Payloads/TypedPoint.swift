public import Protocols

/// A point whose payload is a Swift value.
///
/// ```swift
/// struct Gloss: Codable { var word: String, senses: [String] }
/// let point = TypedPoint(id: 7, vector: vector, payload: Gloss(word: "sea", senses: []))
/// ```
public struct TypedPoint<Value> {
    /// The name of the point in its collection.
    public var id: PointID
    /// The components, as many as the collection has dimensions; empty if they were not asked for.
    public var vector: [Float]
    /// What else is known of the point.
    public var payload: Value

    /// Makes a point.
    public init(id: PointID, vector: [Float], payload: Value) {
        self.id = id
        self.vector = vector
        self.payload = payload
    }
}

extension TypedPoint: Sendable where Value: Sendable {}
extension TypedPoint: Equatable where Value: Equatable {}

/// A point that a search found, with its payload as a Swift value.
public struct TypedScoredPoint<Value> {
    /// The point's id.
    public var id: PointID
    /// Cosine similarity or dot product (larger is nearer), or Euclidean or Manhattan distance
    /// (smaller is).
    public var score: Float
    /// What else is known of the point.
    public var payload: Value
    /// The vector, if the request asked for it.
    ///
    /// Under cosine it comes back normalised.
    public var vector: [Float]?
}

extension TypedScoredPoint: Sendable where Value: Sendable {}
extension TypedScoredPoint: Equatable where Value: Equatable {}

// MARK: - To and from payloads

extension Point {
    /// The point with its payload as JSON.
    ///
    /// - Throws: ``PayloadError`` if the payload is no JSON object.
    public init(_ point: TypedPoint<some Encodable>) throws(PayloadError) {
        do {
            self.init(
                id: point.id, vector: point.vector,
                payload: try PayloadEncoder.payload(of: point.payload))
        } catch {
            throw PayloadError(
                .encoding, point.id, type: type(of: point.payload), because: error)
        }
    }
}

extension TypedPoint where Value: Decodable {
    /// The point with its payload read as this type.
    ///
    /// - Throws: ``PayloadError`` if the payload does not fit.
    public init(_ point: Point) throws(PayloadError) {
        self.init(
            id: point.id, vector: point.vector,
            payload: try Self.value(of: point.payload, of: point.id))
    }

    fileprivate static func value(
        of payload: Payload, of id: PointID
    ) throws(PayloadError) -> Value {
        do {
            return try PayloadDecoder.value(Value.self, from: payload)
        } catch {
            throw PayloadError(.decoding, id, type: Value.self, because: error)
        }
    }
}

extension TypedScoredPoint where Value: Decodable {
    /// The result with its payload read as this type.
    ///
    /// - Throws: ``PayloadError`` if the payload does not fit.
    public init(_ point: ScoredPoint) throws(PayloadError) {
        self.init(
            id: point.id, score: point.score,
            payload: try TypedPoint<Value>.value(of: point.payload ?? [:], of: point.id),
            vector: point.vector)
    }
}
