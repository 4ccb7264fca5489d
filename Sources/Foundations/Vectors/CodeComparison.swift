public import CVectorKernels

/// Compares coded rows with one query.
package struct CodeComparison {
    @usableFromInline let function: vk_codes_function
    @usableFromInline let codes: UnsafePointer<vk_codes>
    @usableFromInline let query: UnsafePointer<vk_code_query>
    @usableFromInline let sketches: UnsafeRawPointer
    @usableFromInline let sketchStride: Int

    /// How much of a sketch is asked for as soon as its row is known.
    @usableFromInline static let preparedByteCount = 256

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

    /// Asks for what is read first of a row.
    @inlinable @inline(__always)
    package func prepare(_ row: UInt32) {
        var line = sketches + Int(row) &* sketchStride
        let end = line + min(sketchStride, Self.preparedByteCount)
        while line < end {
            prefetch(line)
            line += cacheLineByteCount
        }
    }
}
