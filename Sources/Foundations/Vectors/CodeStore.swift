import CVectorKernels
package import Synchronization

/// Rows as codes: what a walk compares instead of whole vectors.
///
/// ```
///  sketches   row 0: factors 16 B │ a bit a component      one line for 384 components
///  codes      row 0: 4 bits a component                    three lines
/// ```
///
/// A row is turned by a fixed random rotation and taken relative to a centre. One bit a component
/// then estimates a distance without bias and with a known error, which tells most rows to be too
/// far; four bits a component give the distance of the others to within some thousandths.
/// `CodeKernels.h` states the arithmetic.
///
/// The centre is the mean of the first rows. Others are coded as well far from it, only less finely.
///
/// Thread safety: one writer encodes; readers compare rows that were published to them. The centre
/// is set before the first row is encoded and never changed.
///
/// *Source*: Gao and Long 2024, *RaBitQ*, and Gao et al. 2024, *Practical and Asymptotically Optimal
/// Quantization of High-Dimensional Vectors in Euclidean Space*; the second stage and its digits are
/// our own.
package final class CodeStore: @unchecked Sendable {
    // Sendable: the centre is written once, before whoever publishes the first coded row.

    /// The number of components of a vector.
    package let dimension: Int
    /// Where codes are taken from, or nil as long as nothing is coded; the writer's own.
    package private(set) var centre: [Float]?
    /// Whether all rows that were published are coded, and all later ones will be.
    package let isReady = Atomic<Bool>(false)

    let rotation: Rotation
    let sketchStride: Int
    let codeStride: Int
    private let metric: Metric
    private let sketchMemory: ReservedMemory
    private let codeMemory: ReservedMemory
    private let table: UnsafeMutablePointer<vk_codes>
    private let functions: vk_codes_variant
    private var rotatedCentre: UnsafeMutablePointer<Float>
    private var squaredCentre: Float = 0

    /// Below this dimension whole vectors are as small as their codes.
    package static let smallestDimension = 64
    /// How many times its expected error an estimate is trusted to.
    ///
    /// Larger reads more codes in vain, smaller drops neighbours: 0.7 and 1.0 found the same in an
    /// eighth less time than 2.0 on sentence embeddings.
    private static let trust: Float = 0.7
    private static let rotationSeed: UInt64 = 0x0005_eed0_f512_07a7

    /// Whether the metric is one whose distances follow from dot products.
    package static func supports(_ metric: Metric) -> Bool {
        switch metric {
        case .cosine, .dot, .euclid: true
        default: false
        }
    }

    /// Reserves room for the codes of `capacity` rows.
    ///
    /// - Throws: `MemoryError` if the address space is exhausted.
    package convenience init(
        dimension: Int, metric: Metric, capacity: Int
    ) throws(MemoryError) {
        try self.init(dimension: dimension, metric: metric, capacity: capacity, variantAt: 0)
    }

    private init(
        dimension: Int, metric: Metric, capacity: Int, variantAt index: Int
    ) throws(MemoryError) {
        self.dimension = dimension
        self.metric = metric
        rotation = Rotation(dimension: dimension, seed: Self.rotationSeed)
        let sketch = MemoryLayout<vk_code_factors>.size + rotation.length / 8
        sketchStride = sketch <= 32 ? 32 : (sketch + 63) / 64 * 64
        codeStride = (rotation.length + 127) / 128 * 64
        sketchMemory = try ReservedMemory(byteCount: capacity * sketchStride + Self.slack)
        codeMemory = try ReservedMemory(byteCount: capacity * codeStride + Self.slack)
        table = .allocate(capacity: 1)
        table.initialize(
            to: vk_codes(
                sketches: sketchMemory.base.assumingMemoryBound(to: UInt8.self),
                sketch_stride: sketchStride,
                codes: codeMemory.base.assumingMemoryBound(to: UInt8.self),
                code_stride: codeStride, length: rotation.length,
                weight: metric == .euclid ? 2 : 1))
        functions = vk_codes_variant_at(index)
        rotatedCentre = .allocate(capacity: rotation.length)
        rotatedCentre.initialize(repeating: 0, count: rotation.length)
    }

    deinit {
        table.deallocate()
        rotatedCentre.deallocate()
    }

    /// What a row takes of memory.
    package var byteCountPerRow: Int { sketchStride + codeStride }

    /// A register may reach behind the last row.
    private static let slack = 64

    /// The same store for every variant of the kernels on this processor, the fastest first; for tests.
    package static func variants(
        dimension: Int, metric: Metric, capacity: Int
    ) throws(MemoryError) -> [CodeStore] {
        var stores: [CodeStore] = []
        for index in 0..<vk_variant_count() {
            stores.append(
                try CodeStore(
                    dimension: dimension, metric: metric, capacity: capacity, variantAt: index))
        }
        return stores
    }
}

