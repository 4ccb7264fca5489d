/// Rows of float32 in one flat, growing block.
///
/// ```
///  row 0                row 1
///  ├ c0 c1 … cD-1 0 … 0 ┼ c0 c1 … cD-1 0 … 0 ┼ …
///  └──── stride ────────┘   a multiple of 16 floats = 64 bytes, one cache line
/// ```
///
/// The padding is zero. It adds nothing to a dot product or to a squared distance, so kernels run
/// over `stride` floats without a tail, with a query padded alike.
///
/// Thread safety: one writer appends; readers read rows that were published to them. Rows never
/// move and never change.
package final class VectorStore: @unchecked Sendable {
    /// The number of components of a vector.
    package let dimension: Int
    /// The distance between two rows, in floats.
    package let stride: Int
    /// How many rows fit.
    package let capacity: Int
    /// Row 0.
    package let base: UnsafeMutablePointer<Float>
    private let memory: ReservedMemory

    /// The stride of a dimension: rounded up to a cache line, in floats.
    package static func stride(forDimension dimension: Int) -> Int { (dimension + 15) / 16 * 16 }

    /// Reserves room for `capacity` rows.
    ///
    /// - Throws: `MemoryError` if the address space is exhausted.
    package init(dimension: Int, capacity: Int) throws(MemoryError) {
        self.dimension = dimension
        self.capacity = capacity
        stride = Self.stride(forDimension: dimension)
        let (byteCount, overflow) = (stride * MemoryLayout<Float>.stride)
            .multipliedReportingOverflow(by: capacity)
        if overflow { throw MemoryError(byteCount: .max, errorNumber: 12) }
        memory = try ReservedMemory(byteCount: byteCount)
        base = memory.base.bindMemory(to: Float.self, capacity: stride * capacity)
    }

    /// The first component of a row.
    package func row(_ row: Int) -> UnsafeMutablePointer<Float> { base + row * stride }

    /// Makes room for a row and returns its `dimension` components, zero if never written.
    ///
    /// - Precondition: `row` is below `capacity`.
    /// - Throws: `MemoryError` if the system refuses the memory.
    package func makeRoom(for row: Int) throws(MemoryError) -> UnsafeMutableBufferPointer<Float> {
        precondition(row < capacity, "row \(row) of a store with room for \(capacity)")
        try memory.commit(byteCount: (row + 1) * stride * MemoryLayout<Float>.stride)
        return UnsafeMutableBufferPointer(start: self.row(row), count: dimension)
    }
}
