internal import Glibc

/// Reads what a ``LineLog`` has written, the oldest file first, and goes on while it is written.
///
/// A file is known by its inode: when the log is rotated under the reader it finishes its file, looks
/// where that has gone, and goes on with the next newer one.
///
/// Thread safety: one task at a time uses it. Bounded: a line and a part of ``chunkByteCount`` are held.
package final class LineLogReader {
    /// One line, without its end.
    package struct Line: Sendable, Hashable {
        /// Its bytes; of one that is longer than ``LineLogReader/maxLineByteCount``, none.
        package var bytes: [UInt8]
        /// The file that it was read from, as it was named then.
        package var path: String
        /// Its number in the file, from 1.
        package var number: Int
        /// Why it is not a whole line; nil: it is.
        package var damage: Damage?

        /// What may be wrong with a line.
        package enum Damage: String, Sendable, Hashable {
            /// It is longer than any line that is written.
            case tooLong = "longer than any line that is written"
            /// The file ends before the line does.
            case unfinished = "cut short"
        }
    }

    /// The longest line, in bytes: a dozen fields of 256 letters with their escapes fit many times.
    package static let maxLineByteCount = 256 << 10
    /// How much is read at once, in bytes.
    static let chunkByteCount = 64 << 10
    /// The largest number of a rotated file that is looked for.
    private static let maxFileNumber = 999

    private let path: String
    private var descriptor: Int32 = -1
    private var openPath = ""
    private var inode: ino_t = 0
    private var buffer: [UInt8] = []
    private var position = 0
    private var lineCount = 0
    private var isSkipping = false

    /// Names a log, which need not exist yet; its rotated files are beside it.
    package init(path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next line; nil if there is none for now.
    package func next() throws(LineLogError) -> Line? {
        while true {
            if let line = buffered() { return line }
            if descriptor < 0 {
                guard try open(below: Self.maxFileNumber + 1) else { return nil }
            }
            // Before it is read: what is read when the file has been rotated is all that there is.
            let number = currentNumber()
            if try fill() { continue }
            if number == 0 { return nil }
            if let line = rest() { return line }
            guard try open(below: number ?? Self.maxFileNumber + 1) else { return nil }
        }
    }

    /// What follows the last whole line, for whoever does not wait for its end.
    package func rest() -> Line? {
        defer {
            buffer = []
            position = 0
            isSkipping = false
        }
        guard position < buffer.count, !isSkipping else { return nil }
        lineCount += 1
        return Line(
            bytes: Array(buffer[position...]), path: openPath, number: lineCount,
            damage: .unfinished)
    }

    private func buffered() -> Line? {
        while true {
            guard let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) else {
                guard buffer.count - position > Self.maxLineByteCount else { return nil }
                // The rest of it is not kept, only awaited.
                buffer = []
                position = 0
                defer { isSkipping = true }
                if isSkipping { return nil }
                lineCount += 1
                return Line(bytes: [], path: openPath, number: lineCount, damage: .tooLong)
            }
            defer { position = end + 1 }
            if isSkipping {
                isSkipping = false
                continue
            }
            lineCount += 1
            return Line(bytes: Array(buffer[position..<end]), path: openPath, number: lineCount)
        }
    }

    /// - Returns: Whether anything was read.
    private func fill() throws(LineLogError) -> Bool {
        buffer.removeFirst(position)
        position = 0
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed(call: "read", path: openPath, code: errno)
            }
            buffer += chunk.prefix(count)
            return count > 0
        }
    }
}

// MARK: - Files

extension LineLogReader {
    private func path(of number: Int) -> String { number == 0 ? path : "\(path).\(number)" }

    private func inode(of number: Int) -> ino_t? {
        var status = stat()
        return stat(path(of: number), &status) == 0 ? status.st_ino : nil
    }

    /// Where the open file is by now; nil: it was deleted.
    private func currentNumber() -> Int? {
        (0...Self.maxFileNumber).first { inode(of: $0) == inode }
    }

    /// Opens the oldest file that is newer than the one of this number.
    ///
    /// - Returns: Whether there was one.
    private func open(below limit: Int) throws(LineLogError) -> Bool {
        for number in (0..<limit).reversed() {
            let path = path(of: number)
            let next = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            if next < 0 {
                if errno == ENOENT { continue }
                throw .failed(call: "open", path: path, code: errno)
            }
            var status = stat()
            guard fstat(next, &status) == 0 else {
                let code = errno
                close(next)
                throw .failed(call: "fstat", path: path, code: code)
            }
            // Rotated between the look and the opening: what is open may be too new a file. The next
            // look begins where ours is by then.
            if descriptor >= 0, let now = currentNumber(), now != limit {
                close(next)
                return try open(below: now)
            }
            if descriptor >= 0 { close(descriptor) }
            (descriptor, openPath, inode) = (next, path, status.st_ino)
            lineCount = 0
            return true
        }
        return false
    }
}
