import Vectors

/// Scores rows against one query: the only thing that a walk knows of vectors.
///
/// The walks are generic over it and specialised for each conformance, so that a walk over codes
/// instead of floats costs no call more.
protocol RowScorer {
    /// Writes the distance of each row; infinity is as good for a row that is surely at `limit` or
    /// farther, so that a scorer may find out so much by less than the whole row.
    ///
    /// Bounds: `rows` and `distances` hold `count`; each row was published to this thread.
    func score(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into distances: UnsafeMutablePointer<Float>)

    /// Asks for what `score` will read first of a row.
    func prepare(_ row: UInt32)
}

/// The vectors of an index as plain pointers, with their kernel.
struct VectorSpace: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let stride: Int
    let kernel: DistanceKernel

    @inline(__always)
    func row(_ row: UInt32) -> UnsafePointer<Float> {
        UnsafePointer(base + Int(row) &* stride)
    }

    /// The scorer of a query with `stride` floats, the padding zero.
    @inline(__always)
    func scorer(query: UnsafePointer<Float>) -> FloatScorer {
        FloatScorer(space: self, query: query)
    }
}

/// Scores by the stored float32 vectors.
struct FloatScorer: RowScorer {
    let space: VectorSpace
    let query: UnsafePointer<Float>

    /// How much of a row is asked for as soon as its number is known.
    ///
    /// The kernel asks for the rest while it sums the rows before. More fills the queue of misses:
    /// 256 and 512 bytes were 10 % faster than 64, and than a whole row of 1,536.
    private static let preparedByteCount = 512

    @inline(__always)
    func score(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into distances: UnsafeMutablePointer<Float>
    ) {
        space.kernel.score(
            query: query, rows: UnsafePointer(space.base), stride: space.stride,
            length: space.stride, ids: rows, count: count, into: distances)
    }

    @inline(__always)
    func prepare(_ row: UInt32) {
        var line = UnsafeRawPointer(space.row(row))
        let end = line + min(Self.preparedByteCount, space.stride * MemoryLayout<Float>.stride)
        while line < end {
            prefetch(line)
            line += cacheLineByteCount
        }
    }

    /// The distance of one row.
    @inline(__always)
    func distance(of row: UInt32) -> Float {
        var row = row
        var distance: Float = 0
        score(&row, count: 1, below: .infinity, into: &distance)
        return distance
    }
}
