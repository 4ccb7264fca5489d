/// A candidate as one word that sorts by distance, then by row.
///
/// ```
///  63                    32 31                2   1         0
///  │ distance, ordered     │ row               │ rejected │ expanded │
/// ```
///
/// "Ordered" bits of a float: all bits flipped if it is negative, else the sign bit flipped; the
/// results compare as integers as the floats do. Rows have 30 bits. The flags never decide an
/// order, since no row occurs twice.
typealias CandidateKey = UInt64

extension CandidateKey {
    /// One row more than the largest that fits.
    static let rowLimit = 1 << 30

    /// A candidate that waits to be expanded.
    ///
    /// Vectors that passed `Metric.prepared` have no "not a number" among their distances. Should
    /// one come from elsewhere it counts as infinitely far, instead of nearest of all (which is
    /// where its usual sign bit would sort it).
    @inline(__always)
    init(distance: Float, row: UInt32) {
        let bits = (distance.isNaN ? Float.infinity : distance).bitPattern
        let flips = UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 0x8000_0000
        self = UInt64(bits ^ flips) << 32 | UInt64(row) << 2
    }

    @inline(__always)
    var distance: Float {
        let ordered = UInt32(truncatingIfNeeded: self >> 32)
        return Float(bitPattern: ordered ^ ((ordered >> 31) &- 1 | 0x8000_0000))
    }

    @inline(__always)
    var row: UInt32 { UInt32(truncatingIfNeeded: self) >> 2 }

    /// The candidate is walked through but not returned.
    @inline(__always)
    var isRejected: Bool { self & 2 != 0 }

    @inline(__always)
    var rejected: CandidateKey { self | 2 }

    @inline(__always)
    var isExpanded: Bool { self & 1 != 0 }

    @inline(__always)
    var expanded: CandidateKey { self | 1 }

    var neighbor: Neighbor { Neighbor(row: row, distance: distance) }
}
