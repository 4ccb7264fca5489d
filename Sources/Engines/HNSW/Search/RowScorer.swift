import Synchronization
import Vectors

/// Scores rows against one query: the only thing that a walk knows of vectors.
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

/// The vectors of an index as plain pointers, with their kernel, and their codes if it has any.
struct VectorSpace: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let stride: Int
    let kernel: DistanceKernel
    /// What walks compare, once there are enough rows.
    let codes: CodeStore?

    @inline(__always)
    func row(_ row: UInt32) -> UnsafePointer<Float> {
        UnsafePointer(base + Int(row) &* stride)
    }

    /// The codes, if all published rows have one.
    var readyCodes: CodeStore? {
        guard let codes, codes.isReady.load(ordering: .acquiring) else { return nil }
        return codes
    }

    /// The exact scorer of a query with `stride` floats, the padding zero.
    @inline(__always)
    func exactScorer(query: UnsafePointer<Float>) -> FloatScorer {
        FloatScorer(space: self, query: query)
    }

    /// The scorer of a row's neighbours: by codes if there are any.
    ///
    /// - Parameter query: Memory that the scorer reads; nil if the space has no codes.
    func scorer(ofRow row: UInt32, using query: CodeQuery?) -> StoredScorer {
        let exact = exactScorer(query: self.row(row))
        guard let query, let codes = readyCodes else {
            return StoredScorer(exact: exact, codes: nil)
        }
        codes.prepare(row: row, in: query)
        return StoredScorer(exact: exact, codes: codes.comparison(with: query))
    }
}

/// Scores by codes where there are any, else by the stored vectors.
struct StoredScorer: RowScorer {
    let exact: FloatScorer
    let codes: CodeComparison?
    /// What is read first of row 0, how far it is to the next row, and how much is asked for.
    private let first: UnsafeRawPointer
    private let stride, preparedByteCount: Int

    /// How much of a row is asked for as soon as its number is known.
    ///
    /// The kernel asks for the rest while it sums the rows before. More fills the queue of misses:
    /// 256 and 512 bytes were 10 % faster than 64, and than a whole row of 1,536.
    private static let preparedLimit = 512

    init(exact: FloatScorer, codes: CodeComparison?) {
        self.exact = exact
        self.codes = codes
        if let codes {
            (first, stride) = (codes.sketches, codes.sketchStride)
        } else {
            first = UnsafeRawPointer(exact.space.base)
            stride = exact.space.stride * MemoryLayout<Float>.stride
        }
        preparedByteCount = min(stride, Self.preparedLimit)
    }

    @inline(__always)
    func score(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into distances: UnsafeMutablePointer<Float>
    ) {
        if let codes {
            codes.score(rows, count: count, below: limit, into: distances)
        } else {
            exact.score(rows, count: count, below: limit, into: distances)
        }
    }

    @inline(__always)
    func prepare(_ row: UInt32) {
        var line = first + Int(row) &* stride
        let end = line + preparedByteCount
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

/// Scores by the stored float32 vectors.
struct FloatScorer: RowScorer {
    let space: VectorSpace
    let query: UnsafePointer<Float>

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
        let end = line + min(512, space.stride * MemoryLayout<Float>.stride)
        while line < end {
            prefetch(line)
            line += cacheLineByteCount
        }
    }
}
