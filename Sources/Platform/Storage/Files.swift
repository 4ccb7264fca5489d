import FoundationEssentials
import Glibc

/// The few operations on files that a data directory needs, with the durability that it needs.
enum Files {
    /// What the last failed call of the C library says of itself.
    static var lastError: String { description(ofError: errno) }

    /// The system's words for an error number.
    static func description(ofError number: Int32) -> String { String(cString: strerror(number)) }

    /// What Foundation means, in the system's words if it knows them.
    private static func reason(of error: any Error) -> String {
        if let posix = (error as? CocoaError)?.underlying as? POSIXError {
            return description(ofError: posix.code.rawValue)
        }
        return String(describing: error)
    }

    /// Makes a directory and those above it; one that exists is left as it is.
    static func makeDirectory(at path: String) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(path: path, reason: reason(of: error))
        }
    }

    /// The names in a directory, sorted.
    static func names(in path: String) throws(StorageError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw .unwritable(path: path, reason: reason(of: error))
        }
    }

    /// The content of a file, or nil if there is none.
    static func read(_ path: String) throws(StorageError) -> Data? {
        guard access(path, F_OK) == 0 else {
            guard errno == ENOENT else { throw .unwritable(path: path, reason: lastError) }
            return nil
        }
        do {
            return try Data(contentsOf: URL(filePath: path))
        } catch {
            throw .unwritable(path: path, reason: reason(of: error))
        }
    }

    /// Writes a file so that after a crash it is there whole or not at all.
    static func writeDurably(
        _ bytes: Data, to name: String, in directory: String
    ) throws(StorageError) {
        let (path, temporaryPath) = (directory + "/" + name, directory + "/\(name).new")
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(path: directory, reason: lastError) }
        defer { close(descriptor) }
        guard writeAll(bytes, to: descriptor), fsync(descriptor) == 0,
            rename(temporaryPath, path) == 0
        else { throw .unwritable(path: path, reason: lastError) }
        try syncDirectory(directory)
    }

    /// Writes all bytes, though the system may take them in several pieces.
    private static func writeAll(_ bytes: Data, to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest)
                let count = write(descriptor, piece.baseAddress, piece.count)
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Makes the names in a directory survive a crash of the machine.
    static func syncDirectory(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: lastError) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable(path: path, reason: lastError) }
    }
}
