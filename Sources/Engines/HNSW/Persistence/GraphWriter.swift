import Synchronization
import Vectors

/// Which chunks a checkpoint writes.
public enum GraphScope: Sendable {
    /// Those that changed since the last checkpoint of this index, or since it was restored.
    case changedChunks
    /// All of them.
    case allChunks
}

extension HNSWIndex {
    /// Hands the stored form of the graph to `write`, value by value: chunks, then the header.
    ///
    /// Writer only; searches go on. The values belong together: store them atomically, or store
    /// them so that the header is last. A chunk counts as unchanged only after the header was
    /// taken, so a checkpoint that failed is simply made again.
    ///
    /// - Parameters:
    ///   - scope: All chunks, or the changed ones to go with those stored before.
    ///   - write: Takes one value; about 600 KB for a chunk with the default parameters.
    /// - Throws: What `write` throws.
    /// - Complexity: O(rows of the written chunks).
    public func writeGraph<Failure: Error>(
        _ scope: GraphScope, _ write: (GraphPart, [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        try withWriter { (writer) throws(Failure) in
            let rowCount = self.rowCount
            let rowsPerChunk = writer.changes.rowsPerChunk
            let chunkCount = (rowCount + rowsPerChunk - 1) / rowsPerChunk
            var checksums: [UInt32] = []
            for number in 0..<chunkCount {
                if case .changedChunks = scope, let known = writer.changes.checksums[number] {
                    checksums.append(known)
                    continue
                }
                let chunk = chunkBytes(
                    number,
                    rows: number * rowsPerChunk..<min(rowCount, (number + 1) * rowsPerChunk),
                    writer.sweep.phase)
                checksums.append(chunk.checksum)
                try write(.chunk(number), chunk.bytes)
            }
            let header = GraphHeader(
                dimension: dimension, metric: metric, parameters: parameters, rowCount: rowCount,
                entryPoint: EntryPoint(packed: entryPoint.load(ordering: .relaxed)),
                sweep: writer.sweep, checksums: checksums, centre: space.codes?.centre ?? [])
            try write(.header, header.bytes)
            for (number, checksum) in checksums.enumerated() {
                writer.changes.clear(number, checksum: checksum)
            }
        }
    }

    /// The chunk of a range of rows, as `GraphFormat` says.
    private func chunkBytes(
        _ number: Int, rows: Range<Int>, _ phase: Sweep.Phase
    ) -> (bytes: [UInt8], checksum: UInt32) {
        var records = GraphByteWriter()
        for row in rows { append(Row(row), phase, to: &records) }
        var writer = GraphByteWriter()
        writer.append(GraphFormat.chunkMagic)
        writer.append(GraphFormat.version)
        writer.append(UInt16(0))
        for field in [number, rows.lowerBound, rows.count, records.bytes.count] {
            writer.append(UInt32(field))
        }
        writer.append(records.bytes)
        return writer.sealed()
    }

    private func append(
        _ row: Row, _ phase: Sweep.Phase, to records: inout GraphByteWriter
    ) {
        let state = graph.state(of: row)
        if state == .free { return records.append(state.rawValue) }
        if state == .condemned, phase == .releasing {
            records.append(state.rawValue | GraphFormat.duplicateFlag)
            return records.append(UInt8(0))
        }
        let level = graph.level(of: row)
        let next = graph.next(of: row)
        records.append(
            state.rawValue | (level == nil ? GraphFormat.duplicateFlag : 0)
                | (next == Graph.noLink ? 0 : GraphFormat.chainFlag))
        records.append(UInt8(level ?? 0))
        if next != Graph.noLink { records.append(next) }
        guard let level else { return }
        for layer in 0...level {
            let neighbors = graph.neighbors(of: row, onLayer: layer)
            records.append(UInt16(neighbors.count))
            for neighbor in neighbors { records.append(neighbor) }
        }
    }
}
