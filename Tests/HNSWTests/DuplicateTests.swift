import HNSW
import Testing
import Vectors

@Suite struct `Rows with equal vectors` {
    @Test(arguments: Metric.allCases)
    func `are all found, by the thousand`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 300, dimension: 8, metric: metric)
        let index = try data.index()
        let copy = try metric.prepared(
            [9, 9, 9, 9, 9, 9, 9, 9], dimension: 8)
        var copies: [Row] = []
        for number in 0..<3000 {
            copies.append(try index.insert(copy))
            if number % 100 == 0 { try index.insert(data.queries[number / 100 % 20]) }
        }
        let found = index.graphSearch(copy, limit: 3000, efSearch: 3000)
        #expect(found.map(\.row) == copies)
        let few = index.graphSearch(copy, limit: 7, efSearch: 20)
        #expect(few.map(\.row) == Array(copies.prefix(7)))
    }

    @Test func `outlive the one that stands in the graph`() throws {
        let data = try ClusteredVectors(count: 300, dimension: 8, metric: .euclid)
        let index = try data.index()
        let copies = try (0..<5).map { _ in try index.insert(data.vectors[17]) }
        index.remove(17)
        index.remove(copies[2])
        let found = index.graphSearch(data.vectors[17], limit: 4, efSearch: 30)
        #expect(found.map(\.row) == [copies[0], copies[1], copies[3], copies[4]])
    }
}
