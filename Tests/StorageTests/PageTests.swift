import Fixtures
import Primitives
import Protocols
import Storage
import Testing

@Suite struct `A page of a shard store` {
    private let directory: TemporaryDirectory
    private let store: ShardStore
    private static let uuid = PointID(string: "550e8400-e29b-41d4-a716-446655440000")
    /// In the order that is specified: numbers, UUIDs, strings.
    private static let ids: [PointID] = [
        .number(0), .number(1), .number(255), .number(256), .number(1 << 32), .number(.max),
        PointID(string: "00000000-0000-0000-0000-000000000000"), uuid,
        PointID(string: "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        .string("\0"), .string("\0\0"), .string("10"), .string("9"), .string("Z"), .string("a"),
        .string("a\0"), .string("aa"), .string("ä"), .string("\u{10FFFF}"),
    ]

    init() throws {
        directory = try TemporaryDirectory()
        store = try ShardStore(at: directory.appending("7"), for: .example)
        var changes = ShardChanges(
            state: .example(appliedIndex: 1, nextRow: UInt32(Self.ids.count)))
        var generator = SeededGenerator(seed: 5)
        for (row, id) in Self.ids.shuffled(using: &generator).enumerated() {
            changes.changes.append(
                .insert(
                    StoredPoint(id: id, vector: [1, Float(row)], payload: [0x80]),
                    row: UInt32(row), hash: 0, replaced: nil))
        }
        try store.write(changes)
    }

    private func page(
        after id: PointID? = nil, limit: Int = 100, byteCount: Int = 1 << 20,
        parts: PointParts = []
    ) throws -> ShardStore.Page {
        try store.page(after: id, limit: limit, byteCount: byteCount, parts: parts)
    }

    @Test func `has the points in the order of ids`() throws {
        let page = try page()
        #expect(page.points.map(\.id) == Self.ids)
        #expect(Self.ids == Self.ids.sorted())
        #expect(page.isLast)
    }

    @Test(arguments: 1...20) func `begins behind the one before, whatever it ended with`(
        limit: Int
    ) throws {
        var found: [PointID] = []
        var isLast = false
        // Not for ever, if a page began where the one before did.
        while !isLast, found.count <= Self.ids.count {
            let page = try page(after: found.last, limit: limit)
            #expect(page.points.count == limit || page.isLast)
            found += page.points.map(\.id)
            isLast = page.isLast
        }
        #expect(found == Self.ids)
    }

    @Test func `may begin behind a point that does not exist`() throws {
        #expect(try page(after: .number(2), limit: 1).points.map(\.id) == [.number(255)])
        #expect(try page(after: .string("b"), limit: 1).points.map(\.id) == [.string("ä")])
        let end = try page(after: .string("\u{10FFFF}\u{10FFFF}"))
        #expect(end.points.isEmpty && end.isLast)
    }

    @Test func `has only the parts that are wanted`() throws {
        #expect(try page(limit: 1, parts: .vector).points[0].vector.count == 2)
        #expect(try page(limit: 1, parts: .vector).points[0].payload == [])
        #expect(try page(limit: 1, parts: .payload).points[0].payload == [0x80])
        #expect(try page(limit: 1, parts: .payload).points[0].vector == [])
    }

    @Test func `ends with the point that fills it`() throws {
        // An id of 9 bytes and a vector of 8.
        let page = try page(byteCount: 18, parts: .vector)
        #expect(page.points.count == 2 && page.byteCount == 34 && !page.isLast)
        #expect(try self.page(byteCount: 1).points.count == 1)
    }

    @Test func `does not have what was deleted, and what was replaced once`() throws {
        let rows = Dictionary(
            uniqueKeysWithValues: try page(parts: .vector).points.map {
                ($0.id, UInt32($0.vector[1]))
            })
        let first = try #require(rows[.number(0)])
        let second = try #require(rows[.number(1)])
        let nextRow = UInt32(Self.ids.count)
        var changes = ShardChanges(state: .example(appliedIndex: 2, nextRow: nextRow + 1))
        changes.changes = [
            .remove(.number(0), row: first),
            .insert(
                StoredPoint(id: .number(1), vector: [7, 7], payload: [0x80]), row: nextRow,
                hash: 0, replaced: second),
        ]
        try store.write(changes)
        let page = try page(limit: 2, parts: .vector)
        #expect(page.points.map(\.id) == [.number(1), .number(255)])
        #expect(page.points[0].vector == [7, 7])
    }
}
