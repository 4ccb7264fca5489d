internal import Glibc
package import Logging
internal import Primitives
internal import Synchronization

/// A file of lines that is rotated by size: `PATH`, then `PATH.1` the one before, up to `PATH.N`.
///
/// Lines are written in their order by a thread of their own, so that whoever records never waits for
/// the disk. Bounded: when more than ``maxQueuedByteCount`` wait, a line is dropped, and how many were
/// is told by ``droppedCount`` and the program's log.
///
/// Thread safety: any thread may call anything.
package final class LineLog: Sendable {
    /// The most bytes that wait to be written.
    package static let maxQueuedByteCount = 8 << 20

    private let thread: ThreadExecutor
    private let queuedByteCount = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)
    private let file: LineFile
    private let logger: Logger

    /// Opens the file, for nobody else to read.
    ///
    /// - Parameters:
    ///   - maxByteCount: When a file is rotated.
    ///   - fileCount: How many older files are kept.
    package init(
        path: String, maxByteCount: Int = 64 << 20, fileCount: Int = 8, logger: Logger
    ) throws(LineLogError) {
        precondition(fileCount >= 1 && maxByteCount > 0, "no room for any line")
        file = try LineFile(path: path, maxByteCount: maxByteCount, fileCount: fileCount)
        thread = ThreadExecutor(name: "audit")
        self.logger = logger
    }

    /// How many lines were dropped because the disk did not keep up, or failed.
    package var droppedCount: Int { dropped.load(ordering: .relaxed) }

    /// Adds a line, without its end.
    package func append(_ line: [UInt8]) {
        let size = line.count + 1
        let queued = queuedByteCount.add(size, ordering: .relaxed).newValue
        guard queued <= Self.maxQueuedByteCount else {
            queuedByteCount.subtract(size, ordering: .relaxed)
            drop("too many lines wait for the disk")
            return
        }
        thread.run { [self] in
            defer { queuedByteCount.subtract(size, ordering: .relaxed) }
            do throws(LineLogError) {
                try file.write(line + [UInt8(ascii: "\n")])
            } catch {
                drop("\(error)")
            }
        }
    }

    /// Waits until all lines that were added before are written.
    package func flush() async {
        await withCheckedContinuation { continuation in
            thread.run { continuation.resume() }
        }
    }

    private func drop(_ reason: String) {
        let count = dropped.add(1, ordering: .relaxed).newValue
        // The first, then ever rarer: the log must not fill for the same reason.
        guard count & (count - 1) == 0 else { return }
        logger.error(
            "lines of the audit log are lost",
            metadata: ["count": "\(count)", "reason": "\(reason)"])
    }
}

/// Why a log cannot be written.
package enum LineLogError: Error, Sendable, Hashable {
    /// A system call failed.
    case failed(call: String, path: String, code: Int32)
}

extension LineLogError: CustomStringConvertible {
    /// What failed, where, and why.
    package var description: String {
        switch self {
        case .failed(let call, let path, let code):
            "\(call) \(path): \(String(cString: strerror(code)))"
        }
    }
}

/// The open file.
///
/// `@unchecked Sendable`: after its initialiser only the log's thread touches it.
private final class LineFile: @unchecked Sendable {
    private let path: String
    private let maxByteCount: Int
    private let fileCount: Int
    private var descriptor: Int32
    private var byteCount: Int

    init(path: String, maxByteCount: Int, fileCount: Int) throws(LineLogError) {
        self.path = path
        self.maxByteCount = maxByteCount
        self.fileCount = fileCount
        (descriptor, byteCount) = try Self.open(path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func open(_ path: String) throws(LineLogError) -> (Int32, Int) {
        let descriptor = Glibc.open(
            path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .failed(call: "open", path: path, code: errno) }
        return (descriptor, max(0, Int(lseek(descriptor, 0, SEEK_END))))
    }

    func write(_ line: [UInt8]) throws(LineLogError) {
        if descriptor < 0 || (byteCount > 0 && byteCount + line.count > maxByteCount) {
            try rotate()
        }
        var offset = 0
        while offset < line.count {
            let count = line.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), line.count - offset)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed(call: "write", path: path, code: errno)
            }
            offset += count
            byteCount += count
        }
    }

    private func rotate() throws(LineLogError) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        // A number that is missing does no harm; the oldest is overwritten.
        for number in (1..<fileCount).reversed() {
            rename("\(path).\(number)", "\(path).\(number + 1)")
        }
        rename(path, "\(path).1")
        (descriptor, byteCount) = try Self.open(path)
    }
}
