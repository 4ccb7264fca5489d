import Actors
import Client
import Protocols
import Testing
import Vectors

@Suite(.timeLimit(.minutes(2))) struct `A cluster` {
    private let books = CollectionConfiguration(
        name: "books", dimension: 4, metric: .euclid, shardCount: 6)

    private func point(_ number: UInt64) -> Point {
        Point(
            id: .number(number),
            vector: [Float(number % 7), Float(number % 11), Float(number % 13), Float(number)],
            payload: ["n": .integer(Int64(number))])
    }

    @Test func `finds the nearest points of all shards, exactly merged`() async throws {
        try await withCluster { _, client in
            let description = try await client.createCollection(books)
            #expect(
                Set(description.shards.flatMap(\.replicas).map(\.worker)) == ["w1", "w2", "w3"])
            let points = (UInt64(0)..<500).map(point)
            #expect(try await client.upsert(points, into: "books") == 500)
            #expect(try await client.count("books") == 500)

            let query: [Float] = [3, 3, 3, 250]
            let expected = points.map { point in
                let squares = zip(point.vector, query).map { ($0 - $1) * ($0 - $1) }
                return ScoredPoint(
                    id: point.id, score: squares.reduce(0, +).squareRoot(),
                    payload: point.payload)
            }.sorted { ($0.score, $0.id) < ($1.score, $1.id) }.prefix(10)
            let found = try await client.search("books", near: query, limit: 10)
            #expect(found.map(\.id) == expected.map(\.id))
            #expect(found.map(\.payload) == expected.map(\.payload))
        }
    }

    @Test func `gets points in the order of the ids, and deletes them`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<50).map(point), into: "books")
            let ids: [PointID] = [.number(40), .number(99), .number(2), .string("x")]
            #expect(try await client.get(ids, from: "books") == [point(40), point(2)])
            #expect(try await client.delete(ids, from: "books") == 2)
            #expect(try await client.get(ids, from: "books") == [])
            #expect(try await client.count("books") == 48)
        }
    }

    @Test func `finds points like a point, without itself`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<50).map(point), into: "books")
            let found = try await client.search("books", like: .number(20), limit: 5)
            #expect(found.count == 5)
            #expect(!found.map(\.id).contains(.number(20)))
            let error = await #expect(throws: ServiceError.self) {
                try await client.search("books", like: .number(99))
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `finds the nearest points of many vectors, each as if alone`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<300).map(point), into: "books")
            let vectors = (UInt64(0)..<20).map { point($0 * 13).vector }
            let found = try await client.searchBatch("books", near: vectors, limit: 5)
            #expect(found.count == 20)
            for (vector, points) in zip(vectors, found) {
                #expect(try await client.search("books", near: vector, limit: 5) == points)
            }
            #expect(try await client.searchBatch("books", near: []) == [])
            let error = await #expect(throws: ServiceError.self) {
                try await client.searchBatch("books", near: [[1, 2, 3, 4], [1]])
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("vector 1") == true)
        }
    }

    @Test func `gives all points in the order of ids, whatever shards they are in`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            var points = (UInt64(0)..<200).map(point)
            for number in 0..<100 {
                points.append(Point(id: .string("s\(number)"), vector: [1, 2, 3, 4]))
            }
            try await client.upsert(points, into: "books")
            for pageSize in [1_000, 37] {
                var found: [Point] = []
                let all = client.scroll(
                    "books", pageSize: pageSize, parts: [.payload, .vector])
                for try await point in all { found.append(point) }
                #expect(found == points.sorted { $0.id < $1.id })
            }
            let page = try await client.scroll(
                ScrollRequest(collection: "books", after: .number(197), limit: 4))
            #expect(
                page.points.map(\.id) == [
                    .number(198), .number(199), .string("s0"), .string("s1"),
                ])
            #expect(page.next == .string("s1"))
            for limit in [0, -1, 1 << 31, .max] {
                let error = await #expect(throws: ServiceError.self) {
                    try await client.scroll(ScrollRequest(collection: "books", limit: limit))
                }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test func `measures the recall of each shard`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<300).map(point), into: "books")
            let shards = try await client.measureRecall(
                of: "books", RecallCheck(sampleCount: 20, limit: 5))
            #expect(shards.map(\.shard) == shards.map(\.shard).sorted())
            #expect(shards.count == 6 && shards.map(\.pointCount).reduce(0, +) == 300)
            for shard in shards {
                // So few points are scanned.
                #expect(shard.points.recall == 1 && shard.mixtures.recall == 1)
                #expect(shard.points.queryCount == 20 && shard.points.completeCount == 20)
                #expect(["w1", "w2", "w3"].contains(shard.worker))
            }
            let error = await #expect(throws: ServiceError.self) {
                try await client.measureRecall(of: "books", RecallCheck(sampleCount: 0))
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func `refuses what cannot be, each with its own error`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
                await #expect(throws: ServiceError.self) { try await body() }?.code
            }
            #expect(await code { try await client.createCollection(books) } == .alreadyExists)
            #expect(await code { _ = try await client.count("nothing") } == .notFound)
            #expect(await code { try await client.deleteCollection("nothing") } == .notFound)
            var bad = books
            bad.name = "a/b"
            #expect(await code { try await client.createCollection(bad) } == .invalidArgument)
            #expect(
                await code {
                    try await client.upsert(
                        [point(1), Point(id: .number(2), vector: [1])], into: "books")
                } == .invalidArgument)
            #expect(try await client.count("books") == 0)
        }
    }

    @Test func `says what to do when there is no worker`() async throws {
        try await withCluster(workers: []) { _, client in
            let error = await #expect(throws: ServiceError.self) {
                try await client.createCollection(books)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("start a worker") == true)
        }
    }

    @Test func `has everything after a worker was started again`() async throws {
        try await withCluster { cluster, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<200).map(point), into: "books")
            try await cluster.stopWorker("w2")
            try await cluster.startWorker("w2")
            #expect(try await client.count("books") == 200)
            for number in [0, 50, 150] as [UInt64] {
                let found = try await client.search(
                    "books", near: point(number).vector, limit: 1)
                #expect(found.map(\.id) == [.number(number)])
            }
        }
    }

    @Test func `serves while the placement driver is down, also from a worker started then`()
        async throws
    {
        try await withCluster { cluster, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<200).map(point), into: "books")
            await cluster.stopPlacementDriver()
            try await cluster.stopWorker("w2")
            try await cluster.startWorker("w2")
            #expect(try await client.count("books") == 200)
            #expect(try await client.upsert([point(200)], into: "books") == 1)
            try await cluster.startPlacementDriver()
            #expect(try await client.listCollections().map(\.configuration) == [books])
        }
    }

    @Test func `removes the shards of deleted collections, and nothing else`() async throws {
        try await withCluster(workers: ["w1"]) { cluster, client in
            try await client.createCollection(books)
            #expect(try await cluster.storedShards(of: "w1") == ["1", "2", "3", "4", "5", "6"])
            try await cluster.addForeignShard("99", to: "w1")
            try await client.deleteCollection("books")
            while try await cluster.storedShards(of: "w1") != ["99"] {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func `names the shard that is missing`() async throws {
        try await withCluster { cluster, client in
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<50).map(point), into: "books")
            try await cluster.stopWorker("w2")
            let error = await #expect(throws: ServiceError.self) {
                try await withDeadline(.milliseconds(500)) {
                    _ = try await client.search("books", near: [1, 2, 3, 4])
                }
            }
            #expect(error?.message.contains("w2") == true || error?.code == .deadlineExceeded)
        }
    }

    @Test func `forgets a deleted collection and starts anew under its name`() async throws {
        try await withCluster { cluster, client in
            try await cluster.startGateway("h")
            let other = try await cluster.connect(to: "h")
            try await client.createCollection(books)
            try await client.upsert((UInt64(0)..<50).map(point), into: "books")
            #expect(try await other.count("books") == 50)
            try await client.deleteCollection("books")
            var smaller = books
            smaller.dimension = 2
            smaller.shardCount = 1
            try await client.createCollection(smaller)
            #expect(try await client.count("books") == 0)
            // The other gateway still routes by the old map.
            let description = try await other.listCollections()
            #expect(description.map(\.configuration) == [smaller])
            #expect(try await other.count("books") == 0)
        }
    }

    @Test func `is reached through another gateway when one is gone`() async throws {
        try await withCluster { cluster, _ in
            try await cluster.startGateway("h")
            let client = try await cluster.connect(to: "g", "h")
            try await client.createCollection(books)
            await cluster.stopGateway("g")
            #expect(try await client.count("books") == 0)
            #expect(try await client.upsert([point(1)], into: "books") == 1)
        }
    }

    @Test func `takes an upload in batches and tells its progress`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            var progress: [Int] = []
            let count = try await client.upload(
                (UInt64(0)..<530).lazy.map(point), into: "books", batchSize: 100
            ) { progress.append($0) }
            #expect(count == 530)
            #expect(progress.last == 530)
            #expect(progress == progress.sorted())
            #expect(try await client.count("books") == 530)
        }
    }

    @Test func `shows its workers and collections`() async throws {
        try await withCluster { _, client in
            try await client.createCollection(books)
            // Counting waits until all shards are open.
            #expect(try await client.describeCollection("books").pointCount == 0)
            let status = try await client.status()
            #expect(status.workers.map(\.node) == ["w1", "w2", "w3"])
            #expect(status.workers.allSatisfy { $0.status?.shards.count == 2 })
        }
    }
}
