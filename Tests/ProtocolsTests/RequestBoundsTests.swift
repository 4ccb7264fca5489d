import Primitives
import Protocols
import Testing

@Suite struct `A request` {
    private static let numbers = [0, -1, 1 << 31, .max, .min]

    @Test(arguments: numbers) func `of a page with an impossible limit is refused`(limit: Int) {
        let error = #expect(throws: ServiceError.self) {
            try ScrollRequest(collection: "docs", limit: limit).validate()
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "limit is \(limit); it must be 1 to 10000")
    }

    @Test(arguments: [1, 10_000]) func `of a page may have the outermost limits`(
        limit: Int
    ) throws {
        try ScrollRequest(collection: "docs", limit: limit).validate()
    }

    @Test(arguments: ["", String(repeating: "x", count: 513)])
    func `of a page after what is no id is refused`(text: String) {
        let error = #expect(throws: ServiceError.self) {
            try ScrollRequest(collection: "docs", after: .string(text)).validate()
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: numbers) func `of a shard's page is bounded in bytes`(byteCount: Int) {
        #expect(throws: ServiceError.self) {
            try ShardScroll(
                shard: ShardAddress(collection: 1, shard: 1, version: 1), after: nil, limit: 1,
                byteCount: byteCount, parts: []
            ).validate()
        }
    }

    @Test(arguments: numbers) func `of many searches with an impossible limit is refused`(
        limit: Int
    ) {
        let error = #expect(throws: ServiceError.self) {
            try SearchBatch(vectors: [[1]], limit: limit).validate()
        }
        #expect(error?.message == "limit is \(limit); it must be 1 to 10000")
    }

    @Test(arguments: numbers) func `of many searches with an impossible width is refused`(
        efSearch: Int
    ) {
        #expect(throws: ServiceError.self) {
            try SearchBatch(vectors: [[1]], efSearch: efSearch).validate()
        }
    }

    @Test(arguments: [0, -1, 1.5, .nan, .infinity, -.infinity] as [Double])
    func `of many searches with an impossible recall is refused`(recall: Double) {
        #expect(throws: ServiceError.self) {
            try SearchBatch(vectors: [[1]], recall: recall).validate()
        }
    }

    @Test func `of too many searches is too large`() throws {
        let vectors = [[Float]](repeating: [1], count: 1_000)
        try SearchBatch(vectors: vectors, limit: 100).validate()
        for batch in [
            SearchBatch(vectors: vectors + [[1]], limit: 1),
            SearchBatch(vectors: vectors, limit: 101),
        ] {
            let error = #expect(throws: ServiceError.self) { try batch.validate() }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test(arguments: [(0, 0), (1, 1), (1, .max), (5, 5)] as [(UInt64, UInt64)])
    func `under an impossible name is refused`(sequence: UInt64, acknowledged: UInt64) {
        let session = CollectionSession(collection: 1, shards: [])
        #expect(throws: ServiceError.self) {
            try WriteName(session: session, sequence: sequence, acknowledged: acknowledged)
                .validate()
        }
    }
}

@Suite struct `A session of a collection` {
    @Test func `is its bytes again`() {
        let session = CollectionSession(
            collection: .init(.max), shards: (1...256).map { .init(shard: .init($0), session: ~$0) }
        )
        #expect(session.bytes.count == 8 + 256 * 16)
        #expect(CollectionSession(bytes: session.bytes) == session)
    }

    @Test func `has no other lengths`() {
        let bytes = CollectionSession(
            collection: 1, shards: (1...256).map { .init(shard: .init($0), session: $0) }
        ).bytes
        for count in 0...bytes.count where count % 16 != 8 {
            #expect(CollectionSession(bytes: bytes.prefix(count)) == nil)
        }
        #expect(CollectionSession(bytes: bytes + [UInt8](repeating: 0, count: 16)) == nil)
    }
}
