/// Which chunks of the graph changed since they were last written; the writer's own.
struct ChunkChanges {
    let rowsPerChunk: Int
    /// Of each chunk, the checksum as last written, or nil if the chunk changed since.
    private(set) var checksums: [UInt32?] = []

    init(rowsPerChunk: Int) { self.rowsPerChunk = rowsPerChunk }

    /// Notes that something about a row changed.
    mutating func mark(_ row: Row) {
        let chunk = Int(row) / rowsPerChunk
        while checksums.count <= chunk { checksums.append(nil) }
        checksums[chunk] = nil
    }

    /// Notes that a chunk was written.
    mutating func clear(_ chunk: Int, checksum: UInt32) {
        while checksums.count <= chunk { checksums.append(nil) }
        checksums[chunk] = checksum
    }
}
