/// Rows of one element in one flat, growing block.
///
/// ```
///  float32, float16, uint8            float24
///  ├ c0 c1 … cD-1 0 … 0 ┼ …           ├ h0 h1 … hD-1 0 … 0 │ l0 l1 … lD-1 0 … 0 ┼ …
///  └─ paddedDimension ──┘             └ 16 bits each ───────┴ 8 bits each ───────┘
///  └─ stride: a multiple of 64 bytes, one cache line ─┘
/// ```
///
/// The padding is zero. It adds nothing to any of the distances, so kernels run over
/// `paddedDimension` components without a tail, with a query padded alike.
///
/// Thread safety: one writer appends; readers read rows that were published to them. Rows never
/// move; one that was published changes only when no reader can know it any more.
package final class VectorStore: @unchecked Sendable {
    /// The number of components of a vector.
    package let dimension: Int
    /// What a row holds of each component.
    package let element: VectorElement
    /// The number of components of a row: the dimension rounded up to a multiple of 16.
    package let paddedDimension: Int
    /// The distance between two rows, in bytes.
    package let stride: Int
    /// How many rows fit.
    package let capacity: Int
    /// Row 0.
    package let base: UnsafeMutableRawPointer
    private let memory: ReservedMemory

    /// The components of a row that holds a vector of a dimension.
    package static func paddedDimension(of dimension: Int) -> Int { (dimension + 15) / 16 * 16 }

    /// Reserves room for `capacity` rows.
    ///
    /// - Parameter path: Where to make a file for the rows, which the system may drop from memory;
    ///   they are in memory if nil. See `ReservedMemory`.
    /// - Throws: `MemoryError` if the address space is exhausted, or the file cannot be made.
    package init(
        dimension: Int, element: VectorElement, capacity: Int, fileAt path: String? = nil
    ) throws(MemoryError) {
        self.dimension = dimension
        self.element = element
        self.capacity = capacity
        paddedDimension = Self.paddedDimension(of: dimension)
        let line = cacheLineByteCount
        stride = (paddedDimension * element.byteCount + line - 1) / line * line
        let (byteCount, overflow) = stride.multipliedReportingOverflow(by: capacity)
        if overflow { throw MemoryError(byteCount: .max, errorNumber: 12) }
        memory = try ReservedMemory(byteCount: byteCount, fileAt: path)
        base = memory.base
    }

    /// The first byte of a row.
    package func row(_ row: Int) -> UnsafeMutableRawPointer { base + row * stride }

    /// Makes room for all rows up to this one, zero if never written.
    ///
    /// - Precondition: `row` is below `capacity`.
    /// - Throws: `MemoryError` if the system refuses the memory.
    package func makeRoom(for row: Int) throws(MemoryError) {
        precondition(row < capacity, "row \(row) of a store with room for \(capacity)")
        try memory.commit(byteCount: (row + 1) * stride)
    }

    /// Makes room for a row and writes a vector there, rounded to the element.
    ///
    /// - Parameter vector: `dimension` floats that passed `VectorElement.validate(_:)`; others become
    ///   the nearest that the element holds.
    /// - Precondition: `row` is below `capacity`.
    /// - Throws: `MemoryError` if the system refuses the memory.
    package func write(
        _ vector: UnsafeBufferPointer<Float>, at row: Int
    ) throws(MemoryError) {
        try makeRoom(for: row)
        fill(row, with: vector)
    }

    /// Writes a vector to a row for which there is room; to different rows, by several threads at once.
    ///
    /// - Precondition: `makeRoom(for:)` was called for the row, or one above it.
    package func fill(_ row: Int, with vector: UnsafeBufferPointer<Float>) {
        precondition(vector.count == dimension, "\(vector.count) components, not \(dimension)")
        element.store(vector, into: self.row(row), paddedDimension: paddedDimension)
    }

    /// The vector of a row, widened.
    package func read(_ row: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
            read(row, into: UnsafeMutableBufferPointer(rebasing: buffer[..<dimension]))
            count = dimension
        }
    }

    /// Reads the first components of a row, widened, as many as the buffer holds.
    ///
    /// - Precondition: the buffer holds at most `paddedDimension`.
    package func read(_ row: Int, into buffer: UnsafeMutableBufferPointer<Float>) {
        precondition(
            buffer.count <= paddedDimension, "\(buffer.count) components of \(paddedDimension)")
        element.load(self.row(row), paddedDimension: paddedDimension, into: buffer)
    }

    /// The stored bytes of a row without the padding behind: those of two rows are equal if all their
    /// components have the same bits.
    package func bytes(of row: Int) -> UnsafeRawBufferPointer {
        let byteCount =
            element == .float24
            ? paddedDimension * 2 + dimension : dimension * element.byteCount
        return UnsafeRawBufferPointer(start: self.row(row), count: byteCount)
    }
}
