import Actors
import Fixtures
import Primitives
import Protocols
import Storage
import Testing
import Worker

@Suite struct `A shard replica that is read in bulk` {
    private let directory: DataDirectory
    private let temporary: TemporaryDirectory
    private let readers = ThreadPool(name: "reader", threadCount: 2)
    private static let address = ShardAddress(collection: 3, shard: 7, version: 1)

    init() throws {
        temporary = try TemporaryDirectory()
        directory = try DataDirectory(
            at: temporary.appending("data"), for: NodeIdentity(cluster: "test", node: "worker-1"))
    }

    private func open(pointCount: UInt64) async throws -> ShardReplica {
        let replica = try await SingleReplica(in: directory, readers: readers).replica
        _ = try await replica.upsert(
            (0..<pointCount).map { number in
                Point(
                    id: .number(number), vector: [Float(number % 31), Float(number / 31)],
                    payload: ["n": .integer(Int64(number))])
            })
        return replica
    }

    @Test(arguments: [SearchQuery.Mode.approximate, .exact])
    func `answers many searches as each alone`(mode: SearchQuery.Mode) async throws {
        let replica = try await open(pointCount: 3_000)
        let batch = SearchBatch(
            vectors: (0..<50).map { [Float($0) / 2, Float($0 * 7 % 40)] }, limit: 5,
            mode: mode, parts: [.payload, .vector])
        let found = try await replica.search(try replica.prepared(batch))
        #expect(found.count == 50)
        for (vector, points) in zip(batch.vectors, found) {
            #expect(points.count == 5)
            #expect(try await replica.search(batch.query(vector)) == points)
        }
    }

    @Test func `answers many searches of which none was there`() async throws {
        let replica = try await open(pointCount: 0)
        #expect(try await replica.search(SearchBatch(vectors: [])) == [])
        #expect(try await replica.search(SearchBatch(vectors: [[1, 2], [3, 4]])) == [[], []])
    }

    @Test func `says which of many searches is wrong`() async throws {
        let replica = try await open(pointCount: 1)
        for vector in [[1], [1, .nan], [.infinity, 0]] as [[Float]] {
            #expect(throws: ServiceError.self) {
                try replica.prepared(SearchBatch(vectors: [[1, 2], vector]))
            }
        }
        #expect(throws: ServiceError.self) {
            try replica.prepared(SearchBatch(vectors: [[1, 2]], limit: 0))
        }
    }

    @Test func `stops searching when nobody waits any more`() async throws {
        let replica = try await open(pointCount: 3_000)
        let batch = SearchBatch(
            vectors: Array(repeating: [1, 2], count: 1_000), limit: 1, mode: .exact)
        let error = await #expect(throws: ServiceError.self) {
            try await Deadline.$current.withValue(.after(.zero)) {
                try await replica.search(batch, .local)
            }
        }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test func `refuses an answer that is larger than any reply`() async throws {
        let replica = try await SingleReplica(in: directory, readers: readers).replica
        let text = JSONValue.string(String(repeating: "x", count: 900_000))
        for number in 0..<40 as Range<UInt64> {
            _ = try await replica.upsert([
                Point(id: .number(number), vector: [0, Float(number)], payload: ["t": text])
            ])
        }
        let query = SearchQuery(vector: [0, 0], limit: 40)
        let error = await #expect(throws: ServiceError.self) { try await replica.search(query) }
        #expect(error?.code == .tooLarge)
        var small = query
        small.limit = 30
        #expect(try await replica.search(small).count == 30)
        small.limit = 40
        small.parts = []
        #expect(try await replica.search(small).count == 40)
    }

    @Test func `gives its points page by page`() async throws {
        let replica = try await open(pointCount: 250)
        var found: [Point] = []
        var isLast = false
        while !isLast {
            let page = try await replica.page(
                ShardScroll(
                    shard: Self.address, after: found.last?.id, limit: 100, byteCount: 1 << 20,
                    parts: .payload))
            found += page.points
            isLast = page.isLast
        }
        #expect(found.map(\.id) == (0..<250).map { .number($0) })
        #expect(found[249].payload == ["n": .integer(249)])
        #expect(found[249].vector == [])
        await #expect(throws: ServiceError.self) {
            try await replica.page(
                ShardScroll(
                    shard: Self.address, after: nil, limit: 0, byteCount: 1, parts: []))
        }
    }
}
