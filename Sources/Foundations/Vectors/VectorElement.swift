internal import CVectorKernels

/// What a stored vector holds of each component.
///
/// | element | bytes | holds |
/// |---|---|---|
/// | `float32` | 4 | every float |
/// | `float24` | 3 | the upper three bytes of a float, rounded to nearest even: within 2^-16 of it |
/// | `float16` | 2 | IEEE half: magnitudes up to 65,504, within 2^-11 where they are above 2^-14 |
/// | `uint8` | 1 | the whole numbers 0...255 |
///
/// Queries are float32 whatever the element; a distance is that from the stored vector. What was
/// read from a store may be written to another of the same element: the bytes are the same again.
///
/// The raw values are part of stored formats and of the protocols: they never change.
public enum VectorElement: String, Codable, Sendable, CaseIterable {
    /// IEEE binary32.
    case float32
    /// The upper three bytes of a binary32.
    case float24
    /// IEEE binary16.
    case float16
    /// A whole number from 0 to 255.
    case uint8

    /// The bytes of one component.
    public var byteCount: Int {
        switch self {
        case .float32: 4
        case .float24: 3
        case .float16: 2
        case .uint8: 1
        }
    }

    /// Whether vectors of this element can be stored under a metric.
    ///
    /// Under `cosine` vectors of length 1 are stored, which whole numbers cannot give.
    public func supports(_ metric: Metric) -> Bool { self != .uint8 || metric != .cosine }

    /// Refuses a vector that the element cannot hold, even roughly.
    ///
    /// For vectors that will be stored, after `Metric.prepared(_:dimension:)`; a query may be any.
    ///
    /// - Throws: `VectorError.notRepresentable`, naming the first component that is at fault.
    /// - Complexity: O(dimension).
    public func validate(_ vector: [Float]) throws(VectorError) {
        for (position, component) in vector.enumerated() where !canHold(component) {
            throw .notRepresentable(position: position, value: component, element: self)
        }
    }

    private static let largestHalf: Float = 65_504

    private func canHold(_ component: Float) -> Bool {
        switch self {
        case .float32, .float24: component.isFinite
        case .float16: component.magnitude <= Self.largestHalf
        case .uint8: (0...255).contains(component) && component.rounded() == component
        }
    }

    /// How the kernels call it.
    var code: vk_element {
        switch self {
        case .float32: vk_float32
        case .float24: vk_float24
        case .float16: vk_float16
        case .uint8: vk_uint8
        }
    }
}

// MARK: - Rows

extension VectorElement {
    /// Writes a vector as a row: the nearest that the element holds, the padding untouched.
    ///
    /// Bounds: `row` has room for `paddedDimension` components, at least `vector.count`.
    package func store(
        _ vector: UnsafeBufferPointer<Float>, into row: UnsafeMutableRawPointer,
        paddedDimension: Int
    ) {
        vk_store_row(code, vector.baseAddress, vector.count, row, paddedDimension)
    }

    /// Reads the first components of a row, widened.
    ///
    /// Bounds: `row` has `paddedDimension` components, at least `vector.count`.
    package func load(
        _ row: UnsafeRawPointer, paddedDimension: Int,
        into vector: UnsafeMutableBufferPointer<Float>
    ) {
        vk_load_row(code, row, paddedDimension, vector.baseAddress, vector.count)
    }
}
