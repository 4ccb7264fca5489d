import Glibc

/// A file that stands for memory: without a name, and gone when the object is.
///
/// Thread safety: one thread grows it.
final class ScratchFile: Sendable {
    let descriptor: Int32
    private let path: String

    /// Makes an empty file; what has this name now, an earlier process' file, is removed.
    ///
    /// - Throws: `MemoryError` if the directory takes no files.
    init(at path: String) throws(MemoryError) {
        self.path = path
        unlink(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw MemoryError(byteCount: 0, errorNumber: errno, path: path)
        }
        // Nobody else needs its name, and after a crash nobody has to remove it.
        unlink(path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Makes the file this long, every byte of it with its place on the disk.
    ///
    /// - Throws: `MemoryError` with `ENOSPC` if the disk is full.
    func grow(from oldByteCount: Int, to byteCount: Int) throws(MemoryError) {
        var reason: Int32
        repeat {
            reason = posix_fallocate(descriptor, oldByteCount, byteCount - oldByteCount)
        } while reason == EINTR
        guard reason == 0 else {
            throw MemoryError(byteCount: byteCount, errorNumber: reason, path: path)
        }
    }
}
