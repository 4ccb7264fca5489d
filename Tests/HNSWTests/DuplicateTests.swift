import HNSW
import Primitives
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

@Suite struct `A thousand rows with one vector` {
    private let copy: [Float] = [9, 9, 9, 9, 9, 9, 9, 9]

    private func index() throws -> (HNSWIndex, [Row]) {
        let data = try ClusteredVectors(count: 300, dimension: 8, metric: .euclid)
        let index = try data.index()
        return (index, try (0..<1000).map { _ in try index.insert(copy) })
    }

    private func expect(
        _ rows: [Row], in index: HNSWIndex, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try index.checkInvariants()
        let found = index.graphSearch(copy, limit: 1000, efSearch: 1000)
            .filter { $0.distance == 0 }.map(\.row)
        #expect(found == rows.sorted(), sourceLocation: sourceLocation)
    }

    @Test func `loses its heads one after the other, and no other row`() throws {
        var (index, rows) = try index()
        try expect(rows, in: index)
        for turn in 0..<10 {
            #expect(index.remove(rows.removeFirst()))
            try expect(rows, in: index)
            if turn % 2 == 0 { index.consolidate() }
            try expect(rows, in: index)
        }
    }

    @Test func `loses rows from its middle and its end`() throws {
        var (index, rows) = try index()
        for position in [999, 500, 998, 1, 997, 3, 250] where position < rows.count {
            #expect(index.remove(rows.remove(at: position)))
            try index.checkInvariants()
        }
        try expect(rows, in: index)
        for row in rows where row % 3 == 0 { index.remove(row) }
        rows.removeAll { $0 % 3 == 0 }
        index.consolidate()
        try expect(rows, in: index)
    }

    @Test func `takes rows again in any order`() throws {
        var (index, rows) = try index()
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<5 {
            rows.shuffle(using: &generator)
            for row in rows.suffix(400) { index.remove(row) }
            rows.removeLast(400)
            for _ in 0..<400 { rows.append(try index.insert(copy)) }
            try expect(rows, in: index)
        }
        #expect(index.rowCount <= 1302)
    }

    @Test func `may vanish and come back`() throws {
        let (index, rows) = try index()
        for row in rows { index.remove(row) }
        try expect([], in: index)
        try expect([try index.insert(copy)], in: index)
    }
}
