import Primitives
import Testing
import Vectors

@Suite struct `A distance kernel` {
    /// Around every boundary of every variant: steps of 4, 8 and 16 components.
    static let dimensions = [1, 2, 15, 16, 17, 31, 64, 100, 384, 1000, 65_536]

    /// The plain loop in double precision, with the sum of the magnitudes for the tolerance.
    static func reference(
        _ metric: Metric, _ query: [Float], _ row: [Float]
    ) -> (distance: Double, magnitude: Double) {
        var (sum, magnitude) = (0.0, 0.0)
        for index in 0..<query.count {
            let (q, r) = (Double(query[index]), Double(row[index]))
            let term =
                switch metric {
                case .cosine, .dot: q * r
                case .euclid: (q - r) * (q - r)
                case .manhattan: abs(q - r)
                }
            sum += term
            magnitude += abs(term)
        }
        switch metric {
        case .cosine: return (1 - sum, magnitude + 1)
        case .dot: return (-sum, magnitude)
        case .euclid, .manhattan: return (sum, magnitude)
        }
    }

    /// What the roundings of a sum may make of it.
    static func tolerance(_ components: Components, _ dimension: Int, _ magnitude: Double) -> Double
    {
        let denormalError = Double(dimension) * Double(Float.leastNonzeroMagnitude)
        switch components {
        case .small: return 0
        case .ordinary:
            return magnitude * 0x1p-24 * (16 + 8 * Double(dimension).squareRoot())
        // Equal terms are rounded alike, so errors add up.
        case .denormal, .extreme:
            return magnitude * 0x1p-24 * Double(16 + dimension) + denormalError
        }
    }

    @Test(arguments: Metric.allCases, VectorElement.allCases)
    func `agrees with the plain loop in every variant and dimension`(
        metric: Metric, element: VectorElement
    ) throws {
        var generator = SeededGenerator(seed: 1)
        for dimension in Self.dimensions {
            for components in Components.allCases {
                let query = components.draw(dimension, element, &generator)
                let rowCount = dimension > 1000 ? 2 : 7
                let rows = try StoredRows(
                    (0..<rowCount).map { _ in components.draw(dimension, element, &generator) },
                    dimension: dimension, element: element)
                let expected = rows.vectors.map { Self.reference(metric, query, $0) }
                for kernel in DistanceKernel.variants(of: metric, element) {
                    let found = rows.distances(kernel, query, count: rowCount)
                    for (distance, expected) in zip(found, expected) {
                        let tolerance = Self.tolerance(components, dimension, expected.magnitude)
                        #expect(
                            abs(Double(distance) - expected.distance) <= tolerance,
                            "\(kernel.variant), \(components), dimension \(dimension)")
                    }
                }
            }
        }
    }

    @Test(arguments: Metric.allCases, VectorElement.allCases)
    func `gives a row the same bits alone and in any batch`(
        metric: Metric, element: VectorElement
    ) throws {
        var generator = SeededGenerator(seed: 4)
        for dimension in [1, 15, 16, 33, 100] {
            let query = Components.ordinary.draw(dimension, element, &generator)
            let rows = try StoredRows(
                (0..<9).map { _ in Components.ordinary.draw(dimension, element, &generator) },
                dimension: dimension, element: element)
            for kernel in DistanceKernel.variants(of: metric, element) {
                let alone = (0..<9).map { rows.distances(kernel, query, ids: [$0])[0].bitPattern }
                for count in 1...9 {
                    let ids = (0..<count).map { UInt32(8 - $0) }
                    let batch = rows.distances(kernel, query, ids: ids).map(\.bitPattern)
                    #expect(batch == ids.map { alone[Int($0)] }, "\(kernel.variant)")
                    let first = rows.distances(kernel, query, count: count).map(\.bitPattern)
                    #expect(first == Array(alone.prefix(count)), "\(kernel.variant)")
                }
            }
        }
    }

    @Test(arguments: VectorElement.allCases)
    func `of no rows writes nothing`(element: VectorElement) throws {
        let rows = try StoredRows([], dimension: 2, element: element)
        for kernel in DistanceKernel.variants(of: .dot, element) {
            #expect(rows.distances(kernel, [1, 2], count: 0) == [])
        }
    }

    @Test func `has the plain loop as its last variant, and each once`() {
        let names = DistanceKernel.variants(of: .dot).map(\.variant)
        #expect(names.last == "plain")
        #expect(Set(names).count == names.count)
        #expect(DistanceKernel(.dot).variant == names.first)
    }
}
