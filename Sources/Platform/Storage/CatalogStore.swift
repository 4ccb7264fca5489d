internal import LevelDB

/// The disk of the placement driver: the catalog after the last applied command, as one value.
///
/// A catalog is small (a hundred bytes a shard) and changes rarely, so it is written whole.
///
/// | key | value |
/// |---|---|
/// | `01` | index of the last applied command u64, little-endian, then the catalog's bytes |
///
/// Every operation blocks; see `Database`.
package final class CatalogStore: Sendable {
    /// Where it is.
    package let path: String
    private let database: Database
    private static let key: [UInt8] = [1]

    /// What is stored.
    package struct Content: Sendable, Hashable {
        /// The index of the last applied command.
        package var appliedIndex: UInt64
        /// The catalog after it, as its owner has encoded it.
        package var catalog: [UInt8]

        /// Makes a content.
        package init(appliedIndex: UInt64, catalog: [UInt8]) {
            self.appliedIndex = appliedIndex
            self.catalog = catalog
        }
    }

    /// Opens the store at `path`, making it if there is none.
    package init(at path: String) throws(StorageError) {
        self.path = path
        try Files.makeDirectory(at: path)
        database = try reading { () throws(LevelDBError) in try Database(at: path) }
    }

    /// What was written last, or nil.
    package func load() throws(StorageError) -> Content? {
        let database = database
        guard let bytes = try reading({ () throws(LevelDBError) in try database.get(Self.key) })
        else { return nil }
        guard bytes.count >= 8 else {
            throw .corrupted(path: path, what: "the catalog", reason: "\(bytes.count) bytes")
        }
        return Content(
            appliedIndex: bytes.littleEndian(at: 0, as: UInt64.self),
            catalog: Array(bytes.dropFirst(8)))
    }

    /// Writes the catalog, synced.
    package func save(_ content: Content) throws(StorageError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + content.catalog.count)
        bytes.append(littleEndian: content.appliedIndex)
        bytes += content.catalog
        let database = database
        try writing(at: path) { () throws(LevelDBError) in
            try database.put(bytes, for: Self.key, .synced)
        }
    }
}
