import CVectorKernels

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
        signs = (0..<UInt64(length * Self.roundCount)).map {
            UInt32(truncatingIfNeeded: Self.mixed(seed &+ $0 &* 0x9e37_79b9_7f4a_7c15) >> 63) << 31
        }
    }

    /// The mixing of SplitMix64 (Steele, Lea and Flood 2014).
    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// Turns `length` floats in place.
    ///
    /// - Parameter spare: Room for as many.
    package func apply(to vector: UnsafeMutablePointer<Float>, spare: UnsafeMutablePointer<Float>) {
        vk_rotate(vector, spare, length, signs)
    }
}
