import Actors
import Client
import Protocols
import Testing
import Vectors

@Suite(.timeLimit(.minutes(2))) struct `A typed collection` {
    struct Book: Codable, Equatable, Sendable {
        var title: String
        var year: Int
    }

    private struct Broken: Error {}

    private func withBooks(
        _ body: (TypedCollection<Book>, VectronClient, TestCluster) async throws -> Void
    ) async throws {
        try await withCluster(workers: ["w1", "w2"]) { cluster, client in
            try await client.createCollection(
                .init(name: "books", dimension: 2, metric: .euclid, shardCount: 2))
            try await body(client.collection("books", of: Book.self), client, cluster)
        }
    }

    private func book(_ number: UInt64) -> TypedPoint<Book> {
        TypedPoint(
            id: .number(number), vector: [Float(number), 0],
            payload: Book(title: "volume \(number)", year: 1_900 + Int(number)))
    }

    @Test func `gives back the values that were put in`() async throws {
        try await withBooks { books, _, _ in
            #expect(try await books.upsert((0..<50).map(book)) == 50)
            #expect(try await books.count() == 50)
            #expect(try await books.get([7, 99, 3]) == [book(7), book(3)])
            let near = try await books.search(near: [20, 0], limit: 3)
            #expect(Set(near.map(\.payload.year)) == [1_919, 1_920, 1_921])
            #expect(near.first?.payload == book(20).payload && near.first?.score == 0)
            // Payloads are asked for whatever else is.
            let vectors = try await books.search(near: [20, 0], limit: 1, parts: .vector)
            #expect(vectors.first?.vector == [20, 0] && vectors.first?.payload.year == 1_920)
            let like = try await books.search(like: 20, limit: 2)
            #expect(Set(like.map(\.payload.year)) == [1_919, 1_921])
            let batch = try await books.searchBatch(near: [[1, 0], [2, 0]], limit: 1)
            #expect(batch.map { $0.map(\.payload.year) } == [[1_901], [1_902]])
            var scrolled: [TypedPoint<Book>] = []
            for try await point in books.scroll(pageSize: 7, parts: .vector) {
                scrolled.append(point)
            }
            #expect(scrolled == (0..<50).map(book))
            #expect(try await books.delete([1, 2, 99]) == 2)
        }
    }

    @Test func `names the point whose payload is another one`() async throws {
        try await withBooks { books, client, _ in
            try await books.upsert((0..<5).map(book))
            try await client.upsert(
                [
                    Point(
                        id: 3, vector: [3, 0], payload: ["title": .integer(1), "year": .integer(1)])
                ],
                into: "books")
            for read in [
                { try await books.get([1, 3]).map(\.id) },
                { try await books.search(near: [0, 0]).map(\.id) },
                {
                    var ids: [PointID] = []
                    for try await point in books.scroll() { ids.append(point.id) }
                    return ids
                },
            ] {
                let error = await #expect(throws: PayloadError.self) { try await read() }
                #expect(error?.point == 3 && error?.path == "title")
            }
        }
    }

    @Test func `takes an upload as it comes, and holds its source up`() async throws {
        try await withBooks { books, _, _ in
            let taken = Counter()
            let source = AsyncStream<TypedPoint<Book>>(unfolding: {
                let number = taken.next()
                return number < 1_000 ? book(UInt64(number)) : nil
            })
            var progress: [Int] = []
            var mostAhead = 0
            let count = try await books.upload(source, batchSize: 20) { acknowledged in
                progress.append(acknowledged)
                mostAhead = max(mostAhead, taken.value - acknowledged)
            }
            #expect(count == 1_000 && progress.last == 1_000 && progress.count == 50)
            #expect(progress == progress.sorted())
            // Four batches under way, and the one that waits for them.
            #expect(mostAhead <= 5 * 20)
            #expect(try await books.count() == 1_000)
            let more = [book(1_000), book(1_001)]
            #expect(try await books.upload(more) == 2)
        }
    }

    @Test func `ends an upload with the first error, of the source or a payload`() async throws {
        try await withBooks { books, client, _ in
            let source = AsyncThrowingStream<TypedPoint<Book>, any Error> { stream in
                for number in 0..<30 { stream.yield(book(UInt64(number))) }
                stream.finish(throwing: Broken())
            }
            await #expect(throws: Broken.self) { try await books.upload(source, batchSize: 10) }
            let count = try await books.count()
            #expect(count <= 30)
            let numbers = client.collection("books", of: [String: Double].self)
            let error = await #expect(throws: PayloadError.self) {
                try await numbers.upload([
                    TypedPoint(id: 77, vector: [0, 0], payload: ["x": .nan])
                ])
            }
            #expect(error?.point == 77 && error?.path == "x")
            let found = try await books.get([77])
            #expect(found.isEmpty)
        }
    }

    @Test func `is read a page ahead and no more, and ends when it is cancelled`() async throws {
        try await withBooks { books, _, cluster in
            try await books.upsert((0..<50).map(book))
            let faults = FaultyGateway.Faults()
            try await cluster.startFaultyGateway("f", before: "g", faults)
            let client = try await cluster.connect(to: "f")
            var iterator = client.scroll("books", as: Book.self, pageSize: 10).makeAsyncIterator()
            #expect(
                try await iterator.next()
                    == TypedPoint(
                        id: 0, vector: [], payload: book(0).payload))
            while faults.count(.scroll) < 2 { await Task.yield() }
            for number in 1..<10 {
                #expect(try await iterator.next()?.id == .number(UInt64(number)))
            }
            #expect(faults.count(.scroll) == 2)
            #expect(try await iterator.next()?.id == 10)
            while faults.count(.scroll) < 3 { await Task.yield() }

            faults.plan(.scroll, .silence)
            let reading = Task {
                var count = 0
                for try await _ in client.scroll("books") { count += 1 }
                return count
            }
            while faults.count(.scroll) < 4 { await Task.yield() }
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
        }
    }
}
