import HNSW
import Testing
import Vectors

@Suite struct `An insert` {
    @Test(arguments: Metric.allCases)
    func `keeps every invariant of the graph`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 300, dimension: 5, metric: metric)
        for parameters in [
            HNSWParameters(maxLinks: 2, efConstruction: 1),
            HNSWParameters(maxLinks: 3, efConstruction: 40, prunedCandidates: .kept),
            HNSWParameters(maxLinks: 8, efConstruction: 600),
        ] {
            let index = try HNSWIndex(dimension: 5, metric: metric, parameters: parameters)
            for (number, vector) in data.vectors.enumerated() {
                #expect(try index.insert(vector) == Row(number))
                if number % 50 == 49 { try index.checkInvariants() }
            }
        }
    }

    @Test func `of the same vectors in the same order gives the same bytes`() throws {
        let data = try ClusteredVectors(count: 800, dimension: 12, metric: .cosine)
        let first = StoredGraph(of: try data.index())
        let second = StoredGraph(of: try data.index())
        #expect(first.header == second.header)
        #expect(first.chunks == second.chunks)
        let reseeded = StoredGraph(
            of: try data.index(HNSWParameters(maxLinks: 8, efConstruction: 64, seed: 2)))
        #expect(reseeded.chunks != first.chunks)
    }

    @Test func `keeps the vector as it is`() throws {
        let index = try HNSWIndex(dimension: 3, metric: .dot)
        let row = try index.insert([1, -2, 3.5])
        #expect(index.vector(at: row) == [1, -2, 3.5])
    }

    @Test func `refuses a vector of another dimension`() throws {
        let index = try HNSWIndex(dimension: 3, metric: .dot)
        #expect(throws: HNSWError.dimensionMismatch(expected: 3, found: 2)) {
            try index.insert([1, 2])
        }
        #expect(index.rowCount == 0)
    }

    @Test func `into a full index is refused and changes nothing`() throws {
        let data = try ClusteredVectors(count: 100, dimension: 4, metric: .euclid)
        let index = try HNSWIndex(dimension: 4, metric: .euclid, capacity: 100)
        for vector in data.vectors { try index.insert(vector) }
        let before = StoredGraph(of: index)
        for vector in [data.queries[0], data.vectors[0]] {
            #expect(throws: HNSWError.capacityExhausted(capacity: 100)) {
                try index.insert(vector)
            }
        }
        #expect(index.rowCount == 100)
        #expect(StoredGraph(of: index).chunks == before.chunks)
    }

    @Test func `needs parameters within their bounds`() {
        let bad = [
            HNSWParameters(maxLinks: 1), HNSWParameters(maxLinks: 129),
            HNSWParameters(efConstruction: 0), HNSWParameters(efConstruction: 4097),
        ]
        for parameters in bad {
            #expect(throws: HNSWError.self) {
                _ = try HNSWIndex(dimension: 3, metric: .dot, parameters: parameters)
            }
        }
        for dimension in [0, -1, 65_537, Int.max] {
            #expect(throws: HNSWError.self) {
                _ = try HNSWIndex(dimension: dimension, metric: .dot)
            }
        }
        for capacity in [0, -1, HNSWIndex.maximumCapacity + 1] {
            #expect(throws: HNSWError.self) {
                _ = try HNSWIndex(dimension: 3, metric: .dot, capacity: capacity)
            }
        }
    }
}

@Suite struct `Each of thousands of rows` {
    @Test(arguments: [Metric.cosine, .euclid], [HNSWParameters.Traversal.vectors, .codes])
    func `is found by its own vector`(
        metric: Metric, traversal: HNSWParameters.Traversal
    ) throws {
        let data = try ClusteredVectors(count: 4_000, dimension: 64, metric: metric)
        let index = try HNSWIndex(
            dimension: 64, metric: metric,
            parameters: HNSWParameters(maxLinks: 8, efConstruction: 48, traversal: traversal))
        for vector in data.vectors { try index.insert(vector) }
        try index.checkInvariants()
        let lostCount = data.vectors.count { vector in
            let found = index.graphSearch(vector, limit: 1, efSearch: 400).first?.row
            return found.map { index.vector(at: $0) != vector } ?? true
        }
        #expect(lostCount == 0)
    }
}
