import Synchronization
import Vectors

extension HNSWIndex {
    /// The index whose graph was stored, with its vectors read anew.
    ///
    /// Everything is checked before anything is trusted: checksums, that all parts belong to one
    /// checkpoint, lengths, and every invariant of `checkInvariants()`. On
    /// `HNSWError.graphCorrupted` build a new index by inserting all vectors: the graph is derived
    /// from them.
    ///
    /// - Parameters:
    ///   - header: The value that `writeGraph` gave as `.header`.
    ///   - capacity: The most rows that the index will hold.
    ///   - chunk: Fetches the value that `writeGraph` gave as `.chunk`; called in order.
    ///   - vectors: Called once, after all chunks: puts the vector of each row, exactly as it was
    ///     inserted, in any order, also those of tombstones, which searches walk through.
    /// - Throws: `HNSWError.graphCorrupted`, `.capacityExhausted` or `.memoryUnavailable`; what the
    ///   closures throw.
    /// - Complexity: O(rowCount · (dimension + maxLinks)); no distances.
    public convenience init(
        restoring header: [UInt8], capacity: Int = HNSWIndex.defaultCapacity,
        chunk: (Int) throws -> [UInt8],
        vectors: (_ put: (Row, UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let header = try GraphHeader(header)
        guard header.rowCount <= capacity else {
            throw HNSWError.capacityExhausted(capacity: capacity)
        }
        try self.init(
            dimension: header.dimension, metric: header.metric, parameters: header.parameters,
            capacity: capacity)
        // Nobody else has the index yet: readers come after it is whole.
        try withWriter { writer in
            for number in 0..<header.chunkCount {
                let bytes = try chunk(number)
                do throws(GraphCorruption) {
                    try verify(bytes, number, header)
                } catch {
                    throw HNSWError.graphCorrupted(error)
                }
                writer.changes.setStored(number, checksum: header.checksums[number])
                try read(bytes, number, header, &writer)
            }
            try read(vectors, rowCount: header.rowCount, &writer)
        }
        publishedRowCount.store(header.rowCount, ordering: .releasing)
        if let entry = header.entryPoint {
            entryPoint.store(entry.packed, ordering: .releasing)
        }
        do throws(GraphCorruption) {
            try checkInvariants()
        } catch {
            throw HNSWError.graphCorrupted(error)
        }
    }

    /// Takes the vector of each row once.
    private func read(
        _ vectors: (_ put: (Row, UnsafeRawBufferPointer) throws -> Void) throws -> Void,
        rowCount: Int, _ writer: inout IndexWriter
    ) throws {
        var isMissing = [Bool](repeating: true, count: rowCount)
        var missingCount = rowCount
        try vectors { row, bytes in
            guard Int(row) < rowCount, isMissing[Int(row)] else {
                throw HNSWError.graphCorrupted(
                    .invalidRow(row: row, reason: "it is not to have a vector, or has one"))
            }
            guard bytes.count == dimension * MemoryLayout<Float>.size else {
                throw HNSWError.dimensionMismatch(
                    expected: dimension, found: bytes.count / MemoryLayout<Float>.size)
            }
            isMissing[Int(row)] = false
            missingCount -= 1
            do throws(MemoryError) {
                // As many bytes as the row has components, by the guard.
                UnsafeMutableRawBufferPointer(try store.makeRoom(for: Int(row)))
                    .copyMemory(from: bytes)
            } catch {
                throw HNSWError.memoryUnavailable(
                    byteCount: error.byteCount, errorNumber: error.errorNumber)
            }
            remember(row, &writer)
        }
        guard missingCount == 0 else {
            let row = isMissing.firstIndex(of: true) ?? 0
            throw HNSWError.graphCorrupted(
                .invalidRow(row: Row(row), reason: "its vector is missing"))
        }
    }

    /// Compares the checksum of a chunk with the header's.
    private func verify(
        _ bytes: [UInt8], _ number: Int, _ header: GraphHeader
    ) throws(GraphCorruption) {
        let found = bytes.suffix(GraphFormat.checksumByteCount)
            .reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let expected = header.checksums[number]
        guard found == expected else {
            throw .checksumMismatch(part: .chunk(number), expected: expected, found: found)
        }
    }

    private func read(
        _ bytes: [UInt8], _ number: Int, _ header: GraphHeader, _ writer: inout IndexWriter
    ) throws {
        let first = number * header.rowsPerChunk
        let rows = first..<min(header.rowCount, first + header.rowsPerChunk)
        do {
            var reader = try GraphByteReader(sealed: bytes, part: .chunk(number))
            try reader.expect(magic: GraphFormat.chunkMagic)
            try reader.expect(GraphFormat.version, "version")
            try reader.expect(UInt16(0), "reserved")
            try reader.expect(UInt32(number), "chunk")
            try reader.expect(UInt32(rows.lowerBound), "first row")
            try reader.expect(UInt32(rows.count), "number of rows")
            let recordsByteCount =
                bytes.count - GraphFormat.chunkHeadByteCount - GraphFormat.checksumByteCount
            try reader.expect(UInt32(recordsByteCount), "bytes of all records")
            for row in rows {
                try readRecord(Row(row), header.rowCount, &reader, &writer)
            }
            try reader.expectEnd()
        } catch let corruption as GraphCorruption {
            throw HNSWError.graphCorrupted(corruption)
        }
    }

    /// Reads one record; what needs other rows is left to `checkInvariants()`.
    private func readRecord(
        _ row: Row, _ rowCount: Int, _ reader: inout GraphByteReader, _ writer: inout IndexWriter
    ) throws {
        let flags = try reader.next(UInt8.self)
        guard flags <= GraphFormat.tombstoneFlag | GraphFormat.duplicateFlag else {
            throw reader.invalid("flags", flags)
        }
        let level = try reader.next(UInt8.self)
        let isDuplicate = flags & GraphFormat.duplicateFlag != 0
        guard level <= (isDuplicate ? 0 : LevelGenerator.maximumLevel) else {
            throw reader.invalid("level", level)
        }
        try memory.makeRoom(for: row, level: Int(level))
        if flags & GraphFormat.tombstoneFlag != 0 {
            graph.states[Int(row)].store(1, ordering: .relaxed)
            tombstoneCount.add(1, ordering: .relaxed)
        }
        if isDuplicate {
            let first = try reader.next(UInt32.self)
            guard first < row, graph.level(of: first) != nil else {
                throw reader.invalid("first row with this vector", first)
            }
            graph.setDuplicate(row, of: first)
            let last = writer.duplicates.append(row, toChainOf: first)
            graph.duplicates[Int(last)].store(row, ordering: .relaxed)
            return
        }
        for layer in 0...Int(level) {
            let count = Int(try reader.next(UInt16.self))
            guard count <= graph.slotCount(onLayer: layer) else {
                throw reader.invalid("number of links", count)
            }
            let list = graph.links(of: row, onLayer: layer)
            let wrong: UInt32? = try reader.withNumbers(count) { links in
                for slot in 0..<count {
                    let link = UInt32(
                        littleEndian: links.loadUnaligned(
                            fromByteOffset: slot &* 4, as: UInt32.self))
                    guard Int(link) < rowCount else { return link }
                    list[slot].store(link, ordering: .relaxed)
                }
                return nil
            }
            if let wrong { throw reader.invalid("link", wrong) }
        }
    }

    /// Enters a vector that stands in the graph into the table of duplicates.
    private func remember(_ row: Row, _ writer: inout IndexWriter) {
        if graph.level(of: row) != nil {
            writer.duplicates.add(row, vector: bytesOfVector(at: row))
        }
    }
}
