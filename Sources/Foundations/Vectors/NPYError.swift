/// Why a `.npy` file was refused or could not be read.
public enum NPYError: Error, Equatable, Sendable {
    /// The file does not begin with the magic bytes, or ends within them.
    case notNPY(path: String)
    /// A version of the format other than 1.0 and 2.0.
    case unsupportedVersion(path: String, major: UInt8, minor: UInt8)
    /// A header longer than `NPYHeader.maximumByteCount`, or longer than the file.
    case headerTooLong(path: String, byteCount: Int, limit: Int)
    /// A header that does not say what it must at this offset.
    case headerMalformed(path: String, offset: Int, expected: String)
    /// Elements of a type other than `<f4`, `<f2`, `<i4` and `|u1`.
    case unsupportedElement(path: String, found: String)
    /// Columns instead of rows lie together; store the array in C order.
    case fortranOrder(path: String)
    /// No dimension, more than two, or more elements than can be counted.
    case unsupportedShape(path: String, shape: [Int])
    /// A file shorter or longer than its header says.
    case wrongByteCount(path: String, expected: Int, found: Int)
    /// Elements of another type than the caller asked for.
    case elementMismatch(path: String, found: NPYHeader.Element, wanted: String)
    /// The system could not open or read the file.
    case unreadable(path: String, errorNumber: Int32)
}
