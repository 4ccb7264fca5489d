import Primitives
import Testing
import Vectors

extension DistanceKernel {
    /// The distance between two vectors.
    func distance(_ query: [Float], _ row: [Float]) -> Float {
        distances(query, [row], stride: row.count)[0]
    }

    /// The distances of rows stored `stride` floats apart, by consecutive rows.
    func distances(_ query: [Float], _ rows: [[Float]], stride: Int) -> [Float] {
        let block = flatten(rows, stride: stride)
        var distances = [Float](repeating: .nan, count: rows.count)
        distances.withUnsafeMutableBufferPointer { output in
            scoreConsecutive(
                query: query, rows: block, stride: stride, length: query.count,
                count: rows.count, into: output.baseAddress!)
        }
        return distances
    }

    /// The distances of the rows named by `ids`.
    func distances(
        _ query: [Float], _ rows: [[Float]], stride: Int, ids: [UInt32]
    ) -> [Float] {
        let block = flatten(rows, stride: stride)
        var distances = [Float](repeating: .nan, count: ids.count)
        distances.withUnsafeMutableBufferPointer { output in
            score(
                query: query, rows: block, stride: stride, length: query.count, ids: ids,
                count: ids.count, into: output.baseAddress!)
        }
        return distances
    }

    // What lies between the rows must not be read as part of them.
    private func flatten(_ rows: [[Float]], stride: Int) -> [Float] {
        rows.flatMap { $0 + [Float](repeating: .nan, count: stride - $0.count) }
    }
}

@Suite struct `A distance kernel` {
    /// Around every boundary of every variant: steps of 4, 8 and 16 floats.
    static let dimensions = Array(1...40) + [63, 64, 65, 100, 127, 128, 384, 385, 1000]

    /// The plain loop in double precision, with the sum of the magnitudes for the tolerance.
    static func reference(
        _ metric: Metric, _ query: [Float], _ row: [Float]
    ) -> (distance: Double, magnitude: Double) {
        var (sum, magnitude) = (0.0, 0.0)
        for (q, r) in zip(query, row) {
            let term =
                switch metric {
                case .cosine, .dot: Double(q) * Double(r)
                case .euclid: (Double(q) - Double(r)) * (Double(q) - Double(r))
                }
            sum += term
            magnitude += abs(term)
        }
        switch metric {
        case .cosine: return (1 - sum, magnitude + 1)
        case .dot: return (-sum, magnitude)
        case .euclid: return (sum, magnitude)
        }
    }

    @Test(arguments: Metric.allCases, [UInt64(1), 2, 3])
    func `agrees with the plain loop in every variant and dimension`(
        metric: Metric, seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        for dimension in Self.dimensions {
            func draw() -> [Float] {
                (0..<dimension).map { _ in Float.random(in: -2...2, using: &generator) }
            }
            let query = draw()
            let rows = (0..<7).map { _ in draw() }
            for kernel in DistanceKernel.variants(of: metric) {
                let found = kernel.distances(query, rows, stride: dimension + 3)
                for (row, distance) in zip(rows, found) {
                    let expected = Self.reference(metric, query, row)
                    let tolerance = expected.magnitude * 1e-6 * Double(1 + dimension / 64)
                    #expect(
                        abs(Double(distance) - expected.distance) <= tolerance,
                        "\(kernel.variant), dimension \(dimension)")
                }
            }
        }
    }

    @Test(arguments: Metric.allCases)
    func `gives a row the same bits alone and in any batch`(metric: Metric) {
        var generator = SeededGenerator(seed: 4)
        for dimension in [1, 15, 16, 33, 100] {
            func draw() -> [Float] {
                (0..<dimension).map { _ in Float.random(in: -2...2, using: &generator) }
            }
            let query = draw()
            let rows = (0..<9).map { _ in draw() }
            for kernel in DistanceKernel.variants(of: metric) {
                let alone = rows.map { kernel.distance(query, $0) }
                for count in 1...9 {
                    let ids = (0..<count).map { UInt32(8 - $0) }
                    let batch = kernel.distances(query, rows, stride: dimension, ids: ids)
                    #expect(batch == ids.map { alone[Int($0)] }, "\(kernel.variant)")
                }
            }
        }
    }

    @Test func `of no rows writes nothing`() {
        for kernel in DistanceKernel.variants(of: .dot) {
            #expect(kernel.distances([1, 2], [], stride: 2) == [])
        }
    }

    @Test func `has the plain loop as its last variant, and each once`() {
        let names = DistanceKernel.variants(of: .dot).map(\.variant)
        #expect(names.last == "plain")
        #expect(Set(names).count == names.count)
        #expect(DistanceKernel(.dot).variant == names.first)
    }
}
