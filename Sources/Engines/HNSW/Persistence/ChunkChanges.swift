/// Which chunks of the graph changed since they were last written; the writer's own.
///
/// Invariant: a chunk with a checksum has not changed since the copy that was stored under it.
struct ChunkChanges {
    let rowsPerChunk: Int
    /// Of each chunk, the checksum as last stored, or nil if the chunk changed since.
    private(set) var checksums: [UInt32?] = []
    /// Of each chunk, the last copy that has it as it is; 0 if it changed since, or never was copied.
    private var copies: [UInt64] = []
    private var copyCount: UInt64 = 0

    init(rowsPerChunk: Int) { self.rowsPerChunk = rowsPerChunk }

    /// Notes that something about a row changed.
    mutating func mark(_ row: Row) {
        let chunk = Int(row) / rowsPerChunk
        makeRoom(for: chunk)
        checksums[chunk] = nil
        copies[chunk] = 0
    }

    /// Notes that these chunks are being copied, and returns the number of the copy.
    mutating func copy(_ chunks: some Sequence<Int>) -> UInt64 {
        copyCount += 1
        for chunk in chunks {
            makeRoom(for: chunk)
            copies[chunk] = copyCount
        }
        return copyCount
    }

    /// Notes that a copy of a chunk was stored: the chunk counts as unchanged if it still is as it
    /// was then.
    mutating func clear(_ chunk: Int, ofCopy copy: UInt64, checksum: UInt32) {
        if copies[chunk] == copy { checksums[chunk] = checksum }
    }

    /// Notes that a chunk is stored as it is.
    mutating func setStored(_ chunk: Int, checksum: UInt32) {
        makeRoom(for: chunk)
        checksums[chunk] = checksum
    }

    private mutating func makeRoom(for chunk: Int) {
        while checksums.count <= chunk {
            checksums.append(nil)
            copies.append(0)
        }
    }
}
