import Glibc

/// A directory of the file system that holds a log.
package struct FileLogDisk: ~Copyable, LogDisk {
    package let path: String
    /// The file that is written to, open from its first write on: there is one at a time.
    private var writing: (name: String, descriptor: Int32, byteCount: Int)?
    private let spare: SpareFile

    /// Uses a directory, making it if there is none.
    ///
    /// - Precondition: `path` has a directory above it.
    package init(at path: String) throws(StorageError) {
        self.path = path
        spare = SpareFile(in: path)
        try Files.makeDirectory(at: path)
        let parent = path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)
        try Files.syncDirectory(parent.isEmpty ? "/" : String(parent))
    }

    deinit {
        spare.discard()
        if let writing { close(writing.descriptor) }
    }

    package func names() throws(StorageError) -> [String] { try Files.names(in: path) }

    package func byteCount(of name: String) throws(StorageError) -> Int {
        var status = stat()
        guard stat(file(name), &status) == 0 else { throw failure(of: name) }
        return Int(status.st_size)
    }

    package func read(
        _ name: String, in range: Range<Int>
    ) throws(StorageError) -> [UInt8] {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(of: name) }
        defer { close(descriptor) }
        var error: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                // Within the buffer: it has room for `range.count`, of which `count` are filled.
                let step = pread(
                    descriptor, buffer.baseAddress! + count, range.count - count,
                    off_t(range.lowerBound + count))
                if step < 0 && errno == EINTR { continue }
                guard step > 0 else {
                    error = step < 0 ? errno : 0
                    return
                }
                count += step
            }
        }
        guard let error else { return bytes }
        throw .unwritable(
            path: file(name),
            reason: error == 0 ? "it is too short" : Files.description(ofError: error))
    }

    package mutating func create(_ name: String, byteCount: Int) throws(StorageError) {
        if spare.take(as: file(name), byteCount: byteCount) { return }
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(of: name) }
        defer { close(descriptor) }
        guard Self.fill(descriptor, byteCount: byteCount, afterEachPiece: { true }),
            fsync(descriptor) == 0
        else { throw failure(of: name) }
    }

    /// Makes an empty file one of so many zeros, unless `afterEachPiece` says no; sets `errno` if it
    /// fails.
    ///
    /// Reserved in one piece first, then filled: blocks that were only reserved change the file's
    /// metadata at their first write, for which each `fdatasync` would have to write a journal.
    static func fill(
        _ descriptor: Int32, byteCount: Int, afterEachPiece goesOn: () -> Bool
    ) -> Bool {
        let code = posix_fallocate(descriptor, 0, off_t(byteCount))
        guard code == 0 else {
            errno = code
            return false
        }
        let zeros = [UInt8](repeating: 0, count: min(byteCount, 1 << 20))
        var offset = 0
        while offset < byteCount {
            let piece = zeros.prefix(byteCount - offset)
            guard write(piece, to: descriptor, at: offset), goesOn() else { return false }
            offset += piece.count
        }
        return true
    }

    package mutating func write(
        _ bytes: [UInt8], to name: String, at offset: Int
    ) throws(StorageError) {
        let descriptor = try descriptor(of: name)
        if let writing, offset > writing.byteCount / 2 {
            spare.prepare(byteCount: writing.byteCount)
        }
        guard Self.write(bytes[...], to: descriptor, at: offset) else { throw failure(of: name) }
    }

    package mutating func sync(_ name: String) throws(StorageError) {
        guard fdatasync(try descriptor(of: name)) == 0 else { throw failure(of: name) }
    }

    package func syncDirectory() throws(StorageError) { try Files.syncDirectory(path) }

    package mutating func remove(_ name: String) throws(StorageError) {
        if let writing, writing.name == name {
            close(writing.descriptor)
            self.writing = nil
        }
        guard unlink(file(name)) == 0 else { throw failure(of: name) }
    }

    /// The open file, which takes the place of another one.
    private mutating func descriptor(of name: String) throws(StorageError) -> Int32 {
        if let writing {
            if writing.name == name { return writing.descriptor }
            close(writing.descriptor)
            self.writing = nil
        }
        let byteCount = try byteCount(of: name)
        let descriptor = open(file(name), O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(of: name) }
        writing = (name, descriptor, byteCount)
        return descriptor
    }

    /// Writes all bytes, though the system may take them in several pieces.
    private static func write(
        _ bytes: ArraySlice<UInt8>, to descriptor: Int32, at offset: Int
    ) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = pwrite(
                    descriptor, piece.baseAddress, piece.count, off_t(offset + written))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }

    private func file(_ name: String) -> String { path + "/" + name }

    private func failure(of name: String) -> StorageError {
        .unwritable(path: file(name), reason: Files.lastError)
    }
}
