internal import LevelDB
package import Raft

/// The disk of a placement driver or auth node: what it has agreed on after the last applied entry, as
/// one value.
///
/// A catalog is small (a hundred bytes a shard) and changes rarely, so it is written whole.
///
/// | key | value |
/// |---|---|
/// | `02` | the last applied entry as `Raft` writes a ``LogBase``, then the catalog's bytes behind their count u32 |
///
/// Every operation blocks; see `Database`.
package final class CatalogStore: Sendable {
    /// Where it is.
    package let path: String
    private let database: Database
    private let subject: String
    private static let key: [UInt8] = [2]

    /// What is stored.
    package struct Content: Sendable, Hashable {
        /// The last applied entry.
        package var applied: LogBase
        /// The catalog after it, as its owner has encoded it.
        package var catalog: [UInt8]

        /// Makes a content.
        package init(applied: LogBase, catalog: [UInt8]) {
            self.applied = applied
            self.catalog = catalog
        }

        /// The content as bytes.
        package var bytes: [UInt8] {
            var writer = ByteWriter(reservingCapacity: 64 + catalog.count)
            applied.write(to: &writer)
            writer.write(counted: catalog)
            return writer.bytes
        }

        /// The content that ``bytes`` came from.
        package init(bytes: [UInt8]) throws(ByteError) {
            var reader = ByteReader(bytes)
            applied = try LogBase(from: &reader)
            catalog = try reader.readCounted()
            try reader.finish()
        }
    }

    /// Opens the store at `path`, making it if there is none.
    ///
    /// - Parameter subject: What it keeps, for errors.
    package init(
        at path: String, of subject: String = "the catalog"
    ) throws(StorageError) {
        self.path = path
        self.subject = subject
        try Files.makeDirectory(at: path)
        database = try reading { () throws(LevelDBError) in try Database(at: path) }
    }

    /// What was written last, or nil.
    package func load() throws(StorageError) -> Content? {
        let database = database
        guard let bytes = try reading({ () throws(LevelDBError) in try database.get(Self.key) })
        else { return nil }
        do throws(ByteError) {
            return try Content(bytes: bytes)
        } catch {
            throw .corrupted(path: path, what: subject, reason: "\(error)")
        }
    }

    /// Writes the catalog, synced.
    package func save(_ content: Content) throws(StorageError) {
        let (database, bytes) = (database, content.bytes)
        try writing(at: path) { () throws(LevelDBError) in
            try database.put(bytes, for: Self.key, .synced)
        }
    }
}
