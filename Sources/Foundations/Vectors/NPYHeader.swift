/// The header of a `.npy` file: what its elements are, and how many.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 6 | `93 4E 55 4D 50 59` ("\x93NUMPY") |
/// | 6 | 1 | major version: 1 or 2 |
/// | 7 | 1 | minor version: 0 |
/// | 8 | 2 (version 1) or 4 (version 2) | length of the text that follows, little-endian |
/// | 10 or 12 | as said | `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, spaces, line feed |
///
/// *Source*: NumPy, `numpy.lib.format`. Stricter than NumPy, which evaluates the text as Python: a
/// dictionary of exactly these three keys, in any order.
public struct NPYHeader: Equatable, Sendable {
    /// The types of elements that can be read; raw values as in the file.
    public enum Element: String, Equatable, Sendable, CaseIterable {
        /// Little-endian IEEE 754 single precision.
        case float32 = "<f4"
        /// Little-endian IEEE 754 half precision.
        case float16 = "<f2"
        /// Little-endian signed 32-bit integers.
        case int32 = "<i4"
        /// Bytes.
        case uint8 = "|u1"

        /// The bytes of one element.
        public var byteCount: Int {
            switch self {
            case .float32, .int32: 4
            case .float16: 2
            case .uint8: 1
            }
        }
    }

    /// The longest header that is read, in bytes; NumPy's own stay below 128.
    public static let maximumByteCount = 4096

    /// The type of the elements.
    public let element: Element
    /// One or two dimensions, none negative; their product does not overflow.
    public let shape: [Int]
    /// Where the elements begin.
    public let byteCount: Int

    /// The rows: the first dimension.
    public var rowCount: Int { shape[0] }
    /// The elements of a row: the second dimension, or 1.
    public var columnCount: Int { shape.count == 2 ? shape[1] : 1 }
    /// The bytes of all elements.
    public var dataByteCount: Int { rowCount * columnCount * element.byteCount }

    /// Reads the header at the start of a file.
    ///
    /// - Parameters:
    ///   - start: The first bytes of the file, at least `maximumByteCount` of them or all.
    ///   - path: The file's name, for errors.
    /// - Throws: `NPYError`; no bytes make it trap.
    public init(start: [UInt8], path: String) throws(NPYError) {
        guard start.count >= 10, start.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]) else {
            throw .notNPY(path: path)
        }
        let textOffset: Int
        switch (start[6], start[7]) {
        case (1, 0): textOffset = 10
        case (2, 0): textOffset = 12
        default:
            throw .unsupportedVersion(path: path, major: start[6], minor: start[7])
        }
        var textByteCount = Int(start[8]) | Int(start[9]) << 8
        if textOffset == 12 {
            guard start.count >= 12 else { throw .notNPY(path: path) }
            textByteCount |= Int(start[10]) << 16 | Int(start[11]) << 24
        }
        byteCount = textOffset + textByteCount
        let limit = min(start.count, Self.maximumByteCount)
        guard byteCount <= limit else {
            throw .headerTooLong(path: path, byteCount: byteCount, limit: limit)
        }
        var parser = NPYHeaderParser(bytes: start[textOffset..<byteCount], path: path)
        let fields = try parser.fields()
        guard let element = Element(rawValue: fields.element) else {
            throw .unsupportedElement(path: path, found: fields.element)
        }
        if fields.isFortranOrder { throw .fortranOrder(path: path) }
        self.element = element
        shape = fields.shape
        try Self.validate(shape: shape, elementByteCount: element.byteCount, path: path)
    }

    private static func validate(
        shape: [Int], elementByteCount: Int, path: String
    ) throws(NPYError) {
        guard (1...2).contains(shape.count) else {
            throw .unsupportedShape(path: path, shape: shape)
        }
        var product = elementByteCount
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            if overflow { throw .unsupportedShape(path: path, shape: shape) }
            product = next
        }
    }
}
