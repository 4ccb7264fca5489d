import HNSW
import Testing
import Vectors

@Suite struct `A split` {
    @Test(arguments: Metric.allCases)
    func `finds in both parts what fresh indexes find`(metric: Metric) throws {
        let data = try ClusteredVectors(
            count: 3000, queryCount: 40, dimension: 12, clusterCount: 30, metric: metric)
        let index = try data.index()
        for row in stride(from: 0, to: Row(3000), by: 11) { index.remove(row) }
        let (first, second) = try index.split { $0 * 7 % 10 < 5 }
        #expect(first.index.liveCount + second.index.liveCount == index.liveCount)
        #expect((first.rows + second.rows).sorted() == (0..<3000).filter { index.isLive($0) })
        for part in [first, second] {
            try part.index.checkInvariants()
            let fresh = try HNSWIndex(dimension: 12, metric: metric, parameters: .small)
            for (row, old) in part.rows.enumerated() {
                #expect(part.index.vector(at: Row(row)) == index.vector(at: old))
                try fresh.insert(index.vector(at: old))
            }
            // Under `dot` a few long vectors are the neighbours of all, and who loses them loses much.
            let margin = metric == .dot ? 0.04 : 0.02
            for ef in [10, 20, 40] {
                let split = recall(of: part.index, data.queries, limit: 10, efSearch: ef)
                let built = recall(of: fresh, data.queries, limit: 10, efSearch: ef)
                #expect(split >= built - margin, "ef \(ef)")
            }
        }
    }

    @Test func `shares out equal vectors`() throws {
        let data = try ClusteredVectors(count: 300, dimension: 6, metric: .euclid)
        let index = try data.index()
        let copies = try (0..<20).map { _ in try index.insert(data.vectors[8]) }
        index.remove(8)
        let (first, second) = try index.split { $0 % 2 == 0 }
        for part in [first, second] {
            try part.index.checkInvariants()
            let found = part.index.graphSearch(data.vectors[8], limit: 10, efSearch: 50)
            #expect(
                found.map { part.rows[Int($0.row)] } == copies.filter { part.rows.contains($0) })
        }
    }

    @Test func `of a sweep under way, and into nothing, is right`() throws {
        let data = try ClusteredVectors(count: 500, dimension: 6, metric: .cosine)
        let index = try data.index()
        for row in 0..<Row(90) { index.remove(row) }
        while index.consolidate(nodeBudget: 25) {
            let (all, none) = try index.split { _ in true }
            try all.index.checkInvariants()
            try none.index.checkInvariants()
            #expect(all.rows == Array(90..<500))
            #expect(none.rows.isEmpty)
            #expect(recall(of: all.index, data.queries, limit: 10, efSearch: 64) >= 0.95)
        }
    }
}

@Suite struct `A merge` {
    @Test func `puts the rows of the smaller index into the larger`() throws {
        let data = try ClusteredVectors(count: 1500, queryCount: 40, dimension: 8, metric: .euclid)
        let (larger, smaller) = (
            try HNSWIndex(dimension: 8, metric: .euclid, parameters: .small),
            try HNSWIndex(dimension: 8, metric: .euclid, parameters: .small)
        )
        for (number, vector) in data.vectors.enumerated() {
            try (number % 3 == 0 ? smaller : larger).insert(vector)
        }
        for row in 0..<Row(50) { smaller.remove(row * 3) }
        let merged = try HNSWIndex.merge(smaller, larger)
        #expect(merged.index === larger)
        #expect(merged.rows.map(\.old) == (0..<500).filter { smaller.isLive($0) })
        #expect(merged.rows.allSatisfy { larger.vector(at: $0.new) == smaller.vector(at: $0.old) })
        #expect(larger.liveCount == 1450)
        try larger.checkInvariants()
        let built = recall(of: try data.index(), data.queries, limit: 10, efSearch: 20)
        #expect(recall(of: larger, data.queries, limit: 10, efSearch: 20) >= built - 0.01)
    }

    @Test func `that does not fit changes no row`() throws {
        let data = try ClusteredVectors(count: 100, dimension: 4, metric: .euclid)
        let full = try HNSWIndex(dimension: 4, metric: .euclid, parameters: .small, capacity: 70)
        let other = try HNSWIndex(dimension: 4, metric: .euclid, parameters: .small)
        for vector in data.vectors[..<60] { try full.insert(vector) }
        for vector in data.vectors[60...] { try other.insert(vector) }
        #expect(throws: HNSWError.capacityExhausted(capacity: 70)) {
            _ = try HNSWIndex.merge(full, other)
        }
        #expect((0..<Row(70)).filter { full.isLive($0) } == Array(0..<60))
        try full.checkInvariants()
    }
}
