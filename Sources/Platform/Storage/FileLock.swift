import Glibc

/// A file that one open handle at a time has locked; the lock ends with the handle or the process.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Locks the file, making it if there is none.
    ///
    /// - Parameter owner: What the lock stands for, named in errors.
    init(at path: String, for owner: String) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(path: owner, reason: Files.lastError) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(descriptor)
            throw error == EWOULDBLOCK
                ? .locked(path: owner)
                : .unwritable(path: owner, reason: Files.description(ofError: error))
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
