extension Metric {
    /// The largest dimension that a vector may have.
    ///
    /// Common models stay below 5,000; the limit bounds what one row costs (256 KiB).
    public static let maximumDimension = 65_536

    /// The largest Euclidean length that a vector may have, but under `cosine`: 2^62.
    ///
    /// No kernel can overflow to infinity and from there to "not a number". The squared distance of
    /// two such vectors is at most (2 · 2^62)² = 2^126, every partial sum of their dot product at
    /// most 2^124 (Cauchy and Schwarz), and their Manhattan distance at most 2^63 · √65,536 = 2^71.
    /// Two bits below 2^128 remain for rounding, that of elements included.
    public static let maximumLength = 0x1p62

    /// Refuses a dimension outside 1...`maximumDimension`.
    ///
    /// - Throws: `VectorError.dimensionOutOfRange`.
    public static func validate(dimension: Int) throws(VectorError) {
        guard (1...maximumDimension).contains(dimension) else {
            throw .dimensionOutOfRange(dimension: dimension, allowed: 1...maximumDimension)
        }
    }

    /// A vector from outside, checked and brought into the form that the engines store.
    ///
    /// Every vector and every query passes here exactly once. Under `cosine` the result has
    /// length 1. The length is summed in double precision, where the square of the largest and of
    /// the smallest denormal float are both ordinary numbers: neither huge nor tiny components
    /// lose the direction.
    ///
    /// - Parameters:
    ///   - vector: Any floats.
    ///   - dimension: The dimension of the collection.
    /// - Returns: The vector itself, or under `cosine` the vector of length 1 in its direction.
    /// - Throws: `VectorError`, naming the first component that is at fault.
    /// - Complexity: O(dimension).
    public func prepared(_ vector: [Float], dimension: Int) throws(VectorError) -> [Float] {
        guard vector.count == dimension else {
            throw .dimensionMismatch(expected: dimension, found: vector.count)
        }
        let length = try Self.finiteLength(of: vector)
        switch self {
        case .dot, .euclid, .manhattan:
            guard length <= Self.maximumLength else {
                throw .tooLong(length: length, limit: Self.maximumLength)
            }
            return vector
        case .cosine:
            guard length > 0 else { throw .zeroVector(metric: self) }
            return vector.map { Float(Double($0) / length) }
        }
    }

    /// The Euclidean length of a vector whose components are all finite.
    private static func finiteLength(of vector: [Float]) throws(VectorError) -> Double {
        var sum = 0.0
        for component in vector { sum += Double(component) * Double(component) }
        // One bad component spoils the sum, so the good case needs no test per component.
        if !sum.isFinite {
            for (position, component) in vector.enumerated() {
                if component.isNaN { throw .notANumber(position: position) }
                if component.isInfinite { throw .infinite(position: position, value: component) }
            }
        }
        return sum.squareRoot()
    }
}
