import Glibc
import HNSW
import Primitives
import Testing
import Vectors

@Suite struct `An index whose points change` {
    @Test(arguments: [Metric.cosine, .euclid])
    func `finds as much as a fresh one, and does not grow`(metric: Metric) throws {
        let data = try ClusteredVectors(
            count: 6000, queryCount: 50, dimension: 16, clusterCount: 40, metric: metric)
        var generator = SeededGenerator(seed: 7)
        let index = try HNSWIndex(
            dimension: 16, metric: metric, element: .float32, parameters: .small)
        var live = try data.vectors.prefix(1500).map { (row: try index.insert($0), vector: $0) }
        var next = 1500
        for _ in 0..<10 {
            live.shuffle(using: &generator)
            for (row, _) in live.suffix(450) { index.remove(row) }
            live.removeLast(450)
            for _ in 0..<450 {
                live.append((try index.insert(data.vectors[next]), data.vectors[next]))
                next += 1
            }
        }
        try index.checkInvariants()
        #expect(index.liveCount == 1500)
        #expect(index.rowCount <= 1950)
        for (row, vector) in live { #expect(index.vector(at: row) == vector) }
        let fresh = try HNSWIndex(dimension: 16, metric: metric, parameters: .small)
        for (_, vector) in live { try fresh.insert(vector) }
        for ef in [10, 20, 40] {
            let churned = recall(of: index, data.queries, limit: 10, efSearch: ef)
            let built = recall(of: fresh, data.queries, limit: 10, efSearch: ef)
            #expect(churned >= built - 0.01, "ef \(ef)")
        }
    }

    @Test func `finds every row by its own vector, one at the rim of the data as well`() throws {
        // A node at the rim of this history had one link, to a node that was replaced.
        var generator = SplitMix64(seed: 3)
        var rows = [Row?](repeating: nil, count: 900)
        let index = try HNSWIndex(
            dimension: 12, metric: .euclid, element: .float32, parameters: HNSWParameters())
        for change in 0..<120 {
            let count = Int.random(in: 1...60, using: &generator)
            let removes = Double.random(in: 0..<1, using: &generator) < 0.3
            for _ in 0..<count {
                let key = Int.random(in: 0..<rows.count, using: &generator)
                let old = rows[key]
                rows[key] = removes ? nil : try index.insert(normal(12, &generator))
                if let old { index.remove(old) }
            }
            guard change % 20 == 19 else { continue }
            for case let row? in rows {
                let found = index.vector(at: row).withUnsafeBufferPointer {
                    index.graphSearch($0, limit: 1, efSearch: 48)
                }
                #expect(found.map(\.row) == [row], "after change \(change)")
            }
        }
    }

    /// A vector of independent components of mean 0 and variance 1.
    private func normal(_ dimension: Int, _ generator: inout SplitMix64) -> [Float] {
        func uniform() -> Double { Double(generator.next() >> 11) / 0x1p53 }
        return (0..<dimension).map { _ in
            let radius = (-2 * log(uniform() + 1e-18)).squareRoot()
            return Float(radius * cos(2 * .pi * uniform()))
        }
    }

    @Test func `has no tombstones after a consolidation, nor links to them`() throws {
        let data = try ClusteredVectors(count: 1000, dimension: 8, metric: .cosine)
        let index = try data.index()
        for row in stride(from: 0, to: Row(1000), by: 8) { index.remove(row) }
        #expect(index.tombstoneCount == 125)
        #expect(index.consolidate(nodeBudget: 100))
        try index.checkInvariants()
        #expect(index.tombstoneCount == 125)
        index.consolidate()
        #expect(index.tombstoneCount == 0)
        #expect(!index.consolidate(nodeBudget: 1))
        try index.checkInvariants()
        #expect(index.liveCount == 875)
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.95)
        #expect(try index.insert(data.queries[0]) == 0)
        #expect(try index.insert(data.queries[1]) == 8)
    }

