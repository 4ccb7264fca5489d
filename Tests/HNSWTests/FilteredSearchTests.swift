import HNSW
import Synchronization
import Testing
import Vectors

@Suite struct `A filtered search` {
    @Test(arguments: [1, 2, 10, 50, 99])
    func `finds nineteen of twenty neighbours at any share of rows`(percent: Int) throws {
        let data = try ClusteredVectors(count: 3000, dimension: 16, metric: .cosine)
        let index = try data.index()
        let bitmap = RowBitmap((0..<Row(3000)).filter { Int($0 &* 7919 % 100) < percent })
        if percent >= 10 {
            #expect(walkRecall(index, data.queries, .rows(bitmap)) >= 0.95)
            #expect(walkRecall(index, data.queries, .passing { bitmap.contains($0) }) >= 0.95)
        }
        let searched = index.measureRecall(
            data.queries, limit: 10, effort: .ef(64), where: .rows(bitmap))
        #expect(searched.recall >= 0.95)
    }

    @Test func `finds neighbours where all rows near the query fail`() throws {
        let data = try ClusteredVectors(count: 2000, dimension: 16, metric: .euclid)
        let index = try data.index()
        for query in data.queries {
            let near = RowBitmap(index.exactSearch(query, limit: 1500).map(\.row))
            let far = RowBitmap(0..<2000).subtracting(near)
            for filter in [RowFilter.rows(far), .rows(near)] {
                let found = index.measureRecall(
                    [query], limit: 10, effort: .ef(64), where: filter)
                #expect(found.recall >= 0.9)
            }
        }
    }

    @Test func `asks a function at most once for a row`() throws {
        let data = try ClusteredVectors(count: 2000, dimension: 8, metric: .euclid)
        let index = try data.index()
        let asked = Mutex([Int](repeating: 0, count: 2000))
        let filter = RowFilter.passing { row in
            asked.withLock { $0[Int(row)] += 1 }
            return row % 3 == 0
        }
        _ = graphSearch(index, data.queries[0], limit: 10, ef: 600, filter)
        #expect(asked.withLock { $0.max() } == 1)
        asked.withLock { $0 = [Int](repeating: 0, count: 2000) }
        _ = index.search(data.queries, limit: 10, effort: .ef(20), where: filter)
        #expect(asked.withLock { $0.max() } == 1)
    }

    @Test func `returns only live rows that pass`() throws {
        let data = try ClusteredVectors(count: 1500, dimension: 8, metric: .euclid)
        let index = try data.index()
        for row in stride(from: Row(0), to: 1500, by: 4) { index.remove(row) }
        let evens = RowBitmap((0..<Row(1500)).filter { $0 % 2 == 0 })
        for query in data.queries {
            let found = graphSearch(index, query, limit: 10, ef: 64, .rows(evens))
            #expect(found.count == 10)
            #expect(found.allSatisfy { $0.row % 4 == 2 })
        }
        #expect(walkRecall(index, data.queries, .rows(evens)) >= 0.95)
    }

    @Test func `works when nothing, one row or all but one pass`() throws {
        let data = try ClusteredVectors(count: 400, dimension: 8, metric: .cosine)
        let index = try data.index()
        let query = data.queries[0]
        let nearest = index.exactSearch(query, limit: 1)[0].row
        for ef in [1, 10, 1000] {
            func rows(_ filter: RowFilter) -> [Row] {
                index.search(query, limit: 3, effort: .ef(ef), where: filter).map(\.row)
            }
            #expect(rows(.rows([])).isEmpty)
            #expect(rows(.passing { _ in false }).isEmpty)
            #expect(rows(.rows([7])) == [7])
            #expect(rows(.rows([399, 400, 70_000])) == [399])
            #expect(rows(.passing { $0 == 7 }) == [7])
            let others = RowBitmap(0..<400).subtracting([nearest])
            #expect(rows(.rows(others)).count == 3)
            #expect(!rows(.rows(others)).contains(nearest))
        }
    }

    @Test func `of an empty index, of one row and for no rows is no special case`() throws {
        let index = try HNSWIndex(dimension: 2, metric: .euclid)
        #expect(index.search([0, 0], limit: 3, effort: .ef(9), where: .rows([0])).isEmpty)
        #expect(index.search([[0, 0]], limit: 3, effort: .recall(0.9)) == [[]])
        try index.insert([3, 4])
        let found = index.search([0, 0], limit: 3, effort: .ef(9), where: .rows([0]))
        #expect(found == [Neighbor(row: 0, distance: 25)])
        #expect(index.search([0, 0], limit: 0, effort: .ef(9), where: .rows([0])).isEmpty)
        #expect(index.search([0, 0], limit: -1, effort: .ef(-9)).isEmpty)
    }

    @Test func `finds equal vectors whose first row fails`() throws {
        let index = try HNSWIndex(dimension: 2, metric: .euclid, parameters: .small)
        for row in 0..<3000 { try index.insert(row % 2 == 0 ? [1, 1] : [Float(row), 5]) }
        let filter = RowBitmap((0..<Row(3000)).filter { $0 > 1000 })
        let found = graphSearch(index, [1, 1], limit: 20, ef: 30, .rows(filter))
        #expect(found.map(\.row) == [Row](stride(from: Row(1002), to: 1042, by: 2)))
        #expect(index.search([1, 1], limit: 20, effort: .ef(20), where: .rows(filter)) == found)
    }

    @Test func `works in the largest dimension and with the smallest numbers`() throws {
        let data = try ClusteredVectors(
            count: 6, queryCount: 1, dimension: Metric.maximumDimension, metric: .dot)
        let wide = try data.index(HNSWParameters(maxLinks: 4, efConstruction: 8))
        let filter = RowFilter.rows([1, 3, 5])
        #expect(
            graphSearch(wide, data.queries[0], limit: 3, ef: 6, filter)
                == wide.exactSearch(data.queries[0], limit: 3, where: filter))
        let tiny = try HNSWIndex(dimension: 1, metric: .euclid)
        for step in 0..<40 { try tiny.insert([Float.leastNonzeroMagnitude * Float(step)]) }
        let found = tiny.search([0], limit: 40, effort: .ef(40), where: .rows(RowBitmap(10..<20)))
        #expect(Set(found.map(\.row)) == Set(10..<20))
    }
}

/// A walk that cannot fall back to the scan.
private func graphSearch(
    _ index: HNSWIndex, _ query: [Float], limit: Int, ef: Int, _ filter: RowFilter
) -> [Neighbor] {
    query.withUnsafeBufferPointer {
        index.graphSearch($0, limit: limit, efSearch: ef, where: filter)
    }
}

private func walkRecall(
    _ index: HNSWIndex, _ queries: [[Float]], _ filter: RowFilter
) -> Double {
    var (hits, wanted) = (0, 0)
    for query in queries {
        let truth = index.exactSearch(query, limit: 10, where: filter)
        guard let last = truth.last else { continue }
        wanted += truth.count
        hits += graphSearch(index, query, limit: 10, ef: 64, filter)
            .count { $0.distance <= last.distance + abs(last.distance) * 1e-5 }
    }
    return Double(hits) / Double(wanted)
}
