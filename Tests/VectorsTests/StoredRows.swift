import Primitives
import Vectors

/// Vectors as a store holds them.
struct StoredRows {
    let store: VectorStore

    init(_ vectors: [[Float]], dimension: Int, element: VectorElement) throws {
        store = try VectorStore(
            dimension: dimension, element: element, capacity: max(vectors.count, 1))
        for (row, vector) in vectors.enumerated() {
            try vector.withUnsafeBufferPointer { try store.write($0, at: row) }
            // What lies between the rows must not be read as part of them.
            let end = store.paddedDimension * element.byteCount
            for offset in end..<store.stride {
                store.row(row).storeBytes(of: 0xff, toByteOffset: offset, as: UInt8.self)
            }
        }
    }

    /// The vectors that distances are measured from: rounded to the element.
    var vectors: [[Float]] { (0..<store.capacity).map { store.read($0) } }

    /// The distances of the rows named by `ids`, or of the first `count`.
    func distances(_ kernel: DistanceKernel, _ query: [Float], count: Int) -> [Float] {
        withPadded(query, count) { query, distances in
            kernel.scoreConsecutive(
                query: query, rows: store.base, stride: store.stride,
                length: store.paddedDimension, count: count, into: distances)
        }
    }

    func distances(_ kernel: DistanceKernel, _ query: [Float], ids: [UInt32]) -> [Float] {
        withPadded(query, ids.count) { query, distances in
            kernel.score(
                query: query, rows: store.base, stride: store.stride,
                length: store.paddedDimension, ids: ids, count: ids.count, into: distances)
        }
    }

    private func withPadded(
        _ query: [Float], _ count: Int,
        _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
        let padded = query + [Float](repeating: 0, count: store.paddedDimension - query.count)
        var distances = [Float](repeating: .nan, count: count)
        distances.withUnsafeMutableBufferPointer { output in
            padded.withUnsafeBufferPointer { body($0.baseAddress!, output.baseAddress!) }
        }
        return distances
    }
}

/// What seeded components look like.
enum Components: CaseIterable {
    /// Between −2 and 2, or 0 and 255.
    case ordinary
    /// The whole numbers 0 to 3: every sum of them is exact.
    case small
    /// Denormals of the element.
    case denormal
    /// The largest of all signs that a metric allows.
    case extreme

    func draw(
        _ count: Int, _ element: VectorElement, _ generator: inout SeededGenerator
    ) -> [Float] {
        (0..<count).map { _ in component(of: count, element, &generator) }
    }

    private func component(
        of count: Int, _ element: VectorElement, _ generator: inout SeededGenerator
    ) -> Float {
        let bits = UInt32(truncatingIfNeeded: generator.next())
        let sign: Float = bits >> 31 == 0 ? 1 : -1
        switch (self, element) {
        case (.small, _): return Float(bits & 3)
        case (.ordinary, .uint8), (.denormal, .uint8): return Float(bits & 255)
        case (.extreme, .uint8): return bits & 1 == 0 ? 0 : 255
        case (.ordinary, _): return sign * Float(bits & 0xff_ffff) / 0x1p23
        case (.denormal, .float16): return sign * Float(bits & 0x3ff) * 0x1p-24
        case (.denormal, _): return Float(bitPattern: bits & 0x807f_ffff)
        case (.extreme, .float16): return sign * 65_504
        case (.extreme, _): return sign * Float(Metric.maximumLength / Double(count).squareRoot())
        }
    }
}
