public import CVectorKernels

/// Compares coded rows with one query.
package struct CodeComparison {
    @usableFromInline let function: vk_codes_function
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
        function(codes, query, rows, count, limit, distances)
    }
}
