import HNSW
import Primitives
import Synchronization
import Testing
import Vectors

@Suite struct `An insert of a batch` {
    /// Enough rows for codes and for rounds of many rows, with copies of some, also of neighbours.
    private static func data(_ metric: Metric = .cosine, count: Int = 2400) throws -> Data {
        let data = try ClusteredVectors(
            count: count, queryCount: 50, dimension: 64, clusterCount: 1, metric: metric)
        var vectors = data.vectors
        for position in stride(from: 7, to: vectors.count, by: 40) {
            vectors[position] = vectors[position - 7]
            vectors[position - 1] = vectors[position - 7]
        }
        return Data(vectors: vectors, queries: data.queries, metric: metric)
    }

    private struct Data {
        let vectors: [[Float]]
        let queries: [[Float]]
        let metric: Metric

        func emptyIndex(
            _ parameters: HNSWParameters = .small, capacity: Int = 1 << 16
        ) throws -> HNSWIndex {
            try HNSWIndex(
                dimension: 64, metric: metric, parameters: parameters, capacity: capacity)
        }
    }

    @Test(arguments: [HNSWParameters.Traversal.vectors, .codes])
    func `gives the same bytes whatever the number of threads`(
        traversal: HNSWParameters.Traversal
    ) throws {
        let data = try Self.data()
        let graphs = try [1, 2, 4].map { threads in
            let index = try data.emptyIndex(
                HNSWParameters(maxLinks: 8, efConstruction: 48, traversal: traversal))
            try index.insert(Array(data.vectors[..<900]), threads: threads)
            for row in Row(100)..<300 { index.remove(row) }
            try index.insert(Array(data.vectors[900..<1900]), threads: threads)
            try index.insert(Array(data.vectors[1900...]), threads: threads)
            try index.checkInvariants()
            return StoredGraph(of: index)
        }
        for other in graphs.dropFirst() {
            #expect(other.header == graphs[0].header)
            #expect(other.chunks == graphs[0].chunks)
        }
    }

