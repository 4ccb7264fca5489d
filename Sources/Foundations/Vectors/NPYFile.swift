import Glibc

/// A `.npy` file of numbers, read row by row.
///
/// The file is read, not mapped: a file that somebody truncates meanwhile gives an error instead
/// of a signal.
///
/// Thread safety: immutable after `init`; reads carry their own offset, so any thread may read.
public final class NPYFile: Sendable {
    /// The file's name.
    public let path: String
    /// What the file says of itself.
    public let header: NPYHeader
    private let descriptor: Int32

    /// Opens a file and checks its header against its size.
    ///
    /// - Throws: `NPYError`.
    public init(path: String) throws(NPYError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, errorNumber: errno) }
        do throws(NPYError) {
            let start = try Self.read(
                descriptor, path, offset: 0, upTo: NPYHeader.maximumByteCount)
            header = try NPYHeader(start: start, path: path)
            let size = Int(lseek(descriptor, 0, SEEK_END))
            let (expected, overflow) = header.byteCount.addingReportingOverflow(
                header.dataByteCount)
            guard !overflow, size == expected else {
                throw .wrongByteCount(path: path, expected: expected, found: size)
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The rows in a range as floats, one after the other; half floats and bytes are widened.
    ///
    /// - Precondition: `rows` lies within 0 ..< `header.rowCount`.
    /// - Throws: `NPYError.elementMismatch` for a file of `int32`, which would not fit;
    ///   `.unreadable` or `.wrongByteCount` if the file changed.
    public func floats(rows: Range<Int>) throws(NPYError) -> [Float] {
        let bytes: [UInt8]
        switch header.element {
        case .float32:
            bytes = try self.bytes(rows: rows)
            return Self.words(bytes) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float16:
            bytes = try self.bytes(rows: rows)
            return Self.words(bytes) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
        case .uint8:
            return try self.bytes(rows: rows).map { Float($0) }
        case .int32:
            throw .elementMismatch(path: path, found: header.element, wanted: "floats")
        }
    }

    /// The rows in a range as 32-bit integers, one after the other.
    ///
    /// - Precondition: `rows` lies within 0 ..< `header.rowCount`.
    /// - Throws: `NPYError.elementMismatch` unless the file has `int32` elements;
    ///   `.unreadable` or `.wrongByteCount` if the file changed.
    public func integers(rows: Range<Int>) throws(NPYError) -> [Int32] {
        guard header.element == .int32 else {
            throw .elementMismatch(path: path, found: header.element, wanted: "int32")
        }
        return Self.words(try bytes(rows: rows)) {
            Int32(bitPattern: UInt32(littleEndian: $0))
        }
    }

    private func bytes(rows: Range<Int>) throws(NPYError) -> [UInt8] {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= header.rowCount,
            "rows \(rows) of \(header.rowCount) in \(path)")
        let rowByteCount = header.columnCount * header.element.byteCount
        let wanted = rows.count * rowByteCount
        let found = try Self.read(
            descriptor, path, offset: header.byteCount + rows.lowerBound * rowByteCount,
            upTo: wanted)
        guard found.count == wanted else {
            throw .wrongByteCount(path: path, expected: wanted, found: found.count)
        }
        return found
    }

    /// Reads until `limit` bytes or the end of the file.
    private static func read(
        _ descriptor: Int32, _ path: String, offset: Int, upTo limit: Int
    ) throws(NPYError) -> [UInt8] {
        var errorNumber: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            while count < limit {
                let read = pread(
                    descriptor, buffer.baseAddress! + count, limit - count, offset + count)
                if read > 0 {
                    count += read
                } else if read == 0 {
                    return
                } else if errno != EINTR {
                    errorNumber = errno
                    return
                }
            }
        }
        if errorNumber != 0 { throw .unreadable(path: path, errorNumber: errorNumber) }
        return bytes
    }

    private static func words<Word: FixedWidthInteger, Value>(
        _ bytes: [UInt8], _ value: (Word) -> Value
    ) -> [Value] {
        bytes.withUnsafeBytes { raw in
            (0..<raw.count / MemoryLayout<Word>.size).map {
                value(
                    raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Word>.size, as: Word.self))
            }
        }
    }
}
