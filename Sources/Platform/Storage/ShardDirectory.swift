import FoundationEssentials

/// Where a shard's store is: a snapshot that comes from another replica is put together beside the
/// present store, and takes its place by one atomic step.
///
/// | name | content |
/// |---|---|
/// | `current` | the number of the store that counts, in decimal |
/// | `NUMBER` | a store |
///
/// A store that `current` does not name is what a crash has left; it is removed.
package struct ShardDirectory: Sendable {
    /// Where it is.
    package let path: String
    private static let currentName = "current"

    /// The directory at `path`, made if there is none.
    package init(at path: String) throws(StorageError) {
        self.path = path
        try Files.makeDirectory(at: path)
    }

    /// The number of the store that counts; 1 before any other took its place.
    package func current() throws(StorageError) -> UInt64 {
        guard let bytes = try Files.read(path + "/" + Self.currentName) else { return 1 }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let number = UInt64(text.split(separator: "\n").first ?? ""), number > 0 else {
            throw .corrupted(path: path, what: "the file `current`", reason: "it holds no number")
        }
        return number
    }

    /// Where a store is.
    package func storePath(_ number: UInt64) -> String { path + "/\(number)" }

    /// Makes another store the one that counts: after a crash it is either it or the one before.
    package func setCurrent(_ number: UInt64) throws(StorageError) {
        try Files.syncDirectory(storePath(number))
        try Files.writeDurably(Data("\(number)\n".utf8), to: Self.currentName, in: path)
    }

    /// Removes the stores that do not count; those that are still open stay for the next time.
    package func removeOthers() throws(StorageError) {
        let current = try current()
        for name in try Files.names(in: path) {
            guard let number = UInt64(name), number != current else { continue }
            // One that a reader still holds is locked.
            try? ShardStore.remove(at: storePath(number))
        }
    }

    /// Removes all of it; no store may be open.
    package func remove() throws(StorageError) {
        for name in try Files.names(in: path) where UInt64(name) != nil {
            try ShardStore.remove(at: path + "/" + name)
        }
        guard (try? FileManager.default.removeItem(atPath: path)) != nil else {
            throw .unwritable(path: path, reason: "the directory cannot be removed")
        }
    }
}
