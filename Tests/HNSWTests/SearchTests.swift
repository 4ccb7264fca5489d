import HNSW
import Testing
import Vectors

@Suite struct `A search` {
    @Test(arguments: Metric.allCases)
    func `finds nineteen of twenty true neighbours`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 2000, dimension: 24, metric: metric)
        let index = try data.index()
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.95)
    }

    @Test(arguments: [Metric.cosine, .euclid])
    func `for a stored vector finds it`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 1500, dimension: 16, metric: metric)
        let index = try data.index()
        let foundCount = data.vectors.indices.count {
            index.graphSearch(data.vectors[$0], limit: 1, efSearch: 64).first?.row == Row($0)
        }
        #expect(foundCount >= 1498)
    }

    @Test(arguments: Metric.allCases)
    func `returns the nearest first, with the distances of the exact scan`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 600, dimension: 17, metric: metric)
        let index = try data.index()
        for query in data.queries {
            let found = index.graphSearch(query, limit: 20, efSearch: 50)
            let exact = index.exactSearch(query, limit: 600)
            let distances = Dictionary(uniqueKeysWithValues: exact.map { ($0.row, $0.distance) })
            #expect(found.count == 20)
            #expect(found.allSatisfy { distances[$0.row] == $0.distance })
            #expect(zip(found, found.dropFirst()).allSatisfy { isOrdered($0, $1) })
        }
    }

    @Test(arguments: Metric.allCases)
    func `wider than the pool gives what the pool gives`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 1500, dimension: 8, metric: metric)
        let index = try data.index()
        for query in data.queries {
            let pool = index.graphSearch(query, limit: 10, efSearch: 500)
            let heaps = index.graphSearch(query, limit: 10, efSearch: 501)
            #expect(pool == heaps)
        }
    }

    @Test func `of an empty index finds nothing`() throws {
        let index = try HNSWIndex(dimension: 3, metric: .euclid)
        #expect(index.search([1, 2, 3], limit: 5, efSearch: 10).isEmpty)
        #expect(index.exactSearch([1, 2, 3], limit: 5).isEmpty)
    }

    @Test func `of one point finds it`() throws {
        let index = try HNSWIndex(dimension: 3, metric: .euclid)
        try index.insert([1, 2, 3])
        let expected = [Neighbor(row: 0, distance: 4)]
        #expect(index.search([1, 2, 5], limit: 5, efSearch: 10) == expected)
        #expect(index.graphSearch([1, 2, 5], limit: 5, efSearch: 10) == expected)
    }

    @Test func `with a limit of zero or less finds nothing`() throws {
        let index = try HNSWIndex(dimension: 1, metric: .dot)
        try index.insert([1])
        for limit in [0, -1, .min] {
            #expect(index.search([1], limit: limit, efSearch: 10).isEmpty)
            #expect(index.graphSearch([1], limit: limit, efSearch: -1).isEmpty)
        }
    }

    @Test func `with a limit above the count finds every row`() throws {
        let data = try ClusteredVectors(count: 50, dimension: 4, metric: .cosine)
        let index = try data.index()
        for limit in [50, 51, Int.max] {
            #expect(index.search(data.queries[0], limit: limit, efSearch: 0).count == 50)
            #expect(index.graphSearch(data.queries[0], limit: limit, efSearch: 0).count == 50)
        }
    }

    @Test func `with efSearch below the limit still returns the limit`() throws {
        let data = try ClusteredVectors(count: 500, dimension: 4, metric: .euclid)
        let index = try data.index()
        #expect(index.graphSearch(data.queries[0], limit: 30, efSearch: 1).count == 30)
    }

    @Test(arguments: Metric.allCases)
    func `works in one dimension`(metric: Metric) throws {
        let index = try HNSWIndex(dimension: 1, metric: metric)
        for value in 1...200 { try index.insert(metric.prepared([Float(value)], dimension: 1)) }
        let found = index.graphSearch(
            try metric.prepared([200], dimension: 1), limit: 1, efSearch: 20)
        // Under cosine all positive numbers are one direction, and the first row wins the tie.
        #expect(found.map(\.row) == [metric == .cosine ? 0 : 199])
    }

    @Test(arguments: Metric.allCases)
    func `works in the largest dimension`(metric: Metric) throws {
        let data = try ClusteredVectors(
            count: 12, queryCount: 1, dimension: Metric.maximumDimension, metric: metric)
        let index = try data.index(HNSWParameters(maxLinks: 4, efConstruction: 8))
        let found = index.graphSearch(data.vectors[7], limit: 12, efSearch: 12)
        #expect(found == index.exactSearch(data.vectors[7], limit: 12))
    }

    @Test func `never lets a distance that is no number come first`() throws {
        // Such a vector never passes the border; an engine that meets one must not break.
        let index = try HNSWIndex(dimension: 2, metric: .euclid)
        try index.insert([.nan, 0])
        try index.insert([1, 1])
        try index.insert([2, 2])
        #expect(index.graphSearch([0, 0], limit: 3, efSearch: 3).map(\.row) == [1, 2, 0])
    }

    private func isOrdered(_ first: Neighbor, _ second: Neighbor) -> Bool {
        (first.distance, first.row) < (second.distance, second.row)
    }
}
