import Synchronization
import Vectors

/// Which chunks a checkpoint writes.
public enum GraphScope: Sendable {
    /// Those that changed since the last checkpoint of this index, or since it was restored.
    case changedChunks
    /// All of them.
    case allChunks
}

// MARK: - Copying

extension HNSWIndex {
    /// Copies what a checkpoint has to write, at this moment.
    ///
    /// Writer only; searches go on. Memory is copied and nothing is encoded: some 4 µs for each
    /// 4,096 rows and link. The copy is written anywhere, at any time, while the index goes on
    /// changing; `noteStored(_:)` ends the checkpoint.
    ///
    /// - Parameter scope: All chunks, or the changed ones to go with those stored before.
    /// - Complexity: O(rows of the copied chunks).
    public func copyGraph(_ scope: GraphScope) -> GraphCopy {
        withWriter { writer in
            let rowCount = self.rowCount
            let rowsPerChunk = writer.changes.rowsPerChunk
            let chunkCount = (rowCount + rowsPerChunk - 1) / rowsPerChunk
            var checksums: [UInt32?] = Array(repeating: nil, count: chunkCount)
            if case .changedChunks = scope {
                checksums = Array(writer.changes.checksums.prefix(chunkCount))
            }
            let chunks = checksums.indices.filter { checksums[$0] == nil }.map { number in
                ChunkCopy(
                    number, of: graph,
                    rows: number * rowsPerChunk..<min(rowCount, (number + 1) * rowsPerChunk),
                    writer.sweep.phase)
            }
            return GraphCopy(
                number: writer.changes.copy(chunks.lazy.map(\.number)), chunks: chunks,
                storedChecksums: checksums,
                header: GraphHeader(
                    dimension: dimension, metric: metric, element: element,
                    parameters: parameters, rowCount: rowCount,
                    entryPoint: EntryPoint(packed: entryPoint.load(ordering: .relaxed)),
                    sweep: writer.sweep.phase == .connecting ? Sweep() : writer.sweep,
                    checksums: [], centre: space.codes?.centre ?? []))
        }
    }

    /// Notes that a copy of this index is stored: what has not changed since is not written again.
    ///
    /// Writer only. Without this call the next checkpoint writes the same chunks again, as it must
    /// after one that failed.
    public func noteStored(_ stored: StoredGraphCopy) {
        withWriter { writer in
            for (chunk, checksum) in stored.checksums {
                writer.changes.clear(chunk, ofCopy: stored.number, checksum: checksum)
            }
        }
    }

    /// Hands the stored form of the graph to `write`, value by value: chunks, then the header.
    ///
    /// Writer only, who waits for it: `copyGraph(_:)`, `GraphCopy.write(_:)` and `noteStored(_:)` in
    /// one.
    ///
    /// - Throws: What `write` throws.
    public func writeGraph<Failure: Error>(
        _ scope: GraphScope, _ write: (GraphPart, [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        noteStored(try copyGraph(scope).write(write))
    }
}

// MARK: - Writing

/// What a checkpoint writes of a graph, as it was at one moment.
public struct GraphCopy: Sendable {
    let number: UInt64
    let chunks: [ChunkCopy]
    /// Of each chunk of the graph, its checksum if it is stored already.
    let storedChecksums: [UInt32?]
    /// Still without checksums.
    let header: GraphHeader

    /// The rows of the graph, tombstones and free slots included.
    public var rowCount: Int { header.rowCount }
    /// The rows of each chunk that has to be written, in order.
    public var chunkRows: [Range<Int>] { chunks.map(\.rows) }
    /// The free slots of the chunks that have to be written, in order: nothing needs their vectors.
    public var freeRows: [Row] { chunks.flatMap(\.freeRows) }

    /// Hands the stored form of what was copied to `write`, value by value: chunks, then the header.
    ///
    /// Any thread. The values belong together: store them atomically, or store them so that the
    /// header is last.
    ///
    /// - Parameter write: Takes one value; about 300 KB for a chunk with the default parameters.
    /// - Returns: What to tell the index once all of it is stored.
    /// - Throws: What `write` throws.
    /// - Complexity: O(rows of the copied chunks).
    public func write<Failure: Error>(
        _ write: (GraphPart, [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> StoredGraphCopy {
        var checksums = storedChecksums
        for chunk in chunks {
            let (bytes, checksum) = chunk.sealedBytes
            checksums[chunk.number] = checksum
            try write(.chunk(chunk.number), bytes)
        }
        let all = checksums.compactMap(\.self)
        precondition(all.count == checksums.count, "a chunk is neither stored nor copied")
        try write(.header, header.with(checksums: all).bytes)
        return StoredGraphCopy(
            number: number, checksums: chunks.map { ($0.number, all[$0.number]) })
    }
}

/// Says which chunks of which copy are stored.
public struct StoredGraphCopy: Sendable {
    let number: UInt64
    let checksums: [(chunk: Int, checksum: UInt32)]
}
