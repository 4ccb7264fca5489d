import Fixtures
import Foundation
import Glibc
import Logging
import Primitives
import Protocols
import Storage
import Synchronization
import Testing
import Vectors
import Worker

@Suite struct `A shard replica` {
    private let directory: DataDirectory
    private let temporary: TemporaryDirectory
    private var path: String { directory.shardPath(7) }
    private let readers = ThreadPool(name: "reader", threadCount: 2)

    init() throws {
        temporary = try TemporaryDirectory()
        directory = try DataDirectory(
            at: temporary.appending("data"), for: NodeIdentity(cluster: "test", node: "worker-1"))
    }

    private func open(
        metric: Metric = .euclid, memory: VectorMemory = .full,
        budget: MemoryBudget = MemoryBudget(),
        onFence: @escaping @Sendable (any Error) -> Void = { _ in }
    ) async throws -> ShardReplica {
        try await SingleReplica(
            in: directory, metric: metric, memory: memory, readers: readers, budget: budget,
            onFence: onFence
        ).replica
    }

    private static func point(_ number: UInt64, shift: Float = 0) -> Point {
        Point(
            id: .number(number), vector: [Float(number % 31) + shift, Float(number / 31)],
            payload: ["n": .integer(Int64(number))])
    }

    @Test func `finds what it has acknowledged`() async throws {
        let replica = try await open()
        let receipt = try await replica.upsert((0..<100).map { Self.point($0) })
        #expect(receipt.affectedCount == 100)
        let found = try await replica.search(SearchQuery(vector: [5, 1], limit: 1))
        #expect(found == [ScoredPoint(id: .number(36), score: 0, payload: ["n": .integer(36)])])
        #expect(try await replica.points([.number(36)], parts: .vector)[0].vector == [5, 1])
        #expect(replica.pointCount == 100)
    }

    @Test(arguments: VectorMemory.allCases)
    func `answers vectors as they were given, whatever it keeps in memory`(
        memory: VectorMemory
    ) async throws {
        let replica = try await open(memory: memory)
        // Not a float of 24 or 16 bits.
        let vector: [Float] = [0.1, 1 / 3]
        _ = try await replica.upsert([Point(id: .number(1), vector: vector), Self.point(40)])
        let found = try await replica.search(
            SearchQuery(vector: vector, limit: 2, parts: [.vector, .payload]))
        #expect(found.map(\.vector) == [vector, Self.point(40).vector])
        #expect(found.map(\.id) == [.number(1), .number(40)])
        #expect(abs(found[0].score) < 1e-3)
    }

    @Test func `finds the share that is asked for, before and after it was measured`() async throws
    {
        let replica = try await open()
        _ = try await replica.upsert((0..<3_000).map { Self.point($0) })
        let query = try replica.prepared(SearchQuery(vector: [5, 1], limit: 5, recall: 0.99))
        let before = try await replica.search(query)
        await replica.calibration()
        let after = try await replica.search(query)
        #expect(before.first?.id == .number(36) && after.first?.id == .number(36))
        #expect(after.count == 5)
    }

    @Test(
        arguments: [(nil, 0), (nil, -1), (nil, 1.01), (nil, .nan), (10, 0.9), (0, nil)]
            as [(Int?, Double?)])
    func `refuses an effort that there is not`(efSearch: Int?, recall: Double?) async throws {
        let replica = try await open()
        let error = #expect(throws: ServiceError.self) {
            try replica.prepared(
                SearchQuery(vector: [5, 1], limit: 5, efSearch: efSearch, recall: recall))
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `takes no new points beyond its memory, and goes on with all else`() async throws {
        let budget = MemoryBudget(limit: 200_000, worker: "worker-1")
        let replica = try await open(budget: budget)
        var refusal: ServiceError?
        var count: UInt64 = 0
        while refusal == nil, count < 10_000 {
            do {
                _ = try await replica.upsert((count..<count + 100).map { Self.point($0) })
                count += 100
            } catch let error as ServiceError {
                refusal = error
            }
        }
        #expect(refusal?.code == .memoryExhausted && refusal?.isRetryable == false)
        #expect(refusal?.details["limit"] == "200000")
        #expect(refusal?.details["used"] == "\(budget.used)")
        #expect((150_000...200_000).contains(budget.used), "\(budget.used)")
        #expect(replica.pointCount == Int(count), "a refused write was done")
        // Reads and deletes go on, and what they free is used again.
        #expect(try await replica.points([.number(36)], parts: .vector).count == 1)
        #expect(try await replica.search(SearchQuery(vector: [5, 1], limit: 3)).count == 3)
        _ = try await replica.delete((0..<count / 2).map { .number($0) })
        #expect(replica.pointCount == Int(count / 2))
        let receipt = try await replica.upsert((0..<50).map { Self.point($0) })
        #expect(receipt.affectedCount == 50)
        #expect(budget.used <= 200_000)
        await replica.close()
        #expect(budget.used == 0)
    }

    @Test func `refuses what its memory cannot hold`() async throws {
        let replica = try await open(memory: .half)
        let error = await #expect(throws: ServiceError.self) {
            try await replica.upsert([Point(id: .number(2), vector: [70_000, 1])])
        }
        #expect(error?.code == .invalidArgument)
        #expect(replica.pointCount == 0)
    }

