import Fixtures
import LevelDB
import Primitives
import Protocols
import Storage
import Testing

@Suite struct `A checkpoint` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("7") }
    private let log = LogRecorder()

    init() throws { directory = try TemporaryDirectory() }

    private func keys(_ prefix: [UInt8]) throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        try Database(at: path).forEach(withPrefix: prefix) { key, _ in keys.append(Array(key)) }
        return keys
    }

    private static let vectors: [UInt8] = Array(Keyspace.vector(ofRow: 0).prefix(1))

    @Test func `covers what was there when it was copied, whatever comes while it is written`()
        throws
    {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<200)
            let copy = shard.index.beginCheckpoint()
            try shard.upsert(200..<260)
            try shard.upsert(0..<30, shift: 0.5)
            try shard.delete(40..<60)
            shard.index.finish(try copy.write())
            try shard.upsert(260..<270)
        }
        let shard = try WrittenShard(at: path, log: log)
        #expect(log.messages == [])
        #expect(shard.index.pointCount == 250)
        for number in UInt64(0)..<30 {
            #expect(shard.nearest(number, shift: 0.5) == [.number(number)])
        }
        for number in UInt64(60)..<270 { #expect(shard.nearest(number) == [.number(number)]) }
        #expect(!shard.nearest(50, limit: 250).contains(.number(50)))
    }

    @Test func `writes a chunk again that changed after it was copied, and then no more`() throws {
        let shard = try WrittenShard(at: path, log: log)
        try shard.upsert(0..<50)
        let copy = shard.index.beginCheckpoint()
        try shard.upsert(50..<51)
        shard.index.finish(try copy.write())
        let second = try shard.index.beginCheckpoint().write()
        #expect(second.byteCount > 0)
        shard.index.finish(second)
        #expect(try shard.index.beginCheckpoint().write().byteCount == 0)
    }

    @Test func `that nobody finished is made again`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<50)
            _ = try shard.index.beginCheckpoint().write()
            try shard.upsert(50..<60)
            let again = try shard.index.beginCheckpoint().write()
            #expect(again.byteCount > 0)
            shard.index.finish(again)
        }
        _ = try WrittenShard(at: path, log: log)
        #expect(log.messages == [])
        #expect(try keys(Keyspace.graphChunks).count == 1)
    }

    @Test func `lets the rows after it be linked as they were before`() throws {
        func content(_ name: String, reopening: Bool) throws -> [[UInt8]] {
            let path = directory.appending(name)
            func write(_ body: (WrittenShard) throws -> Void) throws {
                try body(try WrittenShard(at: path, log: log))
            }
            try write { shard in
                try shard.upsert(0..<300)
                try shard.index.checkpoint()
                try shard.upsert(300..<500)
                if !reopening { try shard.index.checkpoint() }
            }
            if reopening { try write { try $0.index.checkpoint() } }
            var content: [[UInt8]] = []
            try Database(at: path).forEach(withPrefix: Keyspace.graphChunks) {
                content.append(Array($1))
            }
            return content
        }
        #expect(try content("a", reopening: false) == content("b", reopening: true))
        #expect(log.messages == [])
    }

    @Test func `deletes the vectors that the graph has no slot for, and no others`() throws {
        let rounds = 12
        do {
            let shard = try WrittenShard(at: path, log: log)
            for round in 0..<rounds {
                try shard.upsert(0..<300, shift: Float(round) / 64)
                if round % 3 == 1 { try shard.index.checkpoint() }
            }
            try shard.index.checkpoint()
            #expect(shard.state.nextRow == UInt32(300 * rounds))
        }
        // Tombstones keep theirs until their place is filled: a share of the points.
        #expect(try (300..<900).contains(keys(Self.vectors).count))
        do {
            let shard = try WrittenShard(at: path, log: log)
            #expect(log.messages == [])
            let shift = Float(rounds - 1) / 64
            for number in UInt64(0)..<300 {
                #expect(shard.nearest(number, shift: shift) == [.number(number)])
            }
            try shard.delete(0..<290)
            for number in UInt64(290)..<300 { try shard.upsert([number], shift: 3) }
            try shard.index.checkpoint()
        }
        let shard = try WrittenShard(at: path, log: log)
        #expect(log.messages == [])
        #expect(shard.index.pointCount == 10)
        #expect(shard.nearest(295, shift: 3) == [.number(295)])
    }

    @Test func `deletes vectors also that a crash has kept it from deleting`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<100)
            try shard.index.checkpoint()
            for round in 1..<6 { try shard.upsert(0..<100, shift: Float(round) / 8) }
        }
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.index.checkpoint()
        }
        #expect(log.messages == [])
        #expect(try keys(Self.vectors).count < 350)
        #expect(try keys(Keyspace.graphTrails) == [])
    }

    /// Every value of the graph, every few bytes, one bit.
    @Test(arguments: [Keyspace.graphManifest, Keyspace.graphChunks, Keyspace.graphTrails])
    func `with a flipped bit costs time and no point`(prefix: [UInt8]) throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<12)
            try shard.delete([3])
            try shard.index.checkpoint()
            try shard.upsert(12..<16)
        }
        let key = try #require(try keys(prefix).first)
        let whole = try #require(try Database(at: path).get(key))
        var generator = SplitMix64(seed: 5)
        for offset in stride(from: 0, to: whole.count, by: max(1, whole.count / 48)) {
            var bytes = whole
            bytes[offset] ^= 1 << UInt8(truncatingIfNeeded: generator.next() % 8)
            do { try Database(at: path).put(bytes, for: key, .synced) }
            let before = log.messages.count
            let shard = try WrittenShard(at: path, log: log)
            // A trail is advice: without it rows are linked anew.
            #expect((log.messages.count > before) == (prefix != Keyspace.graphTrails), "\(offset)")
            #expect(shard.index.pointCount == 15)
            for number in UInt64(4)..<16 { #expect(shard.nearest(number) == [.number(number)]) }
        }
    }
}