    @Test func `of flat floats is the batch of its vectors`() throws {
        let data = try Self.data(count: 600)
        let (flat, nested) = (try data.emptyIndex(), try data.emptyIndex())
        let rows = try nested.insert(data.vectors, threads: 2)
        let floats = data.vectors.flatMap { $0 }
        #expect(
            try floats.withUnsafeBufferPointer { try flat.insert(rowMajor: $0, threads: 2) }
                == rows)
        #expect(rows == Array(0..<600))
        #expect(StoredGraph(of: flat).chunks == StoredGraph(of: nested).chunks)
        #expect(rows.allSatisfy { nested.vector(at: $0) == data.vectors[Int($0)] })
    }

    @Test(arguments: Metric.allCases)
    func `keeps every invariant, and finds as much as single inserts do`(metric: Metric) throws {
        let data = try Self.data(metric, count: 1800)
        let single = try data.emptyIndex()
        for vector in data.vectors { try single.insert(vector) }
        let index = try data.emptyIndex()
        for start in stride(from: 0, to: data.vectors.count, by: 600) {
            try index.insert(Array(data.vectors[start..<start + 600]), threads: 2)
            try index.checkInvariants()
        }
        let found = recall(of: index, data.queries, limit: 10, efSearch: 40)
        let wanted = recall(of: single, data.queries, limit: 10, efSearch: 40)
        #expect(found >= wanted - 0.02)
        #expect(wanted > 0.7)
    }

    @Test(arguments: [HNSWParameters.PrunedCandidates.discarded, .kept])
    func `keeps every invariant with few links`(
        prunedCandidates: HNSWParameters.PrunedCandidates
    ) throws {
        let data = try Self.data(.euclid)
        let index = try data.emptyIndex(
            HNSWParameters(
                maxLinks: 2, efConstruction: 4, prunedCandidates: prunedCandidates))
        try index.insert(data.vectors, threads: 3)
        try index.checkInvariants()
        #expect(index.liveCount == data.vectors.count)
    }

    @Test func `hangs equal vectors on each other, also those of one round`() throws {
        let data = try Self.data(count: 1600)
        let index = try data.emptyIndex()
        try index.insert(Array(data.vectors[..<1500]), threads: 2)
        let copies = [[Float]](repeating: data.queries[0], count: 12) + [data.vectors[3]]
        let rows = try index.insert(copies, threads: 2)
        try index.checkInvariants()
        let found = index.graphSearch(data.queries[0], limit: 12, efSearch: 40)
        #expect(found.map(\.row) == Array(rows[..<12]))
        #expect(
            index.graphSearch(data.vectors[3], limit: 20, efSearch: 40).contains {
                $0.row == rows[12]
            })
    }

    @Test func `uses free slots again, the lowest first, beside tombstones`() throws {
        let data = try Self.data()
        let index = try data.emptyIndex()
        try index.insert(Array(data.vectors[..<1200]), threads: 2)
        for row in Row(0)..<400 { index.remove(row) }
        index.consolidate()
        for row in Row(900)..<1000 { index.remove(row) }
        let rows = try index.insert(Array(data.vectors[1200..<1700]), threads: 2)
        try index.checkInvariants()
        #expect(rows.prefix(400) == Array(0..<400)[...])
        // Removed duplicates are free at once, tombstones not before a sweep.
        #expect(rows == rows.sorted() && rows[450] >= 1200)
        #expect(rows.indices.allSatisfy { index.vector(at: rows[$0]) == data.vectors[1200 + $0] })
        // A sweep goes on through later batches.
        for row in Row(400)..<700 { index.remove(row) }
        for start in stride(from: 1700, to: 2400, by: 100) {
            try index.insert(Array(data.vectors[start..<start + 100]), threads: 2)
            try index.checkInvariants()
        }
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.9)
    }

    @Test func `goes into an index whose rows were all removed`() throws {
        let data = try Self.data()
        let index = try data.emptyIndex(
            HNSWParameters(maxLinks: 8, efConstruction: 48, removedRows: .kept))
        try index.insert(Array(data.vectors[..<1200]), threads: 2)
        for row in Row(0)..<1200 { index.remove(row) }
        try index.insert(Array(data.vectors[1200...]), threads: 2)
        try index.checkInvariants()
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.9)
    }

    @Test func `that does not fit says which rows went in`() throws {
        let data = try Self.data(count: 1500)
        let index = try data.emptyIndex(capacity: 1307)
        let reason = HNSWError.capacityExhausted(capacity: 1307)
        #expect(throws: BatchInsertError(rows: Array(0..<1307), reason: reason)) {
            try index.insert(data.vectors, threads: 2)
        }
        try index.checkInvariants()
        #expect(index.liveCount == 1307)
        for row in Row(20)..<30 { index.remove(row) }
        index.consolidate()
        let error = #expect(throws: BatchInsertError.self) {
            try index.insert(Array(data.vectors[1307...]), threads: 2)
        }
        #expect(error == BatchInsertError(rows: Array(20..<30), reason: reason))
        try index.checkInvariants()
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.9)
    }

    @Test func `of a wrong dimension is refused as a whole`() throws {
        let data = try Self.data(count: 100)
        let index = try data.emptyIndex()
        let refusal = BatchInsertError(
            rows: [], reason: .dimensionMismatch(expected: 64, found: 3))
        #expect(throws: refusal) {
            try index.insert(data.vectors + [[1, 2, 3]], threads: 2)
        }
        #expect(throws: refusal) {
            try [Float](repeating: 1, count: 67).withUnsafeBufferPointer {
                try index.insert(rowMajor: $0, threads: 2)
            }
        }
        #expect(index.rowCount == 0)
    }

    @Test func `of no vectors changes nothing`() throws {
        let data = try Self.data(count: 100)
        let index = try data.emptyIndex()
        #expect(try index.insert([[Float]](), threads: 4) == [])
        try index.insert(data.vectors, threads: 1)
        let before = StoredGraph(of: index)
        #expect(try index.insert([[Float]](), threads: 4) == [])
        #expect(StoredGraph(of: index).chunks == before.chunks)
    }

    @Test func `stops at the limit of memory, and says what went in`() throws {
        let data = try ClusteredVectors(count: 400, dimension: 8, metric: .euclid)
        let limit = 40_000
        let index = try HNSWIndex(
            dimension: 8, metric: .euclid, parameters: .small, memoryLimit: limit)
        let error = try #require(throws: BatchInsertError.self) {
            try index.insert(data.vectors, threads: 2)
        }
        guard case .memoryLimitExceeded = error.reason else {
            Issue.record("\(error)")
            return
        }
        #expect(error.rows.count == index.liveCount)
        #expect(index.liveCount > 100)
        #expect(index.memoryByteCount <= limit)
        try index.checkInvariants()
    }

    @Test func `is stored with the chunks that it changed`() throws {
        let data = try Self.data()
        let index = try data.emptyIndex()
        try index.insert(Array(data.vectors[..<2000]), threads: 2)
        var stored = StoredGraph(of: index)
        try index.insert(Array(data.vectors[2000...]), threads: 2)
        stored.take(.changedChunks, of: index)
        let restored = try stored.restored(vectors: index)
        try restored.checkInvariants()
        #expect(stored.chunks == StoredGraph(of: index).chunks)
    }

    @Test func `lets readers search all the while`() throws {
        let data = try Self.data(.euclid, count: 2000)
        let index = try data.emptyIndex()
        try index.insert(Array(data.vectors[..<500]), threads: 2)
        let rest = Array(data.vectors[500...])
        // Searches until the batch is in; the last search sees all of it.
        let signals = Signals()
        let team = ThreadTeam(name: "readers", memberCount: 3)
        team.forEach(3) { _, role in
            if role == 0 {
                #expect(throws: Never.self) { try index.insert(rest, threads: 2) }
                signals.isInserted.store(true, ordering: .releasing)
                return
            }
            var turn = role
            var isLast = false
            while !isLast {
                isLast = signals.isInserted.load(ordering: .acquiring)
                check(index, data.queries[turn % data.queries.count], data.vectors)
                turn += 1
            }
            signals.searchCount.add(turn - role, ordering: .relaxed)
        }
        #expect(signals.searchCount.load(ordering: .relaxed) >= 2)
        try index.checkInvariants()
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 128) >= 0.9)
    }
}

/// What the threads tell each other.
private final class Signals: Sendable {
    let isInserted = Atomic<Bool>(false)
    let searchCount = Atomic<Int>(0)
}

/// One search, its rows and distances compared with the vectors of the rows.
private func check(_ index: HNSWIndex, _ query: [Float], _ vectors: [[Float]]) {
    let found = index.graphSearch(query, limit: 8, efSearch: 40)
    #expect(found.count == 8)
    #expect(Set(found.map(\.row)).count == 8)
    for neighbor in found {
        let expected = zip(query, vectors[Int(neighbor.row)]).reduce(Float(0)) { sum, pair in
            sum + (pair.0 - pair.1) * (pair.0 - pair.1)
        }
        #expect(abs(neighbor.distance - expected) <= expected * 1e-4)
    }
}
