public import CVectorKernels

/// The C function that scores rows of one element under one metric on this processor.
///
/// The variant is chosen once per process: the fastest that the processor has. The plain loop is
/// always among `variants`, and tests compare every variant with it.
///
/// Within one variant the distance of a row has the same bits whether it is scored alone or in
/// any batch. Between variants the last bits differ.
package struct DistanceKernel: Sendable {
    @usableFromInline let function: vk_rows_function
    @usableFromInline let offset: Float
    private let index: Int

    /// The instruction set: `avx512`, `avx2`, `neon` or `plain`.
    package var variant: String { String(cString: vk_variant_at(index).pointee.name) }

    /// The kernel of a metric over rows of an element in the fastest variant.
    package init(_ metric: Metric, _ element: VectorElement = .float32) {
        self.init(metric, element, variantAt: 0)
    }

    private init(_ metric: Metric, _ element: VectorElement, variantAt index: Int) {
        self.index = index
        let sum =
            switch metric {
            case .cosine, .dot: vk_dot
            case .euclid: vk_squares
            case .manhattan: vk_magnitudes
            }
        function = vk_variant_rows(vk_variant_at(index), sum, element.code)
        offset = metric == .cosine ? 1 : 0
    }

    /// The kernel of a metric in every variant of this processor, the fastest first.
    package static func variants(
        of metric: Metric, _ element: VectorElement = .float32
    ) -> [DistanceKernel] {
        (0..<vk_variant_count()).map { DistanceKernel(metric, element, variantAt: $0) }
    }

    /// Scores the rows named by `ids`.
    ///
    /// Bounds: `query` has `length` floats, a multiple of 16; row r is `stride` bytes times r behind
    /// `rows` and has `length` components, for each r in `ids`; `distances` has room for `count`.
    /// Nothing is checked here.
    @inlinable @inline(__always)
    package func score(
        query: UnsafePointer<Float>, rows: UnsafeRawPointer, stride: Int, length: Int,
        ids: UnsafePointer<UInt32>, count: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        function(offset, query, rows, stride, length, ids, count, distances)
    }

    /// Scores `count` consecutive rows; the bounds are those of `score(query:rows:…)`.
    package func scoreConsecutive(
        query: UnsafePointer<Float>, rows: UnsafeRawPointer, stride: Int, length: Int,
        count: Int, into distances: UnsafeMutablePointer<Float>
    ) {
        function(offset, query, rows, stride, length, nil, count, distances)
    }
}

/// The bytes of a cache line, on every processor that the kernels are written for.
@inlinable package var cacheLineByteCount: Int { 64 }

/// Asks for a cache line that will be read soon; a hint, any address is safe.
@inlinable @inline(__always)
package func prefetch(_ address: UnsafeRawPointer) {
    vk_prefetch(address)
}