    @Test(arguments: [SearchQuery.Mode.exact, .approximate])
    func `never finds a point again that was deleted`(mode: SearchQuery.Mode) async throws {
        let replica = try await open()
        // Enough points that the graph is walked instead of all points being compared.
        _ = try await replica.upsert((0..<2_000).map { Self.point($0) })
        _ = try await replica.delete((500..<600).map { .number($0) })
        #expect(replica.pointCount == 1_900)
        for number in UInt64(500)..<600 {
            let found = try await replica.search(
                SearchQuery(
                    vector: Self.point(number).vector, limit: 10, efSearch: 32, mode: mode,
                    parts: []))
            #expect(found.count == 10)
            #expect(found.allSatisfy { !(500..<600).map(PointID.number).contains($0.id) })
        }
        _ = try await replica.upsert([Self.point(550)])
        let found = try await replica.search(
            SearchQuery(vector: Self.point(550).vector, limit: 1, mode: mode, parts: []))
        #expect(found.map(\.id) == [.number(550)])
    }

    @Test func `has everything after an abrupt end`() async throws {
        do {
            let shard = try await SingleReplica(in: directory, readers: readers)
            let replica = shard.replica
            _ = try await replica.upsert((0..<50).map { Self.point($0) })
            _ = try await replica.delete([.number(3), .number(99)])
            _ = try await replica.upsert([Self.point(4, shift: 0.5)])
            await shard.abandon()
        }
        let replica = try await reopened()
        #expect(replica.pointCount == 49)
        #expect(try await replica.points([.number(3)], parts: []) == [])
        let found = try await replica.search(SearchQuery(vector: [4.5, 0], limit: 1))
        #expect(found.map(\.id) == [.number(4)])
        #expect(try await replica.delete([.number(3), .number(5)]).affectedCount == 1)
    }

    /// Opens the shard once the threads of the replica before have let go of it.
    private func reopened() async throws -> ShardReplica {
        while true {
            do {
                return try await open()
            } catch StorageError.locked {
                await Task.yield()
            }
        }
    }

    @Test func `acknowledges many writers, each with an index of its own`() async throws {
        let replica = try await open()
        let indexes = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in UInt64(0)..<200 {
                group.addTask { try await replica.upsert([Self.point(number)]).index }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(indexes).count == 200)
        #expect(replica.pointCount == 200)
    }

    @Test(arguments: [PointParts([]), .payload])
    func `shows each point to searches while it is replaced`(parts: PointParts) async throws {
        let replica = try await open()
        _ = try await replica.upsert((0..<20).map { Self.point($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<30 {
                    let shift = Float(round % 2) / 4
                    _ = try await replica.upsert((0..<20).map { Self.point($0, shift: shift) })
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for number in (UInt64(0)..<20).flatMap({ [$0, $0, $0] }) {
                        let found = try await replica.search(
                            SearchQuery(vector: [Float(number), 0], limit: 1, parts: parts))
                        #expect(found.map(\.id) == [.number(number)])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `stores vectors of length 1 under cosine`() async throws {
        let replica = try await open(metric: .cosine)
        _ = try await replica.upsert([Point(id: .number(1), vector: [3, 4])])
        #expect(try await replica.points([.number(1)], parts: .vector)[0].vector == [0.6, 0.8])
    }

    @Test(arguments: [[], [1], [1, 2, 3], [.nan, 1], [.infinity, 1], [0, 0]] as [[Float]])
    func `refuses a vector that the collection cannot hold, and the batch with it`(
        vector: [Float]
    ) async throws {
        let replica = try await open(metric: .cosine)
        let error = await #expect(throws: ServiceError.self) {
            _ = try await replica.upsert([
                Point(id: .number(1), vector: [1, 1]), Point(id: .number(2), vector: vector),
            ])
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("point 2: ") == true)
        #expect(replica.pointCount == 0)
    }

    @Test func `takes nothing more once it is closed`() async throws {
        let replica = try await open()
        _ = try await replica.upsert([Self.point(1)])
        await replica.close()
        let error = await #expect(throws: ServiceError.self) {
            _ = try await replica.upsert([Self.point(2)])
        }
        #expect(error?.code == .unavailable)
        let refusal = await #expect(throws: ServiceError.self) {
            _ = try await replica.points([.number(1)], parts: [], .local)
        }
        #expect(refusal?.code == .unavailable)
    }

    @Test func `is fenced after a failed write`() async throws {
        let recorder = Recorder()
        let replica = try await open { recorder.record("\($0)") }
        _ = try await replica.upsert([Self.point(1)])
        try fillDisk(below: path)
        // The group has the write, this replica cannot apply it: nobody can say more.
        for code in [ServiceError.Code.unknownOutcome, .unavailable] {
            let error = await #expect(throws: ServiceError.self) {
                _ = try await replica.upsert([Self.point(2)])
            }
            #expect(error?.code == code)
        }
        #expect(recorder.count == 1)
        #expect(try await replica.points([.number(1)], parts: [], .local).count == 1)
    }

    /// Counts the calls of `onFence`.
    private final class Recorder: Sendable {
        private let messages = Mutex<[String]>([])
        var count: Int { messages.withLock { $0.count } }
        func record(_ message: String) { messages.withLock { $0.append(message) } }
    }

    /// Puts a full device in the place of the log that a database below `path` writes.
    private func fillDisk(below path: String) throws {
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        for descriptor in descriptors.compactMap({ Int32($0) }) {
            // A descriptor of the listing itself is closed by now.
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(descriptor)")
            guard let target, target.hasPrefix(path), target.hasSuffix(".log") else { continue }
            let full = Glibc.open("/dev/full", O_WRONLY)
            dup2(full, descriptor)
            close(full)
        }
    }
}
