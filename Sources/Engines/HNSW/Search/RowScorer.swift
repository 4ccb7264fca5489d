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

    /// Writes the rows that may be nearer than `limit`, asks for the rest of them, and returns how many
    /// they are: what `score` does first, so that it can wait until the rest has come.
    ///
    /// Bounds: as for `score`; `near` holds `count`.
    func sift(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into near: UnsafeMutablePointer<UInt32>
    ) -> Int

    /// Asks for what `score` and `sift` will read first of a row.
    func prepare(_ row: UInt32)
}

/// The vectors of an index as plain pointers, with their kernel, and their codes if it has any.
struct VectorSpace: @unchecked Sendable {
    let base: UnsafeRawPointer
    /// The distance between two rows, in bytes.
    let stride: Int
    let element: VectorElement
    /// The components of a row and of a query, the padding included.
    let paddedDimension: Int
    let kernel: DistanceKernel
    /// What walks compare, once there are enough rows.
    let codes: CodeStore?

    @inline(__always)
    func row(_ row: UInt32) -> UnsafeRawPointer { base + Int(row) &* stride }

    /// Reads a row with its padding, widened.
    func load(_ row: UInt32, into query: UnsafeMutablePointer<Float>) {
        element.load(
            self.row(row), paddedDimension: paddedDimension,
            into: UnsafeMutableBufferPointer(start: query, count: paddedDimension))
    }

    /// The codes, if all published rows have one.
    var readyCodes: CodeStore? {
        guard let codes, codes.isReady.load(ordering: .acquiring) else { return nil }
        return codes
    }

    /// The exact scorer of a query with `paddedDimension` floats, the padding zero.
    @inline(__always)
    func exactScorer(query: UnsafePointer<Float>) -> FloatScorer {
        FloatScorer(space: self, query: query)
    }

    /// The scorer of a row's neighbours: by codes if there are any.
    ///
    /// - Parameter query: Memory that the scorer reads, until it is used for another row.
    func scorer(ofRow row: UInt32, using query: RowQuery) -> StoredScorer {
        if let codeQuery = query.codes, let codes = readyCodes {
            codes.prepare(row: row, in: codeQuery)
            return StoredScorer(
                exact: exactScorer(query: query.widened),
                codes: codes.comparison(with: codeQuery))
        }
        if element == .float32 {
            let stored = self.row(row).assumingMemoryBound(to: Float.self)
            return StoredScorer(exact: exactScorer(query: stored), codes: nil)
        }
        load(row, into: query.widened)
        return StoredScorer(exact: exactScorer(query: query.widened), codes: nil)
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
    static let preparedLimit = 512

    init(exact: FloatScorer, codes: CodeComparison?) {
        self.exact = exact
        self.codes = codes
        if let codes {
            (first, stride) = (codes.sketches, codes.sketchStride)
        } else {
            (first, stride) = (exact.space.base, exact.space.stride)
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
    func sift(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into near: UnsafeMutablePointer<UInt32>
    ) -> Int {
        if let codes { return codes.sift(rows, count: count, below: limit, into: near) }
        return exact.sift(rows, count: count, below: limit, into: near)
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

/// Scores by the stored vectors.
struct FloatScorer: RowScorer {
    let space: VectorSpace
    let query: UnsafePointer<Float>

    @inline(__always)
    func score(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into distances: UnsafeMutablePointer<Float>
    ) {
        space.kernel.score(
            query: query, rows: space.base, stride: space.stride,
            length: space.paddedDimension, ids: rows, count: count, into: distances)
    }

    @inline(__always)
    func sift(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into near: UnsafeMutablePointer<UInt32>
    ) -> Int {
        near.update(from: rows, count: count)
        return count
    }

    @inline(__always)
    func prepare(_ row: UInt32) {
        var line = space.row(row)
        let end = line + min(StoredScorer.preparedLimit, space.stride)
        while line < end {
            prefetch(line)
            line += cacheLineByteCount
        }
    }
}
