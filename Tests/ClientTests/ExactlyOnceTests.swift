import Actors
import Client
import Protocols
import Testing
import Vectors

@Suite(.timeLimit(.minutes(2))) struct `A client whose gateway goes wrong` {
    private let books = CollectionConfiguration(
        name: "books", dimension: 2, metric: .euclid, shardCount: 3)

    private func points(_ numbers: Range<UInt64>) -> [Point] {
        numbers.map { Point(id: .number($0), vector: [Float($0), 1]) }
    }

    /// Runs `body` with a client of a faulty gateway before a good one.
    private func withFaults(
        timeout: Duration = .seconds(30), repeats: VectronClient.Repeats = .automatically,
        _ body: (VectronClient, FaultyGateway.Faults, TestCluster) async throws -> Void
    ) async throws {
        try await withCluster { cluster, _ in
            let faults = FaultyGateway.Faults()
            try await cluster.startFaultyGateway("f", before: "g", faults)
            var settings = VectronClient.Settings()
            settings.timeout = timeout
            settings.repeats = repeats
            let client = try await cluster.connect(to: "f", settings: settings)
            try await client.createCollection(books)
            try await body(client, faults, cluster)
        }
    }

    @Test func `writes once, however often an answer is lost`() async throws {
        try await withFaults { client, faults, _ async throws in
            try await client.upsert(points(0..<20), into: "books")
            faults.plan(.delete, .lostAnswer, .lostAnswer)
            // Done by the first attempt, whose answer the others give as well.
            #expect(try await client.delete((0..<10).map { .number($0) }, from: "books") == 10)
            #expect(faults.count(.delete) == 3)
            let names = faults.names.dropFirst()
            #expect(Set(names.map(\.?.sequence)) == [2] && names.count == 3)
            #expect(try await client.count("books") == 10)
        }
    }

    @Test func `does not undo what others have written since`() async throws {
        try await withFaults { client, faults, cluster async throws in
            let other = try await cluster.connect(to: "g")
            faults.plan(
                .upsert, .lostAnswer, .refused(ServiceError(.unavailable, "in a moment")))
            async let written = client.upsert([Point(id: 1, vector: [1, 1])], into: "books")
            while faults.count(.upsert) < 1 { try await Task.sleep(for: .milliseconds(1)) }
            while try await other.count("books") == 0 { await Task.yield() }
            try await other.upsert([Point(id: 1, vector: [2, 2])], into: "books")
            #expect(try await written == 1)
            #expect(try await other.get([1], from: "books").map(\.vector) == [[2, 2]])
        }
    }

    @Test func `asks again when it hears nothing`() async throws {
        try await withFaults(timeout: .seconds(6)) { client, faults, _ async throws in
            faults.plan(.upsert, .silence)
            #expect(try await client.upsert(points(0..<5), into: "books") == 5)
            #expect(faults.count(.upsert) == 2)
            faults.plan(.search, .silence, .refused(ServiceError(.unavailable, "not now")))
            #expect(try await client.search("books", near: [0, 1]).count == 5)
            #expect(faults.count(.search) == 3)
        }
    }

    @Test func `opens another session when its own is forgotten`() async throws {
        try await withFaults { client, faults, _ async throws in
            faults.plan(.upsert, .refused(ServiceError(.sessionExpired, "forgotten")))
            #expect(try await client.upsert(points(0..<5), into: "books") == 5)
            #expect(faults.count(.openSession) == 2)
            // Of a collection that was made anew the old session is of no use either.
            try await client.deleteCollection("books")
            try await client.createCollection(books)
            #expect(try await client.upsert(points(0..<5), into: "books") == 5)
            #expect(faults.count(.openSession) == 3)
        }
    }

    @Test func `says so when nobody knows whether a write was done`() async throws {
        try await withFaults { client, faults, _ async throws in
            faults.plan(
                .upsert, .lostAnswer, .refused(ServiceError(.sessionExpired, "forgotten")))
            let error = await #expect(throws: ServiceError.self) {
                try await client.upsert(points(0..<5), into: "books")
            }
            #expect(error?.code == .unknownOutcome)
            #expect(error?.details["cause"] == "sessionExpired")
            #expect(faults.count(.upsert) == 2)
        }
    }

    @Test func `does not repeat what has no name`() async throws {
        try await withFaults { client, faults, _ async throws in
            faults.plan(.create, .lostAnswer)
            var films = books
            films.name = "films"
            let error = await #expect(throws: ServiceError.self) {
                try await client.createCollection(films)
            }
            #expect(error?.code == .unknownOutcome)
            #expect(try await client.listCollections().count == 2)
        }
    }

    @Test func `sends everything once if it is told to`() async throws {
        try await withFaults(repeats: .never) { client, faults, _ async throws in
            faults.plan(.upsert, .lostAnswer)
            faults.plan(.search, .refused(ServiceError(.unavailable, "not now")))
            for code in [ServiceError.Code.unknownOutcome, .unavailable] {
                let error = await #expect(throws: ServiceError.self) {
                    if code == .unavailable {
                        _ = try await client.search("books", near: [1, 1])
                    } else {
                        try await client.upsert(points(0..<5), into: "books")
                    }
                }
                #expect(error?.code == code)
            }
            #expect(faults.names == [nil] && faults.count(.openSession) == 0)
        }
    }

    @Test func `names the reason when its time is up`() async throws {
        try await withFaults { client, faults, _ async throws in
            let refused = FaultyGateway.Fault.refused(ServiceError(.unavailable, "no leader yet"))
            for _ in 0..<100 { faults.plan(.search, refused) }
            let error = await #expect(throws: ServiceError.self) {
                try await withDeadline(.milliseconds(200)) {
                    _ = try await client.search("books", near: [1, 1])
                }
            }
            #expect(error?.message.contains("no leader yet") == true)
        }
    }

    @Test func `loses and doubles nothing while gateways come and go`() async throws {
        try await withCluster { cluster, reader in
            try await cluster.startGateway("h")
            try await reader.createCollection(books)
            let client = try await cluster.connect(to: "h", "g")
            // A third of the upload goes to a gateway that is then gone.
            let (source, feed) = AsyncStream.makeStream(of: Point.self)
            let all = points(0..<600)
            for point in all.prefix(200) { feed.yield(point) }
            async let uploaded = client.upload(source, into: "books", batchSize: 20)
            while try await reader.count("books") < 100 { await Task.yield() }
            await cluster.stopGateway("h")
            for point in all.dropFirst(200) { feed.yield(point) }
            feed.finish()
            #expect(try await uploaded == 600)
            var found: [PointID] = []
            for try await point in client.scroll("books") { found.append(point.id) }
            #expect(found == all.map(\.id))
            #expect(try await client.delete(found, from: "books") == 600)
        }
    }
}