    @Test func `consolidates without being told`() throws {
        let data = try ClusteredVectors(count: 1000, dimension: 8, metric: .cosine)
        let index = try data.index()
        for row in 0..<Row(500) { index.remove(row) }
        #expect(index.tombstoneCount < 300)
        for vector in data.vectors[..<400] { #expect(try index.insert(vector) < 1000) }
        try index.checkInvariants()
    }

    @Test func `begins anew after everything was removed`() throws {
        let data = try ClusteredVectors(count: 400, dimension: 4, metric: .euclid)
        let index = try HNSWIndex(dimension: 4, metric: .euclid, parameters: .small)
        for _ in 0..<5 {
            let rows = try data.vectors.map { try index.insert($0) }
            try index.checkInvariants()
            #expect(Set(rows).count == 400)
            for row in rows { #expect(index.remove(row)) }
            try index.checkInvariants()
            #expect(index.liveCount == 0)
            #expect(index.entryRow == nil)
            #expect(index.graphSearch(data.queries[0], limit: 5, efSearch: 50).isEmpty)
        }
        #expect(index.rowCount <= 800)
        let row = try index.insert(data.queries[0])
        #expect(index.graphSearch(data.queries[0], limit: 5, efSearch: 50).map(\.row) == [row])
    }

    @Test func `outlives its entry point, again and again`() throws {
        let data = try ClusteredVectors(count: 300, dimension: 8, metric: .euclid)
        let index = try data.index()
        while let entry = index.entryRow {
            index.remove(entry)
            try index.checkInvariants()
            let found = index.graphSearch(data.queries[0], limit: 10, efSearch: 40)
            #expect(found.count == min(10, index.liveCount))
        }
        #expect(index.liveCount == 0)
    }

    @Test func `keeps its rows if it is told to`() throws {
        let data = try ClusteredVectors(count: 300, dimension: 8, metric: .euclid)
        let index = try data.index(
            HNSWParameters(maxLinks: 8, efConstruction: 64, removedRows: .kept))
        let copies = try (0..<10).map { _ in try index.insert(data.vectors[3]) }
        for row in Array(0..<Row(200)) + copies.prefix(5) { index.remove(row) }
        #expect(!index.consolidate(nodeBudget: 1000))
        #expect(index.tombstoneCount == 205)
        #expect(try index.insert(data.queries[0]) == 310)
        try index.checkInvariants()
        let restored = try StoredGraph(of: index).restored(vectors: index)
        #expect(restored.tombstoneCount == 205)
        #expect(
            index.graphSearch(data.vectors[3], limit: 5, efSearch: 40).map(\.row)
                == Array(copies.suffix(5)))
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `answers like a dictionary, whatever its history`(seed: UInt64) throws {
        var model = try Model(seed: seed, metric: Metric.allCases[Int(seed) % 3])
        for step in 0..<1200 {
            try model.step()
            try model.index.checkInvariants()
            if step % 100 == 99 { try model.check() }
        }
    }

    @Test func `gives the same bytes for the same history, stored under way or not`() throws {
        var (first, second) = (
            try Model(seed: 9, metric: .euclid), try Model(seed: 9, metric: .euclid)
        )
        for step in 0..<900 {
            try first.step()
            try second.step()
            if step % 37 == 36 {
                second.index = try StoredGraph(of: second.index).restored(vectors: second.index)
            }
            if step % 50 == 49 {
                let (one, other) = (StoredGraph(of: first.index), StoredGraph(of: second.index))
                #expect(one.header == other.header)
                #expect(one.chunks == other.chunks)
            }
        }
    }
}

/// A history of inserts and removals drawn from a seed, and what an index must hold after it.
private struct Model {
    var index: HNSWIndex
    private var live: [Row: [Float]] = [:]
    private var rows: [Row] = []
    private var generator: SeededGenerator
    /// Grows and shrinks in turns, down to nothing.
    private var isGrowing = true

    init(seed: UInt64, metric: Metric) throws {
        generator = SeededGenerator(seed: seed)
        index = try HNSWIndex(
            dimension: 4, metric: metric, element: .float32,
            parameters: HNSWParameters(maxLinks: 4, efConstruction: 40, seed: seed))
    }

    mutating func step() throws {
        if rows.count < 2 { isGrowing = true }
        if rows.count > 150, Int.random(in: 0..<40, using: &generator) == 0 { isGrowing = false }
        let insertShare = isGrowing ? 7 : 3
        if rows.isEmpty || Int.random(in: 0..<10, using: &generator) < insertShare {
            let vector = try draw()
            let row = try index.insert(vector)
            #expect(live.updateValue(vector, forKey: row) == nil, "row \(row) was in use")
            rows.append(row)
        } else {
            let position = Int.random(in: 0..<rows.count, using: &generator)
            let row = rows.remove(at: position)
            live[row] = nil
            #expect(index.remove(row))
        }
    }

    /// One of a few vectors, or one that nobody has.
    private mutating func draw() throws -> [Float] {
        let isCommon = Int.random(in: 0..<3, using: &generator) == 0
        let vector: [Float] =
            isCommon
            ? [1, 2, 3, Float(Int.random(in: 1...4, using: &generator))]
            : (0..<4).map { _ in Float.random(in: -1...1, using: &generator) }
        return try index.metric.prepared(vector, dimension: 4)
    }

    func check() throws {
        #expect(index.liveCount == rows.count)
        #expect((0..<Row(index.rowCount)).filter { index.isLive($0) } == rows.sorted())
        for row in rows.sorted() {
            guard let vector = live[row] else { continue }
            #expect(index.vector(at: row) == vector)
            let truth = index.exactSearch(vector, limit: 10)
            #expect(truth.allSatisfy { live[$0.row] != nil })
            // Under `dot` the nearest to a vector is another, and there is no promise to find it.
            if index.metric == .dot { continue }
            let found = index.graphSearch(vector, limit: 1, efSearch: 64)
            #expect(found.first?.distance == truth.first?.distance, "row \(row)")
        }
    }
}
