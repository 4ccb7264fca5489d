import FoundationEssentials
import Gateway
import Primitives
import Protocols
import Testing

@Suite struct `A page of points from several shards` {
    /// What a shard would answer.
    private static func page(
        of ids: [PointID], after: PointID?, limit: Int, vector: [Float] = []
    ) -> ShardPage {
        let following = ids.filter { id in after.map { $0 < id } ?? true }.sorted()
        let points = following.prefix(limit).map { Point(id: $0, vector: vector) }
        return ShardPage(
            points: points, byteCount: points.count * 10, isLast: following.count <= limit)
    }

    private static func gather(
        _ shards: [[PointID]], _ request: ScrollRequest
    ) -> (page: ScrollPage, roundCount: Int) {
        var gathering = ScrollGathering(request, shardCount: shards.count)
        var roundCount = 0
        while gathering.isOpen {
            roundCount += 1
            gathering.add(
                shards.map {
                    page(of: $0, after: gathering.last, limit: gathering.shardLimit)
                })
        }
        return (gathering.page, roundCount)
    }

    /// Numbers, UUIDs and strings.
    private static func id(_ generator: inout SeededGenerator) -> PointID {
        let number = UInt64.random(in: 0..<1_000_000, using: &generator)
        switch number % 3 {
        case 0: return .number(number << (number % 40))
        case 1:
            return PointID(string: "550e8400-e29b-41d4-a716-" + String(446_655_000_000 + number))
        default: return .string("\(number)")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `comes in the order of ids, each point once, whatever shards they are in`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let shardCount = Int.random(in: 1...8, using: &generator)
        var shards = [[PointID]](repeating: [], count: shardCount)
        var all: Set<PointID> = []
        for _ in 0..<Int.random(in: 0...600, using: &generator) {
            let id = Self.id(&generator)
            guard all.insert(id).inserted else { continue }
            // Some shards have most: the bound on rounds must not lose a point.
            shards[Int.random(in: 0..<shardCount, using: &generator) / 2].append(id)
        }
        let limit = Int.random(in: 1...200, using: &generator)
        var found: [PointID] = []
        var request = ScrollRequest(collection: "docs", limit: limit)
        while true {
            let page = Self.gather(shards, request).page
            #expect(page.points.count <= limit)
            found += page.points.map(\.id)
            guard let next = page.next else { break }
            #expect(next == page.points.last?.id)
            #expect(!page.points.isEmpty)
            if page.points.isEmpty { break }
            request.after = next
        }
        #expect(found == all.sorted())
    }

    @Test func `is full in one round when points are spread evenly`() {
        var generator = SeededGenerator(seed: 3)
        var shards = [[PointID]](repeating: [], count: 6)
        for number in 0..<6_000 as Range<UInt64> {
            shards[Int.random(in: 0..<6, using: &generator)].append(.number(number))
        }
        let (page, roundCount) = Self.gather(shards, ScrollRequest(collection: "docs", limit: 500))
        #expect(page.points.map(\.id) == (0..<500).map { .number($0) })
        #expect(roundCount == 1)
    }

    @Test func `says that it is the last when exactly all points are in it`() {
        let shards: [[PointID]] = [[.number(1)], [.number(2)]]
        #expect(Self.gather(shards, ScrollRequest(collection: "c", limit: 2)).page.next == nil)
        #expect(
            Self.gather(shards, ScrollRequest(collection: "c", limit: 1)).page.next == .number(1))
    }

    @Test func `stops at what fits, and at least with one point`() {
        let vector = [Float](repeating: 1, count: ScrollRequest.pageByteCount / 8)
        var gathering = ScrollGathering(
            ScrollRequest(collection: "c", limit: 100, parts: .vector), shardCount: 1)
        #expect(gathering.shardByteCount == ScrollRequest.pageByteCount)
        gathering.add([
            Self.page(of: (0..<9).map { .number($0) }, after: nil, limit: 5, vector: vector)
        ])
        #expect(!gathering.isOpen)
        #expect(gathering.page.points.count == 2)
        #expect(gathering.page.next == .number(1))
    }

    @Test func `does not ask for ever a shard that gives nothing`() {
        var gathering = ScrollGathering(ScrollRequest(collection: "c"), shardCount: 1)
        gathering.add([ShardPage(points: [], byteCount: 0, isLast: false)])
        #expect(!gathering.isOpen)
    }
}