// MARK: - Writing

extension CodeStore {
    /// Sets where codes are taken from; once, before the first row.
    package func setCentre(_ centre: [Float]) {
        precondition(self.centre == nil, "the centre is set once")
        precondition(centre.count == dimension, "\(centre.count) components, not \(dimension)")
        self.centre = centre
        rotatedCentre.update(from: centre, count: dimension)
        let spare = UnsafeMutablePointer<Float>.allocate(capacity: rotation.length)
        defer { spare.deallocate() }
        rotation.apply(to: rotatedCentre, spare: spare)
        squaredCentre = dot(rotatedCentre, rotatedCentre, rotation.length)
    }

    /// Codes a vector as a row.
    ///
    /// - Parameters:
    ///   - vector: `dimension` floats.
    ///   - buffer: Working memory.
    /// - Throws: `MemoryError` if the system refuses the memory.
    package func encode(
        _ vector: UnsafePointer<Float>, as row: Int, using buffer: CodeQuery
    ) throws(MemoryError) {
        try makeRoom(for: row)
        write(vector, as: row, using: buffer)
    }

    /// Makes room for the codes of all rows up to this one.
    ///
    /// - Throws: `MemoryError` if the system refuses the memory.
    package func makeRoom(for row: Int) throws(MemoryError) {
        try sketchMemory.commit(byteCount: (row + 1) * sketchStride + Self.slack)
        try codeMemory.commit(byteCount: (row + 1) * codeStride + Self.slack)
    }

    /// Codes a vector as a row for which there is room; for different rows, by several threads at once.
    ///
    /// - Parameters:
    ///   - vector: `dimension` floats.
    ///   - buffer: Working memory of the calling thread.
    package func write(_ vector: UnsafePointer<Float>, as row: Int, using buffer: CodeQuery) {
        rotate(vector, using: buffer)
        let sketch = sketchMemory.base.assumingMemoryBound(to: UInt8.self) + row * sketchStride
        let code = codeMemory.base.assumingMemoryBound(to: UInt8.self) + row * codeStride
        let squaredLength = vk_encode(
            buffer.rotated, rotation.length, sketch, sketchStride, code, codeStride)
        let offset =
            metric == .euclid
            ? squaredLength : -dot(rotatedCentre, buffer.rotated, rotation.length)
        UnsafeMutableRawPointer(sketch).storeBytes(of: offset, as: Float.self)
    }

    private func rotate(_ vector: UnsafePointer<Float>, using buffer: CodeQuery) {
        guard let centre else { preconditionFailure("nothing is coded before the centre is set") }
        for index in 0..<dimension { buffer.rotated[index] = vector[index] - centre[index] }
        (buffer.rotated + dimension).update(repeating: 0, count: rotation.length - dimension)
        rotation.apply(to: buffer.rotated, spare: buffer.spare)
    }

    /// Products in double precision, in order: the same on every processor.
    private func dot(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
    ) -> Float {
        var sum = 0.0
        for index in 0..<count { sum += Double(a[index]) * Double(b[index]) }
        return Float(sum)
    }
}

// MARK: - Comparing

extension CodeStore {
    /// What compares rows with a query: plain pointers, good as long as the store and the query.
    package func comparison(with query: CodeQuery) -> CodeComparison {
        CodeComparison(
            functions: functions, codes: table, query: query.pointer,
            sketches: UnsafeRawPointer(sketchMemory.base), sketchStride: sketchStride)
    }

    /// Makes a vector a query.
    package func prepare(_ vector: UnsafePointer<Float>, in query: CodeQuery) {
        rotate(vector, using: query)
        let squaredLength = vk_prepare_query(
            query.rotated, rotation.length, sketchStride, query.planes, query.digits, codeStride,
            query.pointer)
        query.pointer.pointee.margin =
            table.pointee.weight * Self.trust * squaredLength.squareRoot()
        // q · x = (q − c) · o + q · c + c · o, and the last of them is the row's offset.
        let alongCentre = dot(rotatedCentre, query.rotated, rotation.length) + squaredCentre
        query.pointer.pointee.base =
            metric == .euclid ? squaredLength : unitTerm - alongCentre
    }

    /// Makes a row a query that has its code only.
    package func prepare(row: UInt32, in query: CodeQuery) {
        vk_prepare_row(table, row, query.digits, query.pointer)
        let offset = (sketchMemory.base + Int(row) * sketchStride).load(as: Float.self)
        query.pointer.pointee.base =
            metric == .euclid ? offset : unitTerm - squaredCentre + offset
    }

    private var unitTerm: Float { metric == .cosine ? 1 : 0 }
}
