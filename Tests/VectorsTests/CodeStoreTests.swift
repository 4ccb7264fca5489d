import Primitives
import Testing
import Vectors

@Suite struct `Codes of rows` {
    static let metrics: [Metric] = [.cosine, .dot, .euclid]
    /// On both sides of what a line, a block of a code and a sketch of half a line hold.
    static let dimensions = [64, 65, 127, 128, 129, 192, 384, 785]

    /// Vectors around a centre that is far from the origin, as embeddings are.
    private static func vectors(
        _ count: Int, _ dimension: Int, _ metric: Metric, seed: UInt64 = 1
    ) throws -> [[Float]] {
        var generator = SeededGenerator(seed: seed)
        return try (0..<count).map { _ in
            try metric.prepared(
                (0..<dimension).map {
                    Float($0 % 3) / 4 + Float.random(in: -1...1, using: &generator)
                },
                dimension: dimension)
        }
    }

    private static func mean(_ vectors: [[Float]]) -> [Float] {
        vectors[0].indices.map { position in
            vectors.reduce(0) { $0 + $1[position] } / Float(vectors.count)
        }
    }

    private static func distance(_ metric: Metric, _ a: [Float], _ b: [Float]) -> Double {
        let pairs = zip(a, b).map { (Double($0), Double($1)) }
        return switch metric {
        case .cosine: 1 - pairs.reduce(0) { $0 + $1.0 * $1.1 }
        case .dot: -pairs.reduce(0) { $0 + $1.0 * $1.1 }
        default: pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
    }

    private static func filled(
        _ store: CodeStore, _ vectors: [[Float]], _ query: CodeQuery
    ) throws -> CodeStore {
        store.setCentre(mean(vectors))
        for (row, vector) in vectors.enumerated() {
            try store.encode(vector, as: row, using: query)
        }
        return store
    }

    private static func distances(
        _ store: CodeStore, _ query: CodeQuery, count: Int, below limit: Float = .infinity
    ) -> [Float] {
        var distances = [Float](repeating: .nan, count: count)
        store.comparison(with: query).score(
            (0..<UInt32(count)).map { $0 }, count: count, below: limit, into: &distances)
        return distances
    }

    /// The size of a product of two vectors relative to their mean: what errors are measured by.
    private static func scale(_ vectors: [[Float]], _ query: [Float]) -> Double {
        let centre = mean(vectors)
        func length(_ vector: [Float]) -> Double {
            distance(.euclid, vector, centre).squareRoot()
        }
        return length(query) * vectors.map { length($0) }.reduce(0, +) / Double(vectors.count)
    }

    @Test(arguments: metrics, dimensions)
    func `give distances to within some thousandths, of queries and of rows`(
        metric: Metric, dimension: Int
    ) throws {
        let vectors = try Self.vectors(60, dimension, metric)
        let queries = try Self.vectors(2, dimension, metric, seed: 2)
        for store in try CodeStore.variants(dimension: dimension, metric: metric, capacity: 60) {
            let query = CodeQuery(for: store)
            let store = try Self.filled(store, vectors, query)
            // Four bits a component leave a tenth of it as error; the errors of n components add up
            // to a tenth of 1/√n of the whole, a row's own error to as much again.
            let weight = metric == .euclid ? 2.0 : 1.0
            for (vector, isRow) in queries.map({ ($0, false) }) + [(vectors[7], true)] {
                if isRow {
                    store.prepare(row: 7, in: query)
                } else {
                    store.prepare(vector, in: query)
                }
                let tolerance =
                    weight * 1.0 * Self.scale(vectors, vector) / Double(dimension).squareRoot()
                let found = Self.distances(store, query, count: 60)
                for (row, distance) in found.enumerated() {
                    let expected = Self.distance(metric, vector, vectors[row])
                    #expect(abs(Double(distance) - expected) <= tolerance)
                }
            }
        }
    }

    @Test(arguments: metrics, dimensions)
    func `are the same in every variant`(metric: Metric, dimension: Int) throws {
        let vectors = try Self.vectors(40, dimension, metric)
        let vector = try Self.vectors(1, dimension, metric, seed: 2)[0]
        let stores = try CodeStore.variants(dimension: dimension, metric: metric, capacity: 40)
        let found = try stores.map { store in
            let query = CodeQuery(for: store)
            let store = try Self.filled(store, vectors, query)
            store.prepare(vector, in: query)
            let all = Self.distances(store, query, count: 40)
            let limit = all.sorted()[10]
            return [all, Self.distances(store, query, count: 40, below: limit)]
        }
        // Sums of whole numbers, and the same few operations on floats.
        for other in found.dropFirst() { #expect(other == found[0]) }
    }

    @Test(arguments: metrics, dimensions)
    func `leave out rows that are too far, and few others`(
        metric: Metric, dimension: Int
    ) throws {
        let vectors = try Self.vectors(250, dimension, metric)
        let store = try CodeStore(dimension: dimension, metric: metric, capacity: 250)
        let query = CodeQuery(for: store)
        _ = try Self.filled(store, vectors, query)
        var (wrongCount, leftOutCount, nearCount) = (0, 0, 0)
        for vector in try Self.vectors(8, dimension, metric, seed: 3) {
            store.prepare(vector, in: query)
            let all = Self.distances(store, query, count: 250)
            let limit = all.sorted()[25]
            let found = Self.distances(store, query, count: 250, below: limit)
            for (before, after) in zip(all, found) {
                if after == .infinity {
                    leftOutCount += 1
                    if before < limit { wrongCount += 1 }
                } else {
                    #expect(after == before)
                }
                if before < limit { nearCount += 1 }
            }
        }
        #expect(leftOutCount > 400)
        #expect(wrongCount * 4 < nearCount)
    }

    @Test func `of a row at the centre are those of the centre`() throws {
        let vectors = [[Float]](repeating: (0..<96).map { Float($0) }, count: 3)
        let store = try CodeStore(dimension: 96, metric: .euclid, capacity: 3)
        let query = CodeQuery(for: store)
        _ = try Self.filled(store, vectors, query)
        store.prepare(vectors[0], in: query)
        #expect(Self.distances(store, query, count: 3) == [0, 0, 0])
    }

    @Test(arguments: [1, 63, 64, 65, 384, 4_096, 65_536])
    func `come from a rotation that keeps lengths`(dimension: Int) {
        let rotation = Rotation(dimension: dimension, seed: 7)
        #expect(rotation.length >= dimension)
        #expect(rotation.length % 64 == 0)
        var vector = [Float](repeating: 0, count: rotation.length)
        var spare = vector
        vector[0] = 3
        vector[dimension - 1] += 4
        let squaredLength = vector.reduce(0) { $0 + Double($1) * Double($1) }
        rotation.apply(to: &vector, spare: &spare)
        let rotated = vector.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(rotated - squaredLength) < squaredLength * 1e-5)
        // One direction has become all: no component is much longer than the others.
        let largest = vector.reduce(0) { max($0, Double(abs($1))) }
        #expect(largest < 8 * (squaredLength / Double(rotation.length)).squareRoot())
    }
}
