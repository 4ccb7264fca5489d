import HNSW
import Testing
import Vectors

@Suite struct `A removed row` {
    @Test func `is never returned, and the others still are`() throws {
        let data = try ClusteredVectors(count: 1500, dimension: 12, metric: .cosine)
        let index = try data.index()
        for row in stride(from: 0, to: Row(1500), by: 3) { #expect(index.remove(row)) }
        try index.checkInvariants()
        #expect(index.liveCount == 1000)
        #expect(index.rowCount == 1500)
        for query in data.queries {
            let found = index.graphSearch(query, limit: 50, efSearch: 100)
            #expect(found.count == 50)
            #expect(found.allSatisfy { $0.row % 3 != 0 && index.isLive($0.row) })
        }
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.95)
    }

    @Test func `counts once`() throws {
        let index = try HNSWIndex(dimension: 1, metric: .dot)
        try index.insert([1])
        #expect(index.remove(0))
        #expect(!index.remove(0))
        #expect(index.liveCount == 0)
        #expect(!index.isLive(0))
        #expect(!index.isLive(1))
    }

    @Test func `may be the entry point, again and again`() throws {
        let data = try ClusteredVectors(count: 400, dimension: 8, metric: .euclid)
        let index = try data.index()
        for _ in 0..<20 {
            guard let entry = index.entryRow else { return }
            let vector = index.vector(at: entry)
            index.remove(entry)
            let found = index.graphSearch(vector, limit: 10, efSearch: 40)
            #expect(found.count == 10)
            #expect(!found.contains { $0.row == entry })
            try index.insert(data.queries[Int(entry) % 20].map { $0 + Float(entry) })
        }
    }

    @Test(arguments: [40, 600])
    func `may be every row`(efSearch: Int) throws {
        let data = try ClusteredVectors(count: 1200, dimension: 4, metric: .euclid)
        let index = try data.index()
        for row in 0..<Row(1200) { index.remove(row) }
        #expect(index.liveCount == 0)
        #expect(index.graphSearch(data.queries[0], limit: 10, efSearch: efSearch).isEmpty)
        #expect(index.exactSearch(data.queries[0], limit: 10).isEmpty)
        let row = try index.insert(data.queries[1])
        let found = index.graphSearch(data.queries[0], limit: 10, efSearch: efSearch)
        #expect(found.map(\.row) == [row])
    }

    @Test func `hides nothing when it has hundreds of removed neighbours`() throws {
        // More tombstones around the query than the pool has room for.
        let index = try HNSWIndex(
            dimension: 2, metric: .euclid,
            parameters: HNSWParameters(maxLinks: 4, efConstruction: 32))
        for x in 0..<40 { for y in 0..<40 { try index.insert([Float(x), Float(y)]) } }
        for row in 0..<Row(1590) { index.remove(row) }
        let found = index.graphSearch([0, 0], limit: 10, efSearch: 10)
        #expect(found.map(\.row) == Array(1590..<1600))
    }
}
