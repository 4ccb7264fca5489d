import Synchronization
import Vectors

/// What the rows of an index take of memory, by part, in bytes.
///
/// Dead rows and free slots are counted: they keep their places. What the system reserves ahead of the
/// rows, some large pages of each part, is not.
public struct IndexMemory: Equatable, Hashable, Sendable {
    /// The vectors; 0 if they are in a file.
    public let vectors: Int
    /// What walks compare; 0 if they compare vectors.
    public let codes: Int
    /// The lists of links.
    public let links: Int
    /// Levels, states and chains.
    public let rows: Int
    /// The vectors on the disk, of which the system keeps in memory what it likes.
    public let vectorFile: Int

    /// All of it but the file.
    public var byteCount: Int { vectors + codes + links + rows }
}

extension HNSWIndex {
    /// What the rows take of memory, by part.
    ///
    /// - Complexity: O(1).
    public var memoryUse: IndexMemory {
        memoryUse(rowCount: rowCount, upperBlockCount: memory.usedUpperBlocks)
    }

    /// What the rows take of memory, in bytes.
    public var memoryByteCount: Int { memoryUse.byteCount }

    /// What a row takes of memory, but for lists above layer 0, which one in `maxLinks` has.
    package var byteCountPerRow: Int { memoryUse(rowCount: 1, upperBlockCount: 0).byteCount }

    private func memoryUse(rowCount: Int, upperBlockCount: Int) -> IndexMemory {
        let vectors = rowCount * store.stride
        return IndexMemory(
            vectors: vectorsAreInFile ? 0 : vectors,
            // Counted before there are any, so that nothing jumps when the first rows are coded.
            codes: rowCount * (space.codes?.byteCountPerRow ?? 0),
            links: (rowCount * 2 + upperBlockCount) * parameters.maxLinks * Self.linkByteCount,
            rows: rowCount * GraphMemory.byteCountPerRow,
            vectorFile: vectorsAreInFile ? vectors : 0)
    }

    private static var linkByteCount: Int { MemoryLayout<UInt32>.stride }

    /// How many fresh rows, each with a list above layer 0, there is room for by the index's own limit.
    var rowRoom: Int {
        guard let limit = memoryLimit else { return .max }
        let perRow = byteCountPerRow + parameters.maxLinks * Self.linkByteCount
        return max(0, limit - memoryByteCount) / perRow
    }

    /// Throws unless there is room for a fresh row by the index's own limit.
    func checkMemory(for row: Row) throws(HNSWError) {
        guard let limit = memoryLimit else { return }
        let lists = levelGenerator.level(of: row) * parameters.maxLinks * Self.linkByteCount
        let (used, needed) = (memoryByteCount, byteCountPerRow + lists)
        guard used + needed <= limit else {
            throw .memoryLimitExceeded(used: used, needed: needed, limit: limit)
        }
    }
}
