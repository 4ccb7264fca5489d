import Foundation
import MessagePack
import Primitives
import Protocols
import Testing

@Suite struct `A message of the hot path` {
    private static let points = [
        Point(id: .number(7), vector: [0.5, -1, 3], payload: ["a": .integer(1), "b": .null]),
        Point(id: .string("seven"), vector: [], payload: [:]),
        Point(
            id: .uuid(UUID(uuidString: "0e37df36-f698-11e6-8dd4-cb9ced3df976") ?? UUID()),
            vector: [1], payload: ["nested": .object(["x": .array([.bool(true), .number(0.5)])])]),
    ]

    private func roundTrip<Value: MessagePackCodable & Equatable>(_ value: Value) throws {
        var writer = MessagePackWriter()
        value.encode(to: &writer)
        let bytes = writer.buffer.copiedBytes()
        #expect(try decode(Value.self, bytes[...]) == value)
        for count in 0..<bytes.count {
            #expect(throws: MessagePackError.self) { try decode(Value.self, bytes[..<count]) }
        }
    }

    private func decode<Value: MessagePackCodable>(
        _ type: Value.Type, _ bytes: ArraySlice<UInt8>
    ) throws -> Value {
        try bytes.withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            let value = try Value(from: &reader)
            try reader.finish()
            return value
        }
    }

    @Test func `is read as it was written, and its prefixes are refused`() throws {
        let address = ShardAddress(collection: 3, shard: 4, version: 5)
        let query = SearchQuery(
            vector: [1, 2], limit: 3, efSearch: 64, parts: [.payload, .vector])
        for point in Self.points { try roundTrip(point) }
        try roundTrip(address)
        try roundTrip(query)
        try roundTrip(ShardUpsert(shard: address, points: Self.points))
        let id = WriteID(session: .max, sequence: 300, acknowledged: 299)
        try roundTrip(id)
        try roundTrip(ShardUpsert(shard: address, id: id, points: Self.points))
        try roundTrip(ShardSearch(shard: address, query: query))
        try roundTrip(ShardSearch(shard: address, query: query, consistency: .local))
        try roundTrip(
            SearchRequest(
                collection: "c", target: .vector([1]),
                consistency: .bounded(staleness: .milliseconds(250))))
        try roundTrip(UpsertRequest(collection: "c", points: Self.points))
        let session = CollectionSession(collection: 3, shards: [.init(shard: 4, session: .max)])
        let name = WriteName(session: session, sequence: 2, acknowledged: 1)
        try roundTrip(UpsertRequest(collection: "c", points: Self.points, name: name))
        try roundTrip(SearchRequest(collection: "c", target: .vector([1, 2]), efSearch: 10))
        try roundTrip(SearchRequest(collection: "c", target: .vector([1, 2]), recall: 0.95))
        try roundTrip(SearchQuery(vector: [1, 2], limit: 3, recall: 0.5))
        try roundTrip(SearchRequest(collection: "c", target: .point(.string("x")), mode: .exact))
        try roundTrip(
            ScoredPoint(id: .number(1), score: 0.5, payload: ["k": .string("v")], vector: [1]))
        try roundTrip(ScoredPoint(id: .number(1), score: 0.5))
    }

    @Test func `refuses an id or a search mode that there is not`() throws {
        // bin of 3 bytes; nil; a negative number
        #expect(throws: MessagePackError.self) { _ = try decode(PointID.self, [0xc4, 3, 1, 2, 3]) }
        #expect(throws: MessagePackError.self) { try decode(PointID.self, [0xc0]) }
        #expect(throws: MessagePackError.self) { try decode(PointID.self, [0xff]) }
        #expect(throws: MessagePackError.self) {
            try decode(SearchQuery.self, [0x81, 0xa4] + Array("mode".utf8) + [0xa1, 0x78])
        }
    }
}
