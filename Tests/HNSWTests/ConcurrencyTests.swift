import HNSW
import Primitives
import Synchronization
import Testing
import Vectors

@Suite struct `Readers beside a writer` {
    @Test func `always get valid rows with their true distances`() async throws {
        let data = try ClusteredVectors(count: 2500, dimension: 16, metric: .euclid)
        let index = try HNSWIndex(
            dimension: 16, metric: .euclid, parameters: .keeping, capacity: 4000)
        let signals = Signals()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { signals.finished.store(true, ordering: .releasing) }
                // The one writer: inserts, copies of earlier rows, removals.
                for (number, vector) in data.vectors.enumerated() {
                    try index.insert(vector)
                    if number % 10 == 5 { try index.insert(data.vectors[number / 2]) }
                    if number % 8 == 7 { index.remove(Row(number / 2)) }
                    // Other tests use the same threads: let the readers in.
                    if number % 20 == 0 { await Task.yield() }
                }
            }
            for reader in 0..<3 {
                group.addTask {
                    var turn = reader
                    while !signals.finished.load(ordering: .acquiring) {
                        check(index, data.queries[turn % data.queries.count], turn)
                        turn += 1
                        signals.searchCount.add(1, ordering: .relaxed)
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(index.rowCount == 2750)
        #expect(signals.searchCount.load(ordering: .relaxed) > 0)
        try index.checkInvariants()
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.95)
    }

    @Test func `find what was inserted, and not what was removed, before they began`() async throws
    {
        let data = try ClusteredVectors(count: 800, dimension: 8, metric: .euclid)
        let index = try HNSWIndex(dimension: 8, metric: .euclid, parameters: .keeping)
        let signals = Signals()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for (number, vector) in data.vectors.enumerated() {
                    try index.insert(vector)
                    if number >= 100 { index.remove(Row(number - 100)) }
                    signals.newest.store(number, ordering: .releasing)
                    if number % 20 == 0 { await Task.yield() }
                }
            }
            group.addTask {
                var last = -1
                while last < 799 {
                    last = signals.newest.load(ordering: .acquiring)
                    if last >= 0 {
                        let vector = data.vectors[last]
                        let found = index.graphSearch(vector, limit: 20, efSearch: 100)
                        // Another 100 inserts may have removed it meanwhile.
                        if index.isLive(Row(last)) {
                            #expect(found.first?.row == Row(last))
                        }
                        #expect(found.allSatisfy { Int($0.row) > last - 100 })
                    }
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
    }
}

@Suite struct `A reader of rows that are used again` {
    @Test func `keeps the vectors that it found, and the writer goes on`() throws {
        let data = try ClusteredVectors(count: 400, dimension: 8, metric: .euclid)
        let index = try data.index()
        let copy = try index.insert(data.vectors[5])
        index.pinningRows {
            let found = index.graphSearch(data.vectors[5], limit: 10, efSearch: 40)
            let vectors = found.map { index.vector(at: $0.row) }
            #expect(found.contains { $0.row == copy })
            for neighbor in found { index.remove(neighbor.row) }
            index.consolidate()
            let given = data.queries.compactMap { try? index.insert($0) }
            #expect(given == Array(401..<421))
            #expect(found.map { index.vector(at: $0.row) } == vectors)
        }
        let row = try index.insert(data.vectors[5].reversed())
        #expect(row < 400)
        try index.checkInvariants()
    }

    @Test func `always finds true distances while everything changes`() async throws {
        let data = try ClusteredVectors(count: 3000, dimension: 8, metric: .euclid)
        let index = try HNSWIndex(
            dimension: 8, metric: .euclid,
            parameters: HNSWParameters(maxLinks: 6, efConstruction: 32, tombstonePercent: 5))
        let signals = Signals()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { signals.finished.store(true, ordering: .releasing) }
                var rows: [Row] = []
                var generator = SeededGenerator(seed: 3)
                for (number, vector) in data.vectors.enumerated() {
                    rows.append(try index.insert(vector))
                    if number % 7 == 0 { rows.append(try index.insert(data.vectors[number / 2])) }
                    while rows.count > 300 {
                        let position = Int.random(in: 0..<rows.count, using: &generator)
                        index.remove(rows.remove(at: position))
                    }
                    if number % 20 == 0 { await Task.yield() }
                }
            }
            for reader in 0..<3 {
                group.addTask {
                    var turn = reader
                    while !signals.finished.load(ordering: .acquiring) {
                        index.pinningRows {
                            check(index, data.queries[turn % data.queries.count], turn)
                        }
                        turn += 1
                        signals.searchCount.add(1, ordering: .relaxed)
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(index.liveCount == 300)
        #expect(index.rowCount < 1000)
        #expect(signals.searchCount.load(ordering: .relaxed) > 0)
        try index.checkInvariants()
        #expect(recall(of: index, data.queries, limit: 10, efSearch: 64) >= 0.95)
    }
}

extension HNSWParameters {
    /// Row numbers in the order of the inserts, whatever is removed.
    fileprivate static let keeping = HNSWParameters(
        maxLinks: 8, efConstruction: 64, removedRows: .kept)
}

/// What the tasks tell each other.
private final class Signals: Sendable {
    let finished = Atomic<Bool>(false)
    let searchCount = Atomic<Int>(0)
    let newest = Atomic<Int>(-1)
}

/// One search, its rows and distances compared with the vectors themselves.
private func check(_ index: HNSWIndex, _ query: [Float], _ turn: Int) {
    let found =
        turn % 5 == 0
        ? index.exactSearch(query, limit: 8)
        : index.graphSearch(query, limit: 8, efSearch: turn % 7 == 0 ? 600 : 40)
    let rowCount = index.rowCount
    #expect(found.allSatisfy { Int($0.row) < rowCount })
    #expect(Set(found.map(\.row)).count == found.count)
    for neighbor in found where Int(neighbor.row) < rowCount {
        let vector = index.vector(at: neighbor.row)
        let expected = zip(query, vector).reduce(Float(0)) { sum, pair in
            sum + (pair.0 - pair.1) * (pair.0 - pair.1)
        }
        #expect(abs(neighbor.distance - expected) <= expected * 1e-4)
    }
}
