import FoundationEssentials
import Glibc

/// The directory in which one node keeps everything, claimed for one process.
///
/// ```
/// identity.json    NodeIdentity, written once
/// LOCK             locked with flock while a process has the directory
/// map.json         the last map that the node obeyed, as JSON (workers)
/// shards/<id>/     one ShardStore each (workers)
/// catalog/         CatalogStore (placement driver)
/// auth/            CatalogStore (auth node)
/// log/             SegmentedLog: the Raft log of all groups of the node
/// recovery.json    what an operator has recovered offline, if ever
/// ```
///
/// Claiming never changes a directory that it refuses, apart from the empty file `LOCK`. The claim
/// ends when the value is gone, or with the process, however it ends.
package final class DataDirectory: Sendable {
    /// Where it is.
    package let path: String
    /// Whose it is.
    package let identity: NodeIdentity
    /// The number that was drawn when the directory was made.
    package let store: UInt64
    private let lock: FileLock

    /// Claims `path`, making it if there is nothing.
    ///
    /// - Throws: ``StorageError``, naming what is wrong: locked, unwritable, foreign, of another
    ///   cluster or node, of a newer format, or damaged.
    package init(at path: String, for identity: NodeIdentity) throws(StorageError) {
        self.path = path
        try Files.makeDirectory(at: path)
        let names = try Files.names(in: path)
        // Besides nothing, what a claim leaves that was cut short before its identity.
        let unclaimed = [Self.lockName, Self.identityName + ".new"]
        guard names.contains(Self.identityName) || names.allSatisfy(unclaimed.contains) else {
            throw .foreign(path: path)
        }
        lock = try FileLock(at: path + "/" + Self.lockName, for: path)
        self.identity = identity
        store = try Self.checkOrWriteIdentity(identity, in: path)
        try Files.makeDirectory(at: shardsPath)
        // A directory may be readable but not writable, which would show at the first write only.
        guard access(path, W_OK | X_OK) == 0 else {
            throw .unwritable(path: path, reason: Files.lastError)
        }
    }

    /// Claims a directory that exists, whosever it is: for tools that look at a stopped node.
    ///
    /// - Throws: ``StorageError``, naming what is wrong.
    package init(existingAt path: String) throws(StorageError) {
        self.path = path
        guard try Files.names(in: path).contains(Self.identityName) else {
            throw .foreign(path: path)
        }
        lock = try FileLock(at: path + "/" + Self.lockName, for: path)
        guard let identity = try Self.identity(in: path) else { throw .foreign(path: path) }
        self.identity = identity
        guard identity.format <= NodeIdentity.currentFormat else {
            throw .newerFormat(
                path: path, supported: NodeIdentity.currentFormat, found: identity.format)
        }
        store = identity.store ?? 0
    }

    static let catalogName = "catalog"
    static let authName = "auth"
    static let logName = "log"
    private static let identityName = "identity.json"
    private static let lockName = "LOCK"

    /// - Returns: The number of the directory.
    private static func checkOrWriteIdentity(
        _ identity: NodeIdentity, in path: String
    ) throws(StorageError) -> UInt64 {
        guard let found = try Self.identity(in: path) else {
            return try number(identity, in: path)
        }
        try identity.check(found, at: path)
        if let store = found.store { return store }
        // Of a release before there were numbers: the data are the same, so one is added.
        return try number(found, in: path)
    }

    private static func identity(in path: String) throws(StorageError) -> NodeIdentity? {
        let file = path + "/" + identityName
        guard let bytes = try Files.read(file) else { return nil }
        do {
            return try JSONDecoder().decode(NodeIdentity.self, from: bytes)
        } catch {
            throw .corrupted(path: file, what: "the identity", reason: String(describing: error))
        }
    }

    /// Draws the number of the directory, and keeps it with the identity.
    private static func number(
        _ identity: NodeIdentity, in path: String
    ) throws(StorageError) -> UInt64 {
        let store = UInt64.random(in: 1 ... .max)
        var identity = identity
        identity.store = store
        try Files.writeDurably(identity.bytes, to: identityName, in: path)
        return store
    }

    /// Where the stores of shards are.
    package var shardsPath: String { path + "/shards" }

    /// Where the store of one shard is.
    package func shardPath(_ shard: UInt64) -> String { shardsPath + "/\(shard)" }

    /// Where the store of the catalog is.
    package var catalogPath: String { path + "/" + Self.catalogName }

    /// Where the store of an auth node is.
    package var authPath: String { path + "/" + Self.authName }

    /// Where the Raft log of the node is.
    package var logPath: String { path + "/" + Self.logName }

    /// The shards of which there is a store, by number.
    package func storedShards() throws(StorageError) -> [UInt64] {
        try Files.names(in: shardsPath).compactMap { UInt64($0) }.sorted()
    }
}

extension NodeIdentity {
    /// The content of the file.
    fileprivate var bytes: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            return try encoder.encode(self)
        } catch {
            preconditionFailure("a number and two strings are always JSON: \(error)")
        }
    }
}
