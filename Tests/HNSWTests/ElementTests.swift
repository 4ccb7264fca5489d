import Fixtures
import HNSW
import Primitives
import Testing
import Vectors

@Suite struct `An index of an element` {
    /// Vectors that the element holds: of whole numbers for uint8.
    private func data(
        _ metric: Metric, _ element: VectorElement, dimension: Int
    ) throws -> (vectors: [[Float]], queries: [[Float]]) {
        let data = try ClusteredVectors(count: 400, dimension: dimension, metric: metric)
        guard element == .uint8 else { return (data.vectors, data.queries) }
        let vectors = data.vectors.map { vector in
            vector.map { min(max(($0 * 12 + 128).rounded(), 0), 255) }
        }
        return (vectors, data.queries.map { query in query.map { $0 * 12 + 128 } })
    }

    private static let combinations = Metric.allCases.flatMap { metric in
        VectorElement.allCases.filter { $0.supports(metric) }.map { (metric, $0) }
    }

    @Test(arguments: combinations)
    func `finds the nearest of what it stored, also when it comes back`(
        metric: Metric, element: VectorElement
    ) throws {
        // Below and above the dimension from which walks compare codes.
        for dimension in [6, 70] {
            let (vectors, queries) = try data(metric, element, dimension: dimension)
            let index = try HNSWIndex(
                dimension: dimension, metric: metric, element: element, parameters: .small,
                capacity: 1 << 12)
            for vector in vectors { try index.insert(vector) }
            #expect(index.element == element)
            for (row, vector) in vectors.enumerated() {
                for (stored, given) in zip(index.vector(at: Row(row)), vector) {
                    #expect(abs(stored - given) <= abs(given) * 0x1p-11 + 0x1p-24)
                }
            }
            // The rounded vectors, as floats, make the same graph: distances have the same bits.
            let twin = try HNSWIndex(
                dimension: dimension, metric: metric, element: .float32, parameters: .small,
                capacity: 1 << 12)
            for row in vectors.indices { try twin.insert(index.vector(at: Row(row))) }
            let stored = StoredGraph(of: index)
            #expect(stored.chunks == StoredGraph(of: twin).chunks)
            for query in queries {
                #expect(
                    index.graphSearch(query, limit: 10, efSearch: 64)
                        == twin.graphSearch(query, limit: 10, efSearch: 64))
                #expect(
                    index.exactSearch(query, limit: 10) == twin.exactSearch(query, limit: 10))
            }
            #expect(recall(of: index, queries, limit: 10, efSearch: 64) > 0.85)

            #expect(try GraphHeader(stored.header).element == element)
            let restored = try stored.restored(vectors: index)
            #expect(restored.element == element)
            for query in queries {
                #expect(
                    restored.graphSearch(query, limit: 10, efSearch: 64)
                        == index.graphSearch(query, limit: 10, efSearch: 64))
            }
            try restored.checkInvariants()
        }
    }

    @Test(arguments: [6, 70])
    func `refuses rows beyond its memory, and stays as it was`(dimension: Int) throws {
        let data = try ClusteredVectors(count: 1_500, dimension: dimension, metric: .cosine)
        let limit = dimension == 6 ? 150_000 : 700_000
        let index = try HNSWIndex(
            dimension: dimension, metric: .cosine, parameters: .small, memoryLimit: limit)
        var refusal: HNSWError?
        for vector in data.vectors where refusal == nil {
            let before = index.memoryUse
            do throws(HNSWError) {
                let row = try index.insert(vector)
                #expect(index.memoryUse.byteCount > before.byteCount, "row \(row)")
            } catch {
                refusal = error
                #expect(index.memoryUse == before)
            }
            #expect(index.memoryByteCount <= limit)
        }
        guard case .memoryLimitExceeded(let used, let needed, limit) = refusal else {
            Issue.record("not refused: \(String(describing: refusal))")
            return
        }
        #expect(used == index.memoryByteCount && used + needed > limit)
        let use = index.memoryUse
        #expect(use.vectorFile == 0 && use.links > 0 && use.rows > 0)
        #expect((use.codes > 0) == (dimension == 70))
        #expect(use.vectors == index.rowCount * (dimension == 6 ? 64 : 320))
        try index.checkInvariants()
        // A slot that is free needs no memory.
        let rowCount = index.rowCount
        for row in 0..<Row(50) { index.remove(row) }
        index.consolidate()
        for vector in data.vectors.suffix(20) { try index.insert(vector) }
        #expect(index.rowCount == rowCount && index.memoryUse == use)
        try index.checkInvariants()
    }

    @Test(arguments: [6, 70])
    func `is the same with its vectors in a file`(dimension: Int) throws {
        let data = try ClusteredVectors(count: 1_500, dimension: dimension, metric: .cosine)
        let directory = try TemporaryDirectory()
        let (inMemory, inFile) = try (
            HNSWIndex(dimension: dimension, metric: .cosine, parameters: .small),
            HNSWIndex(
                dimension: dimension, metric: .cosine, parameters: .small,
                vectorFile: directory.appending("vectors"))
        )
        for vector in data.vectors {
            #expect(try inMemory.insert(vector) == inFile.insert(vector))
        }
        for row in 0..<Row(200) {
            inMemory.remove(row)
            inFile.remove(row)
        }
        let stored = StoredGraph(of: inFile)
        #expect(stored.chunks == StoredGraph(of: inMemory).chunks)
        for query in data.queries {
            #expect(
                inFile.search(query, limit: 10, effort: .ef(40))
                    == inMemory.search(query, limit: 10, effort: .ef(40)))
        }
        try inFile.checkInvariants()
        #expect(inFile.memoryUse.vectors == 0)
        #expect(inFile.memoryUse.vectorFile == inMemory.memoryUse.vectors)
        #expect(inFile.memoryUse.links == inMemory.memoryUse.links)
    }

    @Test func `says that the file of its vectors cannot be made`() throws {
        let path = try TemporaryDirectory().appending("missing/vectors")
        #expect(
            throws: HNSWError.vectorFileUnavailable(path: path, byteCount: 0, errorNumber: 2)
        ) {
            _ = try HNSWIndex(dimension: 2, metric: .dot, vectorFile: path)
        }
    }

    @Test func `knows vectors as equal that it stores as equal`() throws {
        let index = try HNSWIndex(dimension: 2, metric: .euclid, element: .float16)
        for value: Float in [1, 1.0001, 2, 1.0002] { try index.insert([value, 1]) }
        try index.checkInvariants()
        #expect(index.search([1, 1], limit: 3, efSearch: 8).map(\.row) == [0, 1, 3])
        #expect(index.search([1, 1], limit: 3, efSearch: 8).map(\.distance) == [0, 0, 0])
    }

    @Test func `is none of whole numbers under cosine`() throws {
        #expect(throws: HNSWError.elementUnsupported(element: .uint8, metric: .cosine)) {
            _ = try HNSWIndex(dimension: 2, metric: .cosine, element: .uint8)
        }
    }

    @Test func `that no version knows is refused`() throws {
        let index = try HNSWIndex(dimension: 2, metric: .cosine)
        for code: UInt8 in [3, 4, 255] {
            var header = StoredGraph(of: index).header
            header[52] = code
            let sum = CRC32C.checksum(of: header.dropLast(4))
            header.replaceSubrange(
                header.count - 4..<header.count,
                with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32($0 * 8)) })
            #expect(throws: HNSWError.self) { _ = try GraphHeader(header) }
        }
    }
}
