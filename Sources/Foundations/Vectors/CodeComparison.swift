package import CVectorKernels

/// Compares coded rows with one query.
package struct CodeComparison {
    @usableFromInline let functions: vk_codes_variant
    @usableFromInline let codes: UnsafePointer<vk_codes>
    @usableFromInline let query: UnsafePointer<vk_code_query>
    /// Row 0 of what is read first.
    package let sketches: UnsafeRawPointer
    /// The bytes from one row to the next.
    package let sketchStride: Int

    /// Writes the distance of each row, or infinity if its sketch tells that it is surely at `limit`
    /// or farther.
    ///
    /// Bounds: `rows` and `distances` hold `count` ≤ 256; each row is coded.
    @inlinable @inline(__always)
    package func score(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into distances: UnsafeMutablePointer<Float>
    ) {
        functions.score(codes, query, rows, count, limit, distances)
    }

    /// Writes the rows that may be nearer than `limit`, by their sketches, asks for their codes and
    /// returns how many they are.
    ///
    /// Bounds: as for `score`; `near` holds `count`.
    @inlinable @inline(__always)
    package func sift(
        _ rows: UnsafePointer<UInt32>, count: Int, below limit: Float,
        into near: UnsafeMutablePointer<UInt32>
    ) -> Int {
        functions.sift(codes, query, rows, count, limit, near)
    }
}
