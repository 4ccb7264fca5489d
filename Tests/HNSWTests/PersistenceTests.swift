import HNSW
import Primitives
import Testing
import Vectors

/// What a store would hold of one index.
struct StoredGraph {
    var header: [UInt8] = []
    var chunks: [Int: [UInt8]] = [:]

    /// Takes a checkpoint and returns the chunks that it wrote.
    @discardableResult
    mutating func take(_ scope: GraphScope, of index: HNSWIndex) -> [Int] {
        var written: [Int] = []
        index.writeGraph(scope) { part, bytes in
            switch part {
            case .header: header = bytes
            case .chunk(let number):
                chunks[number] = bytes
                written.append(number)
            }
        }
        return written
    }

    init() {}

    init(of index: HNSWIndex) { take(.allChunks, of: index) }

    /// The index again; vectors come from `source`.
    func restored(vectors source: HNSWIndex) throws -> HNSWIndex {
        try HNSWIndex(
            restoring: header, capacity: 1 << 16, chunk: { chunks[$0] ?? [] },
            vectors: { put in
                for row in 0..<Row(source.rowCount) where !source.isFree(row) {
                    try source.vector(at: row).withUnsafeBytes { try put(row, $0) }
                }
            })
    }
}

@Suite struct `A stored graph` {
    /// Tombstones, duplicates, several layers and several chunks (maxLinks 128: 512 rows each).
    private func manifold(_ count: Int = 1200) throws -> (HNSWIndex, ClusteredVectors) {
        let data = try ClusteredVectors(count: count, dimension: 6, metric: .cosine)
        let index = try data.index(HNSWParameters(maxLinks: 128, efConstruction: 20))
        for row in 0..<40 { try index.insert(data.vectors[row / 4]) }
        for row in stride(from: 0, to: Row(count), by: 7) { index.remove(row) }
        return (index, data)
    }

