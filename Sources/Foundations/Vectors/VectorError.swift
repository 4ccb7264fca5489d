/// Why a vector was refused at the border.
public enum VectorError: Error, Equatable, Sendable {
    /// A dimension that no collection may have.
    case dimensionOutOfRange(dimension: Int, allowed: ClosedRange<Int>)
    /// A vector of another dimension than its collection.
    case dimensionMismatch(expected: Int, found: Int)
    /// A component that is not a number.
    case notANumber(position: Int)
    /// A component that is infinite.
    case infinite(position: Int, value: Float)
    /// A vector without direction, where the metric needs one.
    case zeroVector(metric: Metric)
    /// A vector so long that its distances would overflow a 32-bit float.
    case tooLong(length: Double, limit: Double)
    /// A component that the element of its collection cannot hold.
    case notRepresentable(position: Int, value: Float, element: VectorElement)
}

extension VectorError: CustomStringConvertible {
    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .dimensionOutOfRange(let dimension, let allowed):
            "dimension \(dimension) is outside \(allowed.lowerBound)...\(allowed.upperBound)"
        case .dimensionMismatch(let expected, let found):
            "the vector has \(found) components, its collection has dimension \(expected)"
        case .notANumber(let position):
            "component \(position) of the vector is not a number"
        case .infinite(let position, let value):
            "component \(position) of the vector is \(value); components must be finite"
        case .zeroVector(let metric):
            "every component of the vector is zero; the metric \(metric.rawValue) needs a direction"
        case .tooLong(let length, let limit):
            "the vector has length \(length), more than \(limit); scale the vectors down"
        case .notRepresentable(let position, let value, .uint8):
            "component \(position) of the vector is \(value); uint8 holds whole numbers 0 to 255"
        case .notRepresentable(let position, let value, let element):
            "component \(position) of the vector is \(value), outside the range of \(element.rawValue)"
        }
    }
}
