import Actors
import Client
import Foundation
import Gateway
import Primitives
import Protocols
import Testing
import Vectors
import ZeroMQ

/// The Swift client as a stranger: by the bridge, through the door.
@Suite(.timeLimit(.minutes(2))) struct `A client of the bridge` {
    private let books = CollectionConfiguration(
        name: "books", dimension: 2, metric: .euclid, shardCount: 2, replicaCount: 1, memory: .half)

    private func point(_ number: UInt64) -> Point {
        Point(
            id: .number(number), vector: [Float(number), 0],
            payload: ["n": .integer(Int64(number)), "deep": .array([.null, .number(0.5)])])
    }

    @Test func `can do what a client of the actors can`() async throws {
        try await withCluster(workers: ["w1", "w2"]) { cluster, actors in
            let client = try VectronClient.connect(
                toBridges: [try await cluster.startBridge("b")])
            let made = try await client.createCollection(books)
            #expect(made == (try await actors.describeCollection("books")))
            let uuid = try #require(UUID(uuidString: "0b0e0a7e-5f0a-4c53-9d5e-8f6f2f7a5d11"))
            var points = (0..<100).map { point($0) }
            points.append(Point(id: .string("x"), vector: [0, 7], payload: [:]))
            points.append(Point(id: .uuid(uuid), vector: [0, 8], payload: ["a": .bool(true)]))
            #expect(try await client.upload(points, into: "books", batchSize: 30) == 102)
            #expect(try await client.count("books", consistency: .local) == 102)

            for parts in [PointParts.payload, .vector, [.payload, .vector], []] {
                let ids: [PointID] = ["x", 3, 1_000, .uuid(uuid)]
                let mine = try await client.get(ids, from: "books", parts: parts)
                #expect(mine == (try await actors.get(ids, from: "books", parts: parts)))
                var pages: [Point] = []
                for try await point in client.scroll("books", pageSize: 9, parts: parts) {
                    pages.append(point)
                }
                var expected: [Point] = []
                for try await point in actors.scroll("books", parts: parts) {
                    expected.append(point)
                }
                #expect(pages == expected)
                for request in [
                    SearchRequest(
                        collection: "books", target: .vector([5, 0]), limit: 5, parts: parts,
                        consistency: .bounded(staleness: .seconds(5))),
                    SearchRequest(
                        collection: "books", target: .point(5), recall: 0.9, parts: parts),
                    SearchRequest(
                        collection: "books", target: .point("x"), efSearch: 50, mode: .exact,
                        parts: parts),
                ] {
                    #expect(try await client.search(request) == actors.search(request))
                }
            }
            let vectors: [[Float]] = [[1, 1], [50, 0]]
            #expect(
                try await client.searchBatch("books", near: vectors)
                    == actors.searchBatch("books", near: vectors))
            let recalls = try await client.measureRecall(of: "books", .init(sampleCount: 5))
            #expect(recalls.map(\.points.recall) == [1, 1] && recalls.count == 2)
            #expect(recalls.map(\.pointCount).reduce(0, +) == 102)
            #expect(try await client.delete([1, 2, 1_000], from: "books") == 2)
            #expect(
                try await client.listCollections().map(\.configuration) == [books])
            try await client.deleteCollection("books")
            #expect(try await client.listCollections().isEmpty)
            await client.close()
            await #expect(throws: ServiceError.self) { try await client.listCollections() }
        }
    }

    @Test func `gets the errors of the database`() async throws {
        try await withCluster(workers: ["w1"]) { cluster, _ in
            let client = try VectronClient.connect(
                toBridges: [try await cluster.startBridge("b")])
            func error(_ body: () async throws -> Void) async -> ServiceError? {
                await #expect(throws: ServiceError.self) { try await body() }
            }
            let missing = await error { _ = try await client.count("nothing") }
            #expect(missing?.code == .notFound && missing?.details["collection"] == "nothing")
            try await client.createCollection(books)
            let wrong = await error {
                try await client.upsert([Point(id: 1, vector: [1])], into: "books")
            }
            #expect(wrong?.code == .invalidArgument)
            let large = await error {
                let vector = [Float](repeating: 0, count: 9 << 20)
                try await client.upsert([Point(id: 1, vector: vector)], into: "books")
            }
            #expect(large?.code == .tooLarge)
            #expect(await error { _ = try await client.status() }?.code == .invalidArgument)
            #expect(
                await error {
                    _ = try VectronClient.connect(toBridges: ["nonsense"])
                }?.code == .invalidArgument)
        }
    }

    private static func identity(_ tenant: UInt64, _ scopes: [Scope]) -> Identity {
        Identity(
            user: UserID(rawValue: tenant), name: "u", tenant: TenantID(rawValue: tenant),
            tenantName: "t", isAdmin: false, plan: .unlimited, scopes: scopes,
            source: .apiKey("k"), validUntil: nil)
    }

    @Test func `is let in by its key, and sees what is its tenant's`() async throws {
        try await withCluster(workers: ["w1"]) { cluster, actors in
            let identities = [
                "vec_one": Self.identity(7, [Scope(.manage)]),
                "vec_two": Self.identity(8, [Scope(.manage)]),
                "vec_reader": Self.identity(7, [Scope(.read)]),
            ]
            let bridge = try await cluster.startBridge("b") { credential in
                guard case .apiKey(let key) = credential, let identity = identities[key] else {
                    throw ServiceError.unauthenticated
                }
                return identity
            }
            func client(_ key: String?) throws -> VectronClient {
                try VectronClient.connect(toBridges: [bridge], key: key)
            }
            for key in [nil, "vec_wrong"] {
                let error = await #expect(throws: ServiceError.self) {
                    try await client(key).listCollections()
                }
                #expect(error?.code == .unauthenticated)
            }
            let (one, two) = (try client("vec_one"), try client("vec_two"))
            try await one.createCollection(books)
            #expect(try await one.upsert([point(1), point(2)], into: "books") == 2)
            #expect(try await two.listCollections().isEmpty)
            #expect(try await actors.listCollections().map(\.configuration.name) == ["7:books"])
            let reader = try client("vec_reader")
            #expect(try await reader.search("books", near: [1, 0]).map(\.id) == [1, 2])
            let error = await #expect(throws: ServiceError.self) {
                try await reader.delete([1], from: "books")
            }
            #expect(error?.code == .permissionDenied)
        }
    }

    @Test func `speaks under keys to whom knows its own, and to nobody else`() async throws {
        try await withCluster(workers: ["w1"]) { cluster, _ in
            let (server, own) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
            let folder = await cluster.path("bridge-keys")
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try own.publicKey.text.write(
                toFile: folder + "/client.pub", atomically: true, encoding: .utf8)
            let bridge = try await cluster.startBridge(
                "b", security: .curve(server, try BridgeClientKeys(directory: folder)))
            let client = try VectronClient.connect(
                toBridges: [bridge], keys: BridgeKeys(server: server.publicKey, own: own))
            #expect(try await client.listCollections().isEmpty)
            for keys in [
                BridgeKeys(server: server.publicKey, own: try .generate()),
                BridgeKeys(server: own.publicKey, own: own), nil,
            ] {
                let stranger = try VectronClient.connect(toBridges: [bridge], keys: keys)
                let error = await #expect(throws: ServiceError.self) {
                    try await withDeadline(.milliseconds(300)) {
                        _ = try await stranger.listCollections()
                    }
                }
                #expect([.unavailable, .deadlineExceeded].contains(error?.code))
            }
        }
    }

    @Test func `goes on with another bridge when one is gone, and writes once`() async throws {
        try await withCluster(workers: ["w1"]) { cluster, actors in
            let bridges = [
                try await cluster.startBridge("b"), try await cluster.startBridge("c"),
            ]
            let client = try VectronClient.connect(toBridges: bridges)
            try await client.createCollection(books)
            try await client.upsert((0..<10).map { point($0) }, into: "books")
            await cluster.stopBridge("b")
            #expect(try await client.delete([1, 2, 3], from: "books") == 3)
            #expect(try await client.count("books") == 7)
            await cluster.stopBridge("c")
            let error = await #expect(throws: ServiceError.self) {
                try await withDeadline(.milliseconds(200)) { _ = try await client.count("books") }
            }
            #expect([.unavailable, .deadlineExceeded].contains(error?.code))
            _ = try await cluster.startBridge("b")
            #expect(try await client.count("books") == 7)
        }
    }
}
