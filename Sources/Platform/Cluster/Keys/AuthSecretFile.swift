import Foundation

/// The file of the secret that all auth nodes of a cluster share: 32 random bytes as one line of 64
/// hexadecimal digits, mode 0600.
///
/// Hashes of keys are made and signing keys are sealed under it; it belongs to no node's data. Whoever
/// has it *and* a copy of the data can let himself in.
///
/// Thread safety: a value; the file is read at each call.
public struct AuthSecretFile: Sendable, Hashable {
    /// Where it is.
    public let path: String
    private static let byteCount = 32

    /// Names a file, which need not exist yet.
    public init(path: String) { self.path = path }

    /// Makes the file unless it exists; of several processes that do so at once one succeeds.
    ///
    /// - Returns: Whether it was made.
    @discardableResult
    public func makeIfMissing() throws(KeyError) -> Bool {
        guard access(path, F_OK) != 0 else { return false }
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .unusable(path: directory, reason: (error as NSError).localizedDescription)
        }
        // Written aside and linked: nobody sees it half, and nothing is overwritten.
        let new = path + ".\(getpid()).new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: new, reason: Self.lastError) }
        defer {
            close(descriptor)
            unlink(new)
        }
        let line = Array((Self.randomDigits() + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            throw .unusable(path: new, reason: Self.lastError)
        }
        guard link(new, path) == 0 else {
            if errno == EEXIST { return false }
            throw .unusable(path: path, reason: Self.lastError)
        }
        return true
    }

    /// The 32 bytes.
    ///
    /// - Throws: ``KeyError`` if it is missing, exposed to others or no secret.
    public func load() throws(KeyError) -> [UInt8] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw errno == ENOENT
                ? .missingAuthSecret(path: path) : .unusable(path: path, reason: Self.lastError)
        }
        let mode = status.st_mode & 0o7777
        guard mode & 0o077 == 0 else {
            throw .exposed(path: path, mode: "0" + String(mode, radix: 8))
        }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw .unusable(path: path, reason: (error as NSError).localizedDescription)
        }
        let digits = Array(text.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(
                String(decoding: digits[index..<min(index + 2, digits.count)], as: UTF8.self),
                radix: 16)
        }
        guard digits.count == 2 * Self.byteCount, bytes.count == Self.byteCount else {
            throw .malformedAuthSecret(path: path)
        }
        return bytes
    }

    /// The system's generator is a cryptographic one (`getrandom`).
    private static func randomDigits() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<byteCount).map { _ in
            let digits = String(UInt8.random(in: 0 ... .max, using: &generator), radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
