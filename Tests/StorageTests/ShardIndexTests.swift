import Fixtures
import Foundation
import LevelDB
import Primitives
import Protocols
import Storage
import Testing
import Vectors

@Suite struct `A shard index` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("7") }
    private let log = LogRecorder()

    init() throws { directory = try TemporaryDirectory() }

    @Test func `finds everything after an abrupt end without a checkpoint`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<200)
            try shard.upsert(0..<100, shift: 0.5)
            try shard.delete(150..<160)
        }
        let shard = try WrittenShard(at: path, log: log)
        #expect(shard.index.pointCount == 190)
        for number in UInt64(0)..<100 {
            #expect(shard.nearest(number, shift: 0.5) == [.number(number)])
        }
        for number in UInt64(100)..<150 { #expect(shard.nearest(number) == [.number(number)]) }
        #expect(!shard.nearest(155, limit: 190).contains(.number(155)))
        #expect(
            log.messages == [
                "the graph is built anew from the vectors: no checkpoint was written"
            ])
    }

    @Test func `continues after a checkpoint`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<100)
            try shard.index.checkpoint()
            try shard.upsert(100..<150)
            try shard.upsert(0..<10, shift: 0.5)
            try shard.delete([20, 120])
        }
        let shard = try WrittenShard(at: path, log: log)
        #expect(log.messages == [])
        #expect(shard.index.pointCount == 148)
        #expect(shard.nearest(5, shift: 0.5) == [.number(5)])
        #expect(shard.nearest(130) == [.number(130)])
        let all = shard.nearest(20, limit: 150)
        #expect(all.count == 148)
        #expect(!all.contains(.number(20)) && !all.contains(.number(120)))
    }

    @Test func `is the same from a second checkpoint as from the first`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<5000)
            try shard.index.checkpoint()
            try shard.upsert(5000..<5010)
            try shard.index.checkpoint()
        }
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(5010..<5020)
            try shard.index.checkpoint()
        }
        let shard = try WrittenShard(at: path, log: log)
        #expect(log.messages == [])
        for number in [0, 4999, 5005, 5015] as [UInt64] {
            #expect(shard.nearest(number) == [.number(number)])
        }
    }

    private func changeDatabase(_ change: (Database) throws -> Void) throws {
        try change(try Database(at: path))
    }

    private func chunkKeys(_ database: Database) throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        try database.forEach(withPrefix: Keyspace.graphChunks) { key, _ in keys.append(Array(key)) }
        return keys
    }

    @Test(arguments: ["chunk", "manifest", "missing chunk", "missing manifest"])
    func `is built anew when its stored graph is damaged`(damage: String) throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<200)
            try shard.delete([7])
            try shard.index.checkpoint()
        }
        try changeDatabase { database in
            let key =
                damage.hasSuffix("chunk")
                ? try #require(try chunkKeys(database).first) : Keyspace.graphManifest
            guard !damage.hasPrefix("missing") else { return try database.delete(key, .synced) }
            var bytes = try #require(try database.get(key))
            bytes[bytes.count / 2] ^= 1
            try database.put(bytes, for: key, .synced)
        }
        do {
            let shard = try WrittenShard(at: path, log: log)
            #expect(log.messages.count == 1)
            #expect(log.messages.first?.hasPrefix("the graph is built anew") == true)
            #expect(shard.index.pointCount == 199)
            for number in UInt64(10)..<200 {
                #expect(shard.nearest(number) == [.number(number)])
            }
            try shard.index.checkpoint()
        }
        _ = try WrittenShard(at: path, log: log)
        #expect(log.messages.count == 1, "the graph was not stored again")
    }

    @Test func `forgets the chunks of a checkpoint that was cut short`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<50)
            try shard.index.checkpoint()
        }
        try changeDatabase { database in
            try database.put([1], for: Keyspace.graphChunk(0, ofGeneration: 99), .synced)
        }
        do {
            let shard = try WrittenShard(at: path, log: log)
            #expect(log.messages == [])
            try shard.index.checkpoint()
        }
        #expect(try chunkKeys(Database(at: path)).count == 1)
    }

    @Test func `does not open when a vector is missing`() throws {
        do {
            let shard = try WrittenShard(at: path, log: log)
            try shard.upsert(0..<50)
        }
        try changeDatabase { try $0.delete(Keyspace.vector(ofRow: 30), .synced) }
        let error = #expect(throws: StorageError.self) { try WrittenShard(at: path, log: log) }
        guard case .corrupted(path, "the vector of row 30", _) = error else {
            Issue.record("not corrupted: \(String(describing: error))")
            return
        }
    }

    @Test(arguments: VectorMemory.allCases)
    func `comes back as it was with every memory`(memory: VectorMemory) throws {
        let description = ShardDescription.example(memory)
        do {
            let shard = try WrittenShard(at: path, log: log, for: description)
            try shard.upsert(0..<2_000)
            try shard.index.checkpoint()
            try shard.upsert(2_000..<2_100)
            try shard.delete(500..<600)
        }
        // What an abrupt end may leave of a file is not taken for vectors.
        let file = path + "/vectors"
        try Data(repeating: 0xff, count: 1 << 16).write(to: URL(fileURLWithPath: file))
        let shard = try WrittenShard(at: path, log: log, for: description)
        #expect(log.messages == [])
        #expect(FileManager.default.fileExists(atPath: file) == (memory != .disk))
        #expect(shard.index.pointCount == 2_000)
        for number in Array(UInt64(0)..<50) + Array(2_050..<2_100) {
            #expect(shard.nearest(number) == [.number(number)])
        }
    }

    @Test func `is not one of another memory`() throws {
        _ = try WrittenShard(at: path, log: log, for: .example(.half))
        #expect(throws: StorageError.self) {
            _ = try WrittenShard(at: path, log: log, for: .example(.disk))
        }
    }

    @Test func `measures what recall takes when it has grown by half`() throws {
        let shard = try WrittenShard(at: path, log: log)
        try shard.upsert(0..<2_000)
        #expect(!shard.index.isCalibrationDue, "so few are scanned")
        try shard.upsert(2_000..<3_000)
        #expect(shard.index.isCalibrationDue)
        var queryCount = 0
        #expect(
            shard.index.calibrate(while: {
                queryCount += 1
                return queryCount < 20
            }) == nil)
        #expect(queryCount == 20 && shard.index.isCalibrationDue, "nothing has changed")
        let measured = try #require(shard.index.calibrate())
        #expect(measured.recall > 0.95)
        #expect(!shard.index.isCalibrationDue)
        try shard.upsert(3_000..<4_499)
        #expect(!shard.index.isCalibrationDue)
        try shard.upsert(4_499..<4_500)
        #expect(shard.index.isCalibrationDue)
        for number in UInt64(0)..<50 {
            let query = SearchQuery(
                vector: [Float(number % 37), Float(number / 37)], limit: 1, recall: 0.99)
            #expect(shard.index.search(query).map(\.id) == [.number(number)])
        }
    }

    @Test func `measures its recall, better with more candidates`() throws {
        let shard = try WrittenShard(at: path, log: log)
        try shard.upsert(0..<3_000)
        let wide = shard.index.measureRecall(RecallCheck(sampleCount: 50, efSearch: 200))
        let narrow = shard.index.measureRecall(RecallCheck(sampleCount: 50, efSearch: 1))
        #expect(wide.efSearch == 200 && narrow.efSearch == 10, "at least the limit")
        for figures in [wide.points, wide.mixtures, narrow.points, narrow.mixtures] {
            #expect(figures.queryCount == 50)
            #expect(figures.median <= figures.percentile99 && figures.median > .zero)
            #expect((figures.completeCount == 50) == (figures.recall == 1))
        }
        #expect(wide.points.recall >= narrow.points.recall && wide.points.recall > 0.99)
        #expect(wide.mixtures.recall >= narrow.mixtures.recall && wide.mixtures.recall > 0.99)
        let wanted = shard.index.measureRecall(RecallCheck(sampleCount: 50, recall: 0.9))
        #expect((10...200).contains(wanted.efSearch))
    }

    @Test func `finds by every mode the same in a small shard`() throws {
        let shard = try WrittenShard(at: path, log: log)
        try shard.upsert(0..<300)
        for number in UInt64(0)..<20 {
            var query = SearchQuery(vector: [Float(number), 3], limit: 10)
            let approximate = shard.index.search(query)
            query.mode = .exact
            #expect(shard.index.search(query) == approximate)
            #expect(approximate.map(\.score) == approximate.map(\.score).sorted())
        }
    }

    @Test(arguments: [SearchQuery.Mode.exact, .approximate])
    func `finds a point at every moment of its replacements`(mode: SearchQuery.Mode) async throws {
        let shard = try WrittenShard(at: path, log: log)
        try shard.upsert(0..<20)
        let index = shard.index
        let missed = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                var missed = 0
                while !Task.isCancelled {
                    let query = SearchQuery(vector: [7, 0], limit: 3, mode: mode)
                    if !index.search(query).contains(where: { $0.id == .number(7) }) { missed += 1 }
                }
                return missed
            }
            for count in 0..<600 { try shard.upsert([7], shift: Float(count) / 1e6) }
            group.cancelAll()
            return try await group.reduce(0, +)
        }
        #expect(missed == 0)
    }

    @Test func `stores the same bytes after the same changes`() throws {
        func content(_ name: String) throws -> [[UInt8]] {
            let path = directory.appending(name)
            do {
                let shard = try WrittenShard(at: path, log: log)
                try shard.upsert(0..<300)
                try shard.delete(0..<20)
                try shard.upsert(10..<50, shift: 0.25)
                try shard.index.checkpoint()
            }
            var content: [[UInt8]] = []
            try Database(at: path).forEach { content.append(Array($0) + Array($1)) }
            return content
        }
        let (first, second) = (try content("a"), try content("b"))
        #expect(first == second)
    }
}
