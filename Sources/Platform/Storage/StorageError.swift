/// What a store can fail with, each with its facts.
package enum StorageError: Error, Sendable, Hashable {
    /// Another process has the directory.
    case locked(path: String)
    /// The directory cannot be made, read or written.
    case unwritable(path: String, reason: String)
    /// The directory holds files, but no identity: it is not ours.
    case foreign(path: String)
    /// The directory belongs to another cluster.
    case otherCluster(path: String, expected: String, found: String)
    /// The directory belongs to another node of the cluster.
    case otherNode(path: String, expected: String, found: String)
    /// The directory was written by a newer program.
    case newerFormat(path: String, supported: Int, found: Int)
    /// The store holds another shard or collection than the catalog says.
    case otherShard(path: String, expected: String, found: String)
    /// Stored bytes are not what was stored.
    case corrupted(path: String, what: String, reason: String)
    /// Memory could not be had.
    case outOfMemory(what: String, reason: String)
    /// A write failed: whatever it should have stored may or may not be there, and the store takes
    /// no more.
    case fenced(path: String, reason: String)
}

extension StorageError: CustomStringConvertible {
    /// What happened, to what, and what to do about it.
    package var description: String {
        switch self {
        case .locked(let path):
            "\(path) is in use by another process; stop it or give this node its own directory"
        case .unwritable(let path, let reason):
            "\(path) cannot be used: \(reason); check that it exists and that this user may write it"
        case .foreign(let path):
            "\(path) holds files that are not a node's; name an empty directory"
        case .otherCluster(let path, let expected, let found):
            """
            \(path) belongs to the cluster \(found), this node to \(expected); \
            name the right directory, nothing was changed
            """
        case .otherNode(let path, let expected, let found):
            """
            \(path) belongs to the node \(found), this one is \(expected); \
            name the right directory, nothing was changed
            """
        case .newerFormat(let path, let supported, let found):
            """
            \(path) has format \(found), this program knows formats up to \(supported); \
            start a newer program
            """
        case .otherShard(let path, let expected, let found):
            "\(path) holds \(found) instead of \(expected); nothing was changed"
        case .corrupted(let path, let what, let reason):
            """
            \(what) in \(path) is not what was stored: \(reason); \
            restore it from a replica or a backup
            """
        case .outOfMemory(let what, let reason):
            "there is no memory for \(what): \(reason); give the process more, or add a worker"
        case .fenced(let path, let reason):
            """
            \(path) takes no more writes since one failed (\(reason)); \
            check the disk and start the process again
            """
        }
    }
}
