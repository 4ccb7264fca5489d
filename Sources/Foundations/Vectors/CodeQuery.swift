package import CVectorKernels

/// A query, or a row that stands for one, ready to be compared with the codes of a `CodeStore`.
///
/// Memory of its own, used again for each query; one thread at a time.
package final class CodeQuery {
    /// What the kernels read.
    package let pointer: UnsafeMutablePointer<vk_code_query>
    /// The rotated vector, relative to the centre.
    let rotated: UnsafeMutablePointer<Float>
    let spare: UnsafeMutablePointer<Float>
    let planes: UnsafeMutablePointer<UInt8>
    let digits: UnsafeMutablePointer<Int8>

    /// Room for the queries of a store.
    package init(for store: CodeStore) {
        let length = store.rotation.length
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: vk_code_query())
        rotated = Self.aligned(length)
        spare = Self.aligned(length)
        planes = Self.aligned(4 * ((store.sketchStride + 63) / 64 * 64))
        digits = Self.aligned(2 * store.codeStride)
    }

    deinit {
        pointer.deallocate()
        rotated.deallocate()
        spare.deallocate()
        planes.deallocate()
        digits.deallocate()
    }

    private static func aligned<Number: Numeric>(_ count: Int) -> UnsafeMutablePointer<Number> {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Number>.stride, alignment: cacheLineByteCount
        ).bindMemory(to: Number.self, capacity: count)
        memory.initialize(repeating: 0, count: count)
        return memory
    }
}
