import CVectorKernels
internal import Primitives

/// A fixed random rotation: after it, no direction of the space is special, so that a vector is told
/// well by the signs of its components.
///
/// Signs drawn from a seed and Walsh-Hadamard transforms take turns, which costs n · log n instead of
/// the n² of a random matrix. The same on every processor, bit by bit.
///
/// *Source*: Ailon and Chazelle 2009, *The Fast Johnson-Lindenstrauss Transform*; the lanes of 16
/// that change places between the transforms stand for the transform over the whole vector.
package struct Rotation: Sendable {
    /// The number of components that it takes and gives: a dimension rounded up to 64.
    package let length: Int
    private let signs: [UInt32]

    /// Four transforms: each component depends on each after two to four of them.
    private static let roundCount = 4

    /// The rotation of a dimension.
    package init(dimension: Int, seed: UInt64) {
        length = (dimension + 63) / 64 * 64
        var draws = SplitMix64(seed: seed)
        signs = (0..<length * Self.roundCount).map { _ in
            UInt32(truncatingIfNeeded: draws.next() >> 63) << 31
        }
    }

    /// Turns `length` floats in place.
    ///
    /// - Parameter spare: Room for as many.
    package func apply(to vector: UnsafeMutablePointer<Float>, spare: UnsafeMutablePointer<Float>) {
        vk_rotate(vector, spare, length, signs)
    }
}
