import HNSW
import Testing
import Vectors

@Suite struct `A range search` {
    // Under `dot` links do not surround a radius: a walk found half of these rows.
    @Test(arguments: [Metric.cosine, .euclid])
    func `finds what lies within the radius`(metric: Metric) throws {
        let data = try ClusteredVectors(count: 5000, dimension: 12, metric: metric)
        let index = try data.index()
        var (hits, wanted) = (0, 0)
        for query in data.queries {
            let exact = index.exactSearch(query, limit: 5000)
            let radius = exact[100].distance
            let truth = exact.prefix { $0.distance <= radius }
            let found = index.rangeSearch(query, radius: radius, limit: 5000, effort: .ef(20))
            #expect(!found.isTruncated)
            #expect(found.neighbors.allSatisfy { $0.distance <= radius })
            #expect(Set(found.neighbors).count == found.neighbors.count)
            hits += found.neighbors.count
            wanted += truth.count
        }
        #expect(Double(hits) >= 0.95 * Double(wanted))
    }

    @Test func `keeps the nearest and says so when there are more than the limit`() throws {
        let data = try ClusteredVectors(count: 500, dimension: 8, metric: .euclid)
        let index = try data.index()
        let exact = index.exactSearch(data.queries[0], limit: 50)
        let found = index.rangeSearch(
            data.queries[0], radius: exact[49].distance, limit: 10, where: .every)
        #expect(found == RangeResult(neighbors: Array(exact.prefix(10)), isTruncated: true))
        let all = index.rangeSearch(data.queries[0], radius: exact[49].distance, limit: 50)
        #expect(all == RangeResult(neighbors: exact, isTruncated: false))
        let none = RangeResult(neighbors: [], isTruncated: false)
        #expect(index.rangeSearch(data.queries[0], radius: -1, limit: 50) == none)
        #expect(index.rangeSearch(data.queries[0], radius: 1, limit: 0) == none)
    }
}

@Suite struct `A batch` {
    @Test func `gives what searches one by one give`() throws {
        let data = try ClusteredVectors(count: 2000, dimension: 8, metric: .cosine)
        let index = try data.index()
        for filter in [RowFilter.every, .rows(RowBitmap(500..<1900)), .passing { $0 % 2 == 0 }] {
            let single = data.queries.map {
                index.search($0, limit: 5, effort: .ef(15), where: filter)
            }
            #expect(index.search(data.queries, limit: 5, effort: .ef(15), where: filter) == single)
        }
    }
}

@Suite struct `A cursor` {
    @Test(arguments: [1, 7, 100, 5000])
    func `gives every live row that passes once, and then ends`(page: Int) throws {
        let data = try ClusteredVectors(count: 3000, dimension: 8, metric: .euclid)
        let index = try data.index()
        for row in 100..<Row(200) { index.remove(row) }
        for filter in [RowFilter.every, .rows(RowBitmap(0..<2500)), .passing { $0 < 2500 }] {
            let cursor = index.cursor(data.queries[0], effort: .ef(10), where: filter)
            var rows: [Row] = []
            while true {
                let found = cursor.next(page)
                if found.isEmpty { break }
                #expect(
                    zip(found, found.dropFirst())
                        .allSatisfy { ($0.distance, $0.row) < ($1.distance, $1.row) })
                rows += found.map(\.row)
            }
            let truth = index.exactSearch(data.queries[0], limit: 3000, where: filter)
            #expect(rows.count == truth.count)
            #expect(Set(rows) == Set(truth.map(\.row)))
            #expect(cursor.next(page).isEmpty)
        }
    }

    @Test func `does not see rows that come later, nor those removed meanwhile`() throws {
        let data = try ClusteredVectors(count: 600, dimension: 8, metric: .euclid)
        let index = try data.index()
        let cursor = index.cursor(data.queries[0], effort: .ef(10))
        #expect(cursor.next(0).isEmpty)
        let first = cursor.next(10)
        try index.insert(data.queries[0])
        let exact = index.exactSearch(data.queries[0], limit: 30).map(\.row)
        for row in exact where row != 600 { index.remove(row) }
        let rest = cursor.next(1000).map(\.row)
        #expect(first.count == 10)
        #expect(rest.count == 600 - Set(exact + first.map(\.row)).subtracting([600]).count)
        #expect(!rest.contains(600))
    }
}

@Suite struct `A calibration` {
    @Test func `is a function of index and seed, and keeps its promise`() throws {
        let data = try ClusteredVectors(count: 3000, queryCount: 40, dimension: 24, metric: .cosine)
        let index = try data.index()
        let calibration = index.calibrate(limit: 10, sampleCount: 30, seed: 5)
        #expect(calibration == index.calibrate(limit: 10, sampleCount: 30, seed: 5))
        #expect(index.calibration == calibration)
        let found = index.measureRecall(data.queries, limit: 10, effort: .recall(0.95))
        #expect(found.recall >= 0.93)
        #expect(found.queryCount == 40)
        let widths = [0.5, 0.9, 0.95, 0.99, 1].map {
            calibration.efSearch(forRecall: $0, limit: 10)
        }
        #expect(widths == widths.sorted())
    }

    @Test func `lies between the measured widths`() {
        let table = RecallCalibration(
            limit: 10,
            points: [.init(efSearch: 10, recall: 0.9), .init(efSearch: 40, recall: 0.99)],
            sampleCount: 1, seed: 0, rowCount: 1)
        #expect(table.efSearch(forRecall: 0.5, limit: 10) == 10)
        #expect((20...21).contains(table.efSearch(forRecall: 1 - 0.0316228, limit: 10)))
        #expect(table.efSearch(forRecall: 1, limit: 10) == 40)
        #expect(table.efSearch(forRecall: 1, limit: 100) == 130)
    }

    @Test func `of an index without live rows is possible`() throws {
        let index = try HNSWIndex(dimension: 2, metric: .dot)
        #expect(index.calibrate().sampleCount == 0)
        try index.insert([1, 2])
        index.remove(0)
        #expect(index.calibrate().sampleCount == 0)
        #expect(index.search([1, 2], limit: 1, effort: .recall(0.9)).isEmpty)
    }
}

@Suite struct `A bitmap of rows` {
    @Test func `is a set`() {
        var bitmap: RowBitmap = [3, 64, 1000]
        #expect(bitmap.count == 3 && Array(bitmap) == [3, 64, 1000])
        #expect(!bitmap.insert(64) && bitmap.insert(5))
        #expect(bitmap.remove(1000) && !bitmap.remove(1000) && !bitmap.remove(9999))
        #expect(bitmap == [64, 5, 3])
        #expect(bitmap.union(RowBitmap(60..<130)).count == 72)
        #expect(Array(bitmap.intersection(RowBitmap(5..<64))) == [5])
        #expect(Array(bitmap.subtracting([3, 700])) == [5, 64])
        for range in [Row(0)..<0, 0..<64, 63..<65, 64..<128, 5..<6, 0..<1000] {
            #expect(Array(RowBitmap(range)) == Array(range))
            #expect(RowBitmap(range) == RowBitmap(Array(range)))
        }
    }
}
