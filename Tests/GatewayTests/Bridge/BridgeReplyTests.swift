import FoundationEssentials
import Gateway
import MessagePack
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `A bridge reply` {
    static let uuid = PointID(string: "550e8400-e29b-41d4-a716-446655440000")

    static let shards = [
        ShardRecord(
            id: 1, version: 1, slots: SlotRange(first: 0, last: 8_191),
            replicas: [ReplicaRecord(id: 1, worker: "worker-1")]),
        ShardRecord(
            id: 2, version: 3, slots: SlotRange(first: 8_192, last: 16_383),
            replicas: [
                ReplicaRecord(id: 2, worker: "worker-1"),
                ReplicaRecord(id: 5, worker: "worker-2", isFounder: false),
            ]),
    ]

    static let docs = CollectionDescription(
        configuration: CollectionConfiguration(
            name: "docs", dimension: 3, metric: .cosine, shardCount: 2, replicaCount: 2,
            memory: .half),
        id: 1, pointCount: 12, shards: shards)

    static let old = CollectionDescription(
        configuration: CollectionConfiguration(name: "old", dimension: 3, metric: .euclid),
        id: 2, pointCount: nil, shards: [])

    static let status = ClusterStatus(
        version: "1.0.0",
        map: ClusterMap(
            cluster: 77, epoch: 9,
            workers: [
                WorkerRecord(
                    node: "worker-1", endpoint: "tcp://10.0.0.1:7000", failureDomain: "rack-a",
                    store: 11),
                WorkerRecord(node: "worker-2", endpoint: "tcp://10.0.0.2:7000", store: 1_234),
            ],
            collections: [
                CollectionRecord(id: 1, configuration: docs.configuration, shards: shards)
            ]),
        placement: [
            ClusterStatus.PlacementAnswer(
                node: "placement-1",
                status: PlacementStatus(
                    node: "placement-1", role: .leader, term: 4, leader: "placement-1",
                    members: ["placement-1", "placement-2"], cluster: 77, epoch: 9,
                    commitIndex: 21, appliedIndex: 20, stateHash: "00c0ffee00c0ffee"),
                error: nil),
            ClusterStatus.PlacementAnswer(node: "placement-2", status: nil, error: "unreachable"),
        ],
        workers: [
            ClusterStatus.WorkerAnswer(
                node: "worker-1",
                status: WorkerStatus(
                    node: "worker-1", epoch: 9,
                    shards: [
                        ShardStatus(
                            id: 1, replica: 1, role: .follower, term: 3, leader: 5,
                            voters: [1, 5], pointCount: 12, commitIndex: 45, appliedIndex: 44,
                            stateHash: "0123456789abcdef", isDiverged: true,
                            memoryByteCount: 4_096)
                    ]), error: nil),
            ClusterStatus.WorkerAnswer(node: "worker-2", status: nil, error: "unreachable"),
        ])

    static let session = CollectionSession(
        collection: 3, shards: [.init(shard: 7, session: 12), .init(shard: 8, session: 4_096)])

    static let recall = ShardRecall(
        shard: 7, worker: "worker-1", pointCount: 1_000, efSearch: 128,
        points: RecallFigures(
            recall: 1, queryCount: 100, completeCount: 100, median: .microseconds(250),
            percentile99: .nanoseconds(1_500_500)),
        mixtures: RecallFigures(
            recall: 0.975, queryCount: 100, completeCount: 90, median: .microseconds(300),
            percentile99: .milliseconds(2)))

    /// What each golden reply is the encoding of.
    static let replies: [String: BridgeReply] = [
        "pong": .success(.number(1), .pong),
        "done, a text id": .success(.text("a-1"), .done),
        "count": .success(.number(1), .count(70_000)),
        "collection": .success(.number(1), .collection(docs)),
        "collections": .success(.number(1), .collections([docs, old])),
        "points": .success(
            .number(1),
            .points(
                [
                    Point(
                        id: .number(7), vector: [1, 0.5],
                        payload: [
                            "b": .array([.null, .bool(true), .number(0.5), "x"]), "a": .integer(1),
                        ]),
                    Point(id: uuid, vector: [-2, 0]),
                ], [.payload, .vector])),
        "points, ids only": .success(
            .number(1), .points([Point(id: .string("text"), vector: [])], [])),
        "scored points": .success(
            .number(1),
            .scoredPoints([
                ScoredPoint(id: .number(7), score: 0.75, payload: ["a": .integer(1)]),
                ScoredPoint(id: uuid, score: 0.5, payload: [:]),
            ])),
        "scored points, with vector": .success(
            .number(1),
            .scoredPoints([
                ScoredPoint(id: .string("text"), score: -1.5, payload: [:], vector: [1, 2])
            ])),
        "session": .success(.number(1), .session(session)),
        "results of a batch": .success(
            .number(1),
            .scoredPointsOfBatch([
                [
                    ScoredPoint(id: .number(7), score: 0.75, payload: ["a": .integer(1)]),
                    ScoredPoint(id: uuid, score: 0.5, payload: [:]),
                ], [],
            ])),
        "a page": .success(
            .number(1),
            .page(
                ScrollPage(
                    points: [Point(id: .number(7), vector: [1, 0.5])], next: .number(7)),
                [.payload, .vector])),
        "a page that ends with a UUID": .success(
            .number(1), .page(ScrollPage(points: [Point(id: uuid, vector: [])], next: uuid), [])),
        "the last page": .success(
            .number(1), .page(ScrollPage(points: [], next: nil), .payload)),
        "recall": .success(.number(1), .recall([recall])),
        "status": .success(.number(1), .status(status)),
        "error": .failure(
            .number(1),
            ServiceError(
                .notFound, "there is no collection \"docs\"", details: ["collection": "docs"])),
        "error, retryable": .failure(
            .number(.max),
            ServiceError(
                .overloaded, "the server has 1024 requests under way; try again later")),
        "error, the id could not be read": .failure(
            nil, .invalidArgument("the request cannot be read")),
    ]

    @Test(arguments: BridgeGolden.all(.reply))
    func `has the same bytes in every release`(golden: BridgeGolden) throws {
        let reply = try #require(Self.replies[golden.name])
        #expect(reply.encoded().copiedBytes() == golden.bytes)
    }

    @Test(arguments: BridgeGolden.all(.reply))
    func `means what the golden file says`(golden: BridgeGolden) throws {
        let value = try golden.bytes.withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            return try reader.read(MessagePackValue.self)
        }
        #expect(JSONValue(reply: value).normalised == golden.meaning?.normalised)
    }

    @Test func `covers every golden line`() {
        #expect(Set(BridgeGolden.all(.reply).map(\.name)) == Set(Self.replies.keys))
    }

    @Test func `that would be too large says so instead`() throws {
        let points = (0..<100).map { Point(id: .number($0), vector: [1, 2, 3, 4]) }
        let reply = BridgeReply.success(.number(5), .points(points, .vector))
        let value = try reply.encoded(maxByteCount: 1_000).withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            return try reader.read(MessagePackValue.self)
        }
        #expect(value["id"] == .integer(5))
        #expect(value["error"]?["code"] == .string("tooLarge"))
    }

    @Test(arguments: ["x", "ü", "👩‍👩‍👧‍👦"])
    func `quotes no more than a little`(character: String) {
        let message = String(repeating: character, count: 100_000)
        let reply = BridgeReply.failure(nil, .invalidArgument(message))
        #expect(reply.encoded().count < BridgeReply.maxMessageByteCount + 100)
    }
}