    @Test func `comes back as the same bytes and the same answers`() throws {
        let (index, data) = try manifold()
        let stored = StoredGraph(of: index)
        let restored = try stored.restored(vectors: index)
        let again = StoredGraph(of: restored)
        #expect(again.header == stored.header)
        #expect(again.chunks == stored.chunks)
        #expect(restored.rowCount == index.rowCount)
        #expect(restored.liveCount == index.liveCount)
        for query in data.queries + [data.vectors[3]] {
            #expect(
                restored.graphSearch(query, limit: 20, efSearch: 50)
                    == index.graphSearch(query, limit: 20, efSearch: 50))
        }
    }

    @Test func `goes on growing as if it had never been stored`() throws {
        let (index, data) = try manifold(600)
        let restored = try StoredGraph(of: index).restored(vectors: index)
        for vector in data.queries + data.vectors.prefix(10) {
            #expect(try index.insert(vector) == restored.insert(vector))
        }
        try restored.checkInvariants()
        #expect(StoredGraph(of: restored).chunks == StoredGraph(of: index).chunks)
    }

    @Test func `of an empty index is an empty index`() throws {
        let index = try HNSWIndex(dimension: 3, metric: .dot)
        let stored = StoredGraph(of: index)
        #expect(stored.chunks.isEmpty)
        let restored = try stored.restored(vectors: index)
        #expect(restored.rowCount == 0)
        try restored.insert([1, 2, 3])
        #expect(restored.search([1, 1, 1], limit: 1, efSearch: 1).map(\.row) == [0])
    }

    @Test func `is written anew only where it changed`() throws {
        let (index, _) = try manifold()
        var stored = StoredGraph()
        #expect(stored.take(.changedChunks, of: index) == [0, 1, 2])
        #expect(stored.take(.changedChunks, of: index) == [])
        index.remove(600)
        #expect(stored.take(.changedChunks, of: index) == [1])
        index.remove(600)
        #expect(stored.take(.changedChunks, of: index) == [])
        let restored = try stored.restored(vectors: index)
        #expect(stored.take(.changedChunks, of: restored) == [])
        try restored.insert([Float](repeating: 1, count: 6).map { $0 / Float(6).squareRoot() })
        #expect(stored.take(.changedChunks, of: restored).contains(2))
        #expect(try stored.restored(vectors: restored).rowCount == 1241)
    }

    @Test func `is written again after a checkpoint that failed`() throws {
        struct DiskFull: Error {}
        let (index, _) = try manifold(600)
        #expect(throws: DiskFull.self) {
            try index.writeGraph(.changedChunks) { part, _ in
                if part == .header { throw DiskFull() }
            }
        }
        var stored = StoredGraph()
        #expect(stored.take(.changedChunks, of: index) == [0, 1])
    }

    @Test func `keeps its chunks below a mebibyte`() throws {
        for maxLinks in [2, 16, 17, 32, 100, 128] {
            let rows = GraphHeader.rowsPerChunk(maxLinks: maxLinks)
            #expect(rows * (maxLinks * 12 + 16) <= 1 << 20)
            #expect(rows >= 512)
        }
    }

    @Test func `with one flipped bit is refused`() throws {
        let (index, _) = try manifold(600)
        let stored = StoredGraph(of: index)
        var generator = SeededGenerator(seed: 9)
        for position in stored.header.indices {
            var damaged = stored
            damaged.header[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            expectRefusal(damaged, index)
        }
        for _ in 0..<60 {
            var damaged = stored
            let number = Int.random(in: 0..<2, using: &generator)
            let bit: UInt8 = 1 << UInt8.random(in: 0..<8, using: &generator)
            damaged.chunks[number]?[
                Int.random(in: 0..<(stored.chunks[number]?.count ?? 0), using: &generator)] ^= bit
            expectRefusal(damaged, index)
        }
    }

    @Test func `with bytes missing or left over is refused`() throws {
        let (index, _) = try manifold(600)
        let stored = StoredGraph(of: index)
        for count in [0, 1, 3, 4, 20, stored.header.count - 1] {
            var damaged = stored
            damaged.header = Array(stored.header.prefix(count))
            expectRefusal(damaged, index)
            damaged = stored
            damaged.chunks[1] = Array((stored.chunks[1] ?? []).prefix(count))
            expectRefusal(damaged, index)
        }
        var longer = stored
        longer.chunks[0]?.append(0)
        expectRefusal(longer, index)
        longer = stored
        longer.header.append(0)
        expectRefusal(longer, index)
    }

    @Test func `with a chunk of another checkpoint is refused`() throws {
        let (index, _) = try manifold(600)
        var stored = StoredGraph(of: index)
        let old = stored.chunks[0]
        index.remove(1)
        stored.take(.changedChunks, of: index)
        stored.chunks[0] = old
        expectRefusal(stored, index)
        stored.chunks[0] = stored.chunks[1]
        expectRefusal(stored, index)
    }

    @Test func `that lies under a right checksum is refused`() throws {
        // Every field of the records of a small graph, set to what it must not be.
        let index = try HNSWIndex(
            dimension: 1, metric: .euclid,
            parameters: HNSWParameters(maxLinks: 2, efConstruction: 4))
        for value in 0..<12 { try index.insert([Float(value % 10)]) }
        let stored = StoredGraph(of: index)
        let chunk = stored.chunks[0] ?? []
        var refusedCount = 0
        for position in 0..<chunk.count - 4 {
            var forged = stored
            forged.chunks[0]?[position] = 0xee
            forged.reseal()
            do {
                // Some lies are well-formed, such as a link that leads elsewhere; never a crash.
                let restored = try forged.restored(vectors: index)
                _ = restored.graphSearch([3], limit: 12, efSearch: 12)
            } catch {
                #expect(error is HNSWError)
                refusedCount += 1
            }
        }
        #expect(refusedCount > chunk.count * 9 / 10)
    }

    @Test func `beside other vectors is refused where duplicates differ`() throws {
        let (index, data) = try manifold(600)
        let other = try data.index()
        for query in data.queries { try other.insert(query) }
        for query in data.queries { try other.insert(query.reversed()) }
        expectRefusal(StoredGraph(of: index), other)
    }

    @Test func `that is larger than the capacity is refused`() throws {
        let (index, _) = try manifold(600)
        let stored = StoredGraph(of: index)
        #expect(throws: HNSWError.capacityExhausted(capacity: 100)) {
            _ = try HNSWIndex(
                restoring: stored.header, capacity: 100, chunk: { stored.chunks[$0] ?? [] },
                vectors: { _ in })
        }
    }

    @Test func `tells its header before anything else is read`() throws {
        let (index, _) = try manifold(600)
        let header = try GraphHeader(StoredGraph(of: index).header)
        #expect(header.dimension == 6)
        #expect(header.metric == .cosine)
        #expect(header.parameters == index.parameters)
        #expect(header.rowCount == 640)
        #expect(header.chunkCount == 2)
    }

    @Test func `has the bytes of version 2`() throws {
        // Small whole numbers: the same distances on every processor.
        let index = try HNSWIndex(
            dimension: 2, metric: .euclid,
            parameters: HNSWParameters(maxLinks: 2, efConstruction: 8, seed: 1))
        for vector: [Float] in [[0, 0], [3, 0], [0, 4], [3, 0], [5, 5], [9, 1], [3, 0]] {
            try index.insert(vector)
        }
        index.remove(2)
        index.remove(3)
        let stored = StoredGraph(of: index)
        #expect(hex(stored.header) == Golden.header)
        #expect(hex(stored.chunks[0] ?? []) == Golden.chunk)
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func expectRefusal(
        _ stored: StoredGraph, _ source: HNSWIndex,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try stored.restored(vectors: source)
            Issue.record("a damaged graph was restored", sourceLocation: sourceLocation)
        } catch HNSWError.graphCorrupted {
            return
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }
}

extension StoredGraph {
    /// Gives chunk 0 and the header, which holds its checksum first, right checksums again.
    mutating func reseal() {
        guard var chunk = chunks[0] else { return }
        let sum = CRC32C.checksum(of: chunk.dropLast(4))
        chunk.replaceSubrange(chunk.count - 4..<chunk.count, with: Self.bytes(sum))
        chunks[0] = chunk
        header.replaceSubrange(64..<68, with: Self.bytes(sum))
        header.replaceSubrange(
            header.count - 4..<header.count,
            with: Self.bytes(CRC32C.checksum(of: header.dropLast(4))))
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32($0 * 8)) }
    }
}

/// The stored form of a graph of seven rows, as version 2 writes it for ever.
private enum Golden {
    static let header = joined(
        """
        56484748 0200 02 00
        02000000 02000000 08000000 07000000
        0100000000000000
        04000000 01000000
        00100000 01000000
        01 14 00 01 00 000000
        00000000 00000000
        fb86eb5a
        2634f22e
        """)

    static let chunk = joined(
        """
        56484743 0200 0000
        00000000 00000000 07000000 5d000000
        00 00 0300 01000000 02000000 04000000
        08 00 06000000 0400 00000000 02000000 04000000 05000000
        01 00 0400 00000000 01000000 04000000 05000000
        03
        00 01 0300 02000000 01000000 05000000 0000
        00 00 0200 04000000 01000000
        04 00
        fb86eb5a
        """)

    private static func joined(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
