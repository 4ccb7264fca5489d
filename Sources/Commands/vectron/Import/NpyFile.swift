import Foundation

/// A two-dimensional NumPy file of numbers, read row by row.
///
/// Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, versions 1 to
/// 3, little-endian `float16`, `float32` and `int32`, rows one after the other.
///
/// Thread safety: any thread may read; reads name their offsets.
package final class NpyFile: Sendable {
    /// The kinds of numbers.
    package enum Element: String, CaseIterable {
        /// Half precision.
        case float16 = "<f2"
        /// Single precision.
        case float32 = "<f4"
        /// Whole numbers, such as row numbers.
        case int32 = "<i4"

        var byteCount: Int { self == .float16 ? 2 : 4 }
    }

    /// Where the file is.
    package let path: String
    /// What its numbers are.
    package let element: Element
    /// How many rows it has.
    package let rowCount: Int
    /// How many numbers a row has.
    package let columnCount: Int
    private let dataOffset: Int
    private let descriptor: Int32

    /// The longest header of a file that we could read: far more than two dimensions need.
    private static let maxHeaderByteCount = 65_536

    /// Opens a file and checks that it holds what its header says.
    package init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        do {
            let start = try Self.read(descriptor, 12, at: 0, path)
            guard start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6])
            else { throw CommandError("\(path) is no .npy file") }
            let isShort = start[6] == 1
            let count = start[8..<(isShort ? 10 : 12)].reversed().reduce(0) { $0 << 8 | Int($1) }
            guard count <= Self.maxHeaderByteCount else {
                throw CommandError("\(path) is no .npy file: its header has \(count) bytes")
            }
            let headerOffset = isShort ? 10 : 12
            let header = String(
                decoding: try Self.read(descriptor, count, at: headerOffset, path), as: UTF8.self)
            (element, rowCount, columnCount) = try Self.parse(header, path)
            dataOffset = headerOffset + count
        } catch {
            close(descriptor)
            throw error
        }
        var status = stat()
        let (size, overflow) = rowCount.multipliedReportingOverflow(
            by: columnCount * element.byteCount)
        guard fstat(descriptor, &status) == 0, !overflow, Int(status.st_size) - dataOffset >= size
        else {
            throw CommandError(
                "\(path) is cut short: \(rowCount) × \(columnCount) numbers are not in it")
        }
    }

    deinit { close(descriptor) }

    /// The type and shape that a header names, such as
    /// `{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 384), }`.
    static func parse(_ header: String, _ path: String) throws -> (Element, Int, Int) {
        guard let descr = header.firstMatch(of: /'descr'\s*:\s*'([^']*)'/)?.1,
            let shape = header.firstMatch(of: /'shape'\s*:\s*\(([0-9, ]*)\)/)?.1,
            let order = header.firstMatch(of: /'fortran_order'\s*:\s*(True|False)/)?.1
        else {
            throw CommandError("\(path): its header does not say what it holds")
        }
        guard let element = Element(rawValue: String(descr)) else {
            throw CommandError(
                "\(path) holds \(descr); save it as float16 or float32 (array.astype('<f4'))")
        }
        let sizes = shape.split(separator: ",")
            .compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard sizes.count == 2, sizes[1] > 0, sizes[1] <= 1 << 20, order == "False" else {
            throw CommandError(
                "\(path) has the shape (\(shape)); save two dimensions in C order: rows, components"
            )
        }
        return (element, sizes[0], sizes[1])
    }

    /// Rows of floats.
    package func floats(_ rows: Range<Int>) throws -> [[Float]] {
        guard element != .int32 else {
            throw CommandError("\(path) holds int32 where vectors are wanted")
        }
        let bytes = try bytes(of: rows)
        return bytes.withUnsafeBytes { bytes in
            rows.indices.map { row in
                let first = (row - rows.lowerBound) * columnCount
                return (first..<first + columnCount).map { index in
                    element == .float16
                        ? Float(
                            Float16(
                                bitPattern: bytes.loadUnaligned(
                                    fromByteOffset: index * 2, as: UInt16.self)))
                        : Float(
                            bitPattern: bytes.loadUnaligned(
                                fromByteOffset: index * 4, as: UInt32.self))
                }
            }
        }
    }

    /// A row of whole numbers.
    package func integers(row: Int) throws -> [Int32] {
        guard element == .int32 else {
            throw CommandError("\(path) holds \(element.rawValue) where int32 is wanted")
        }
        return try bytes(of: row..<row + 1).withUnsafeBytes { bytes in
            (0..<columnCount).map {
                bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)
            }
        }
    }

    private func bytes(of rows: Range<Int>) throws -> [UInt8] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "no rows \(rows)")
        let stride = columnCount * element.byteCount
        return try Self.read(
            descriptor, rows.count * stride, at: dataOffset + rows.lowerBound * stride, path)
    }

    private static func read(
        _ descriptor: Int32, _ count: Int, at offset: Int, _ path: String
    ) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let more = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset + filled))
                guard more > 0 else {
                    throw CommandError(
                        more == 0
                            ? "\(path) is cut short"
                            : "\(path) cannot be read: \(String(cString: strerror(errno)))")
                }
                filled += more
            }
        }
    }
}
