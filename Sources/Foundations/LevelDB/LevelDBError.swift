/// What a ``Database`` can fail with, each with its facts.
public enum LevelDBError: Error, Sendable, Hashable {
    /// Another handle, in this process or another, has the database open.
    case locked(path: String)
    /// There is no database here, and it was not to be created.
    case missing(path: String)
    /// Stored bytes are not what was stored.
    case corrupted(path: String, reason: String)
    /// The operating system refused to read or write.
    case io(path: String, reason: String)
    /// LevelDB does not do what was asked for.
    case unsupported(path: String, reason: String)
    /// An earlier write failed, so the handle writes no more.
    case fenced(path: String, cause: String)
}

extension LevelDBError: CustomStringConvertible {
    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .locked(let path):
            "the database at \(path) is open elsewhere; stop the process that has it open"
        case .missing(let path):
            "there is no database at \(path)"
        case .corrupted(let path, let reason):
            "the database at \(path) is corrupted: \(reason); restore it from a replica or a backup"
        case .io(let path, let reason):
            "the database at \(path) could not be read or written: \(reason)"
        case .unsupported(let path, let reason):
            "LevelDB cannot do this with the database at \(path): \(reason)"
        case .fenced(let path, let cause):
            """
            the database at \(path) takes no more writes since one failed (\(cause)); \
            end the process and start it again
            """
        }
    }
}

extension LevelDBError {
    /// The error that a status of LevelDB's C interface means.
    ///
    /// The interface hands out text only: the kind is its prefix, as in `status.cc` of LevelDB 1.23.
    init(status: String, path: String) {
        if status.hasPrefix("IO error: lock ") {
            self = .locked(path: path)
        } else if status.hasPrefix("Corruption: ") {
            self = .corrupted(path: path, reason: status)
        } else if status.hasPrefix("Invalid argument: "), status.contains("does not exist") {
            self = .missing(path: path)
        } else if status.hasPrefix("Not implemented: ") || status.hasPrefix("Invalid argument: ") {
            self = .unsupported(path: path, reason: status)
        } else {
            self = .io(path: path, reason: status)
        }
    }
}
