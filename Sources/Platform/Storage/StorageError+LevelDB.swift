internal import LevelDB

extension StorageError {
    /// What an error of LevelDB means while opening or reading.
    init(_ error: LevelDBError) {
        switch error {
        case .locked(let path): self = .locked(path: path)
        case .missing(let path): self = .unwritable(path: path, reason: "there is no database")
        case .io(let path, let reason): self = .unwritable(path: path, reason: reason)
        case .unsupported(let path, let reason): self = .unwritable(path: path, reason: reason)
        case .corrupted(let path, let reason):
            self = .corrupted(path: path, what: "the database", reason: reason)
        case .fenced(let path, let cause): self = .fenced(path: path, reason: cause)
        }
    }
}

/// Runs `body` and throws its LevelDB errors as errors of storage.
func reading<Value>(_ body: () throws(LevelDBError) -> Value) throws(StorageError) -> Value {
    do { return try body() } catch { throw StorageError(error) }
}

/// Runs `body`, which writes: whatever goes wrong, nothing more may be written.
func writing(
    at path: String, _ body: () throws(LevelDBError) -> Void
) throws(StorageError) {
    do { try body() } catch {
        throw .fenced(path: path, reason: String(describing: error))
    }
}
