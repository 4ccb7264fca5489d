package import FoundationEssentials
internal import LevelDB
package import Raft

extension DataDirectory {
    private static let recoveryName = "recovery.json"

    /// What the state machine of a shard has durably; an empty base if there is none.
    ///
    /// Opens the store as a start of the node does; blocks.
    package func applied(ofShard shard: UInt64) throws(StorageError) -> LogBase {
        guard try storedShards().contains(shard) else { return LogBase(configuration: .empty) }
        let directory = try ShardDirectory(at: shardPath(shard))
        let path = directory.storePath(try directory.current())
        guard try Files.names(in: directory.path).contains(where: { path.hasSuffix("/" + $0) })
        else { return LogBase(configuration: .empty) }
        let bytes = try reading { () throws(LevelDBError) in
            try Database(at: path).get(Keyspace.state)
        }
        guard let bytes else { return LogBase(configuration: .empty) }
        guard let state = ShardState(bytes: bytes) else {
            throw .corrupted(
                path: path, what: "the state", reason: "\(bytes.count) bytes that are none")
        }
        return state.applied
    }

    /// What the catalog has durably; an empty base if there is none.
    package func appliedOfCatalog() throws(StorageError) -> LogBase {
        try applied(ofStore: Self.catalogName)
    }

    /// What the auth state has durably; an empty base if there is none.
    package func appliedOfAuth() throws(StorageError) -> LogBase {
        try applied(ofStore: Self.authName)
    }

    private func applied(ofStore name: String) throws(StorageError) -> LogBase {
        guard try Files.names(in: path).contains(name) else {
            return LogBase(configuration: .empty)
        }
        return try CatalogStore(at: path + "/" + name).load()?.applied
            ?? LogBase(configuration: .empty)
    }

    /// The reports of recoveries that were left in the directory, as they were written.
    package func recoveryReport() throws(StorageError) -> Data? {
        try Files.read(path + "/" + Self.recoveryName)
    }

    /// Leaves a report of recoveries in the directory, in the place of the one before.
    package func leave(recoveryReport bytes: Data) throws(StorageError) {
        try Files.writeDurably(bytes, to: Self.recoveryName, in: path)
    }
}
