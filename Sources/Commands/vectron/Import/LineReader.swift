import CZlib
import Foundation

/// The lines of a text file, compressed by gzip or not.
///
/// Thread safety: one task at a time uses it.
final class LineReader {
    private let path: String
    private let file: gzFile
    private let byteCount: Int
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    /// How many lines were returned.
    private(set) var lineCount = 0

    private static let chunkByteCount = 256 << 10
    /// The longest line: a vector of the largest dimension as text, and a payload of the largest
    /// size.
    private static let maxLineByteCount = 8 << 20

    /// Opens a file.
    ///
    /// zlib tells by its first bytes whether it is compressed.
    init(path: String) throws {
        self.path = path
        guard let file = gzopen(path, "rbe") else {
            throw CommandError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        self.file = file
        gzbuffer(file, UInt32(Self.chunkByteCount))
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        byteCount = size ?? 0  // only progress needs it
    }

    deinit { gzclose(file) }

    /// How much of the file was read, 0 to 1; nil if that cannot be told.
    var fraction: Double? {
        byteCount > 0 ? min(1, Double(gzoffset(file)) / Double(byteCount)) : nil
    }

    /// The next line that is not empty, without its end; nil after the last one.
    func next() throws -> [UInt8]? {
        while let line = try nextRaw() {
            lineCount += 1
            if !line.isEmpty { return line }
        }
        return nil
    }

    private func nextRaw() throws -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                let isCarriageReturn = end > position && buffer[end - 1] == UInt8(ascii: "\r")
                return Array(buffer[position..<(isCarriageReturn ? end - 1 : end)])
            }
            if isAtEnd {
                defer { position = buffer.count }
                return position < buffer.count ? Array(buffer[position...]) : nil
            }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            guard buffer.count <= Self.maxLineByteCount else {
                throw CommandError(
                    "\(path), line \(lineCount + 1) is longer than \(Self.maxLineByteCount) bytes")
            }
            try fill()
        }
    }

    private func fill() throws {
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.chunkByteCount))
        let count = buffer.withUnsafeMutableBytes { bytes in
            gzread(file, bytes.baseAddress?.advanced(by: old), UInt32(Self.chunkByteCount))
        }
        buffer.removeLast(Self.chunkByteCount - max(0, Int(count)))
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        // A stream that ends too early is Z_BUF_ERROR at its end.
        guard count >= 0, code == Z_OK || code == Z_STREAM_END else {
            throw CommandError(
                "\(path) is damaged or cut short after line \(lineCount): \(message)")
        }
        isAtEnd = count == 0
    }
}
