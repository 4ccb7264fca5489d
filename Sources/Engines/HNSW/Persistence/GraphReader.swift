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
    ///   - vectorFile: Where to make a file for the vectors; in memory if nil.
    ///   - memoryLimit: What the rows may take of memory; inserts beyond it are refused.
    ///   - chunk: Fetches the value that `writeGraph` gave as `.chunk`; called in order.
    ///   - vectors: Called once, after all chunks: puts the vector of each row, exactly as it was
    ///     inserted, in any order; also those of tombstones, which searches walk through, and not of
    ///     free slots.
    /// - Throws: `HNSWError.graphCorrupted`, `.capacityExhausted` or `.memoryUnavailable`; what the
    ///   closures throw.
    /// - Complexity: O(rowCount · (dimension + maxLinks)); no distances.
    public convenience init(
        restoring header: [UInt8], capacity: Int = HNSWIndex.defaultCapacity,
        vectorFile: String? = nil, memoryLimit: Int? = nil,
        chunk: (Int) throws -> [UInt8],
        vectors: (_ put: (Row, UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let header = try GraphHeader(header)
        guard header.rowCount <= capacity else {
            throw HNSWError.capacityExhausted(capacity: capacity)
        }
        try self.init(
            dimension: header.dimension, metric: header.metric, element: header.element,
            parameters: header.parameters, capacity: capacity, vectorFile: vectorFile,
            memoryLimit: memoryLimit)
        // Nobody else has the index yet: readers come after it is whole.
        publishedRowCount.store(header.rowCount, ordering: .releasing)
        if let entry = header.entryPoint {
            entryPoint.store(entry.packed, ordering: .releasing)
        }
        try withWriter { writer in
            for number in 0..<header.chunkCount {
                let bytes = try chunk(number)
                do throws(GraphCorruption) {
                    try verify(bytes, number, header)
                } catch {
                    throw HNSWError.graphCorrupted(error)
                }
                writer.changes.setStored(number, checksum: header.checksums[number])
                try read(bytes, number, header)
            }
            try read(vectors, header, &writer)
            writer.sweep = header.sweep
            do throws(GraphCorruption) {
                try derive(&writer)
            } catch {
                throw HNSWError.graphCorrupted(error)
            }
        }
        do throws(GraphCorruption) {
            try checkInvariants()
        } catch {
            throw HNSWError.graphCorrupted(error)
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
        _ bytes: [UInt8], _ number: Int, _ header: GraphHeader
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
                try readRecord(Row(row), header.rowCount, &reader)
            }
            try reader.expectEnd()
        } catch let corruption as GraphCorruption {
            throw HNSWError.graphCorrupted(corruption)
        } catch let error as MemoryError {
            throw HNSWError(error)
        }
    }

    /// Reads one record; what needs other rows is left to `derive` and `checkInvariants()`.
    private func readRecord(
        _ row: Row, _ rowCount: Int, _ reader: inout GraphByteReader
    ) throws {
        let flags = try reader.next(UInt8.self)
        let (isDuplicate, hasNext) = (
            flags & GraphFormat.duplicateFlag != 0, flags & GraphFormat.chainFlag != 0
        )
        guard let state = RowState(rawValue: flags & GraphFormat.stateMask),
            flags < GraphFormat.chainFlag * 2, state != .free || !(isDuplicate || hasNext)
        else { throw reader.invalid("flags", flags) }
        if state == .free {
            try memory.makeRoom(for: row, level: 0)
            graph.setState(of: row, to: state)
            return
        }
        let level = try reader.next(UInt8.self)
        guard level <= (isDuplicate ? 0 : LevelGenerator.maximumLevel) else {
            throw reader.invalid("level", level)
        }
        try memory.makeRoom(for: row, level: Int(level))
        graph.setState(of: row, to: state)
        if hasNext {
            let next = try reader.next(UInt32.self)
            guard Int(next) < rowCount else { throw reader.invalid("next row of a chain", next) }
            graph.duplicates[Int(row)].store(next, ordering: .relaxed)
        }
        if isDuplicate {
            graph.setDuplicate(row)
        } else {
            try readLists(of: row, level: Int(level), rowCount, &reader)
        }
    }

    private func readLists(
        of row: Row, level: Int, _ rowCount: Int, _ reader: inout GraphByteReader
    ) throws {
        for layer in 0...level {
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

    /// Takes the vector of each row that is not free, once.
    private func read(
        _ vectors: (_ put: (Row, UnsafeRawBufferPointer) throws -> Void) throws -> Void,
        _ header: GraphHeader, _ writer: inout IndexWriter
    ) throws {
        let rowCount = self.rowCount
        let coder = try header.centre.isEmpty ? nil : codingThread(from: header.centre)
        let vector = UnsafeMutableBufferPointer(
            start: writer.scratch.memory.query, count: dimension)
        var isMissing = (0..<rowCount).map { graph.state(of: Row($0)) != .free }
        try vectors { row, bytes in
            guard Int(row) < rowCount, isMissing[Int(row)] else {
                throw HNSWError.graphCorrupted(
                    .invalidRow(row: row, reason: "it has its vector, or is to have none"))
            }
            guard bytes.count == dimension * MemoryLayout<Float>.size else {
                throw HNSWError.dimensionMismatch(
                    expected: dimension, found: bytes.count / MemoryLayout<Float>.size)
            }
            isMissing[Int(row)] = false
            do throws(MemoryError) {
                // As many bytes as the row has components, by the guard.
                UnsafeMutableRawBufferPointer(vector).copyMemory(from: bytes)
                try store.write(UnsafeBufferPointer(vector), at: Int(row))
            } catch {
                throw HNSWError(error)
            }
            coder?.add(row)
        }
        coder?.finish()
        if coder != nil { space.codes?.isReady.store(true, ordering: .releasing) }
        if let row = isMissing.firstIndex(of: true) {
            throw HNSWError.graphCorrupted(
                .invalidRow(row: Row(row), reason: "its vector is missing"))
        }
    }

    /// Makes what follows from the records: counts, free rows, chains, the table of vectors.
    private func derive(_ writer: inout IndexWriter) throws(GraphCorruption) {
        for row in 0..<Row(rowCount) {
            switch graph.state(of: row) {
            case .live: publishedLiveCount.add(1, ordering: .relaxed)
            case .tombstone: publishedTombstoneCount.add(1, ordering: .relaxed)
            case .condemned:
                publishedTombstoneCount.add(1, ordering: .relaxed)
                if writer.sweep.phase == .releasing {
                    memory.dropLists(of: row)
                } else {
                    try deriveHeir(of: row)
                }
            case .free: writer.freeRows.add(row)
            }
            let state = graph.state(of: row)
            if graph.level(of: row) != nil, state == .live || state == .tombstone {
                noteLinks(of: row, &writer)
            }
            if let level = graph.level(of: row), graph.isCarrier(row) {
                noteCarrier(row, level: level, &writer)
                try deriveChain(of: row)
            }
        }
    }

    /// Writes the backward links of a chain; no row can be in two.
    private func deriveChain(of head: Row) throws(GraphCorruption) {
        let first = graph.next(of: head)
        var last = Graph.noLink
        var row = first
        while row != Graph.noLink {
            guard graph.isDuplicate(row), graph.state(of: row) == .live,
                graph.previous(of: row) == Graph.noLink, last == Graph.noLink || row > last
            else {
                throw .invalidRow(row: head, reason: "row \(row) cannot be in its chain")
            }
            graph.setPrevious(of: row, to: last == Graph.noLink ? row : last)
            last = row
            row = graph.next(of: row)
        }
        if first != Graph.noLink { graph.setPrevious(of: first, to: last) }
    }

    /// Lets a condemned head share the upper lists of the duplicate that took its place.
    private func deriveHeir(of row: Row) throws(GraphCorruption) {
        var heir = row
        for _ in 0..<rowCount {
            let next = graph.next(of: heir)
            if graph.state(of: heir) != .condemned || next == Graph.noLink {
                if heir != row { memory.shareUpperLinks(of: row, with: heir) }
                return
            }
            guard graph.level(of: next) == graph.level(of: row) else { break }
            heir = next
        }
        throw .invalidRow(row: row, reason: "row \(heir) cannot have taken its place")
    }
}
