import Testing
import Vectors

@Suite struct `A metric` {
    @Test(arguments: Metric.allCases)
    func `refuses a vector of another dimension`(metric: Metric) {
        #expect(throws: VectorError.dimensionMismatch(expected: 3, found: 2)) {
            try metric.prepared([1, 2], dimension: 3)
        }
        #expect(throws: VectorError.dimensionMismatch(expected: 3, found: 0)) {
            try metric.prepared([], dimension: 3)
        }
    }

    @Test(arguments: Metric.allCases)
    func `names the first component that is no finite number`(metric: Metric) {
        #expect(throws: VectorError.notANumber(position: 1)) {
            try metric.prepared([1, .nan, .infinity], dimension: 3)
        }
        #expect(throws: VectorError.infinite(position: 2, value: -.infinity)) {
            try metric.prepared([1, 0, -.infinity], dimension: 3)
        }
        #expect(throws: VectorError.notANumber(position: 0)) {
            try metric.prepared([.signalingNaN], dimension: 1)
        }
    }

    @Test func `refuses a vector without direction under cosine only`() throws {
        #expect(throws: VectorError.zeroVector(metric: .cosine)) {
            try Metric.cosine.prepared([0, -0, 0], dimension: 3)
        }
        #expect(try Metric.dot.prepared([0, 0], dimension: 2) == [0, 0])
        #expect(try Metric.euclid.prepared([0, 0], dimension: 2) == [0, 0])
    }

    @Test(arguments: [
        [Float.greatestFiniteMagnitude, .greatestFiniteMagnitude],
        [Float.leastNonzeroMagnitude, .leastNonzeroMagnitude], [1e-30, 1e-30], [1e30, 1e30],
        [2, 2],
    ])
    func `keeps the direction of huge and of tiny vectors under cosine`(vector: [Float]) throws {
        let prepared = try Metric.cosine.prepared(vector, dimension: 2)
        for component in prepared { #expect(abs(component - Float(0.5).squareRoot()) < 1e-6) }
    }

    @Test(arguments: [Metric.dot, .euclid, .manhattan])
    func `refuses vectors whose distances would overflow`(metric: Metric) throws {
        let long = Float(Metric.maximumLength * 1.001)
        #expect(throws: VectorError.self) { try metric.prepared([long, 0], dimension: 2) }
        let longest = Float(Metric.maximumLength)
        #expect(try metric.prepared([longest, 0], dimension: 2) == [longest, 0])
        for element in [VectorElement.float32, .float24] {
            let rows = try StoredRows([[-longest, 0]], dimension: 2, element: element)
            for kernel in DistanceKernel.variants(of: metric, element) {
                #expect(rows.distances(kernel, [longest, 0], count: 1)[0].isFinite)
            }
        }
    }

    @Test func `refuses dimensions outside its bounds`() throws {
        for dimension in [0, -1, 65_537, .max] {
            #expect(
                throws: VectorError.dimensionOutOfRange(
                    dimension: dimension, allowed: 1...65_536)
            ) { try Metric.validate(dimension: dimension) }
        }
        try Metric.validate(dimension: 1)
        try Metric.validate(dimension: 65_536)
    }

    @Test func `shows the score of its distance`() {
        #expect(Metric.cosine.score(fromDistance: 0.25) == 0.75)
        #expect(Metric.dot.score(fromDistance: -3) == 3)
        #expect(Metric.euclid.score(fromDistance: 9) == 3)
        #expect(Metric.manhattan.score(fromDistance: 9) == 9)
    }

    @Test(arguments: Metric.allCases, [Float(0), 0.25, 0.75])
    func `turns a score back into its distance`(metric: Metric, distance: Float) {
        let score = metric.score(fromDistance: distance)
        #expect(abs(metric.distance(fromScore: score) - distance) < 1e-6)
    }

    @Test func `keeps its names, which are stored`() {
        #expect(Metric.allCases.map(\.rawValue) == ["cosine", "dot", "euclid", "manhattan"])
    }
}
