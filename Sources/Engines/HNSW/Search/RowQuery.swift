import Vectors

/// Memory for a row that stands for a query: its code, or its vector in floats.
///
/// One thread at a time. `widened` is that of no row while rows are scored by codes.
final class RowQuery {
    /// Nil if the space has no codes.
    let codes: CodeQuery?
    /// A vector with its padding, aligned to a cache line.
    let widened: UnsafeMutablePointer<Float>

    init(space: VectorSpace) {
        codes = space.codes.map { CodeQuery(for: $0) }
        widened = .paddedQuery(space.paddedDimension)
    }

    deinit { widened.deallocate() }
}

extension UnsafeMutablePointer<Float> {
    /// As many zeros, aligned to a cache line.
    static func paddedQuery(_ count: Int) -> Self {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Float>.stride, alignment: cacheLineByteCount
        ).bindMemory(to: Float.self, capacity: count)
        memory.initialize(repeating: 0, count: count)
        return memory
    }
}
