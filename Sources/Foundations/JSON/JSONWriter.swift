/// Writes JSON, compact, into bytes of its own.
///
/// The caller opens, separates and closes: the writer knows values, not structure.
public struct JSONWriter: Sendable {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// Makes a writer.
    public init(minimumCapacity: Int = 256) { bytes.reserveCapacity(minimumCapacity) }

    /// Writes punctuation, or a value that is known to be JSON.
    public mutating func write(raw text: StaticString) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(
                start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Writes an integer.
    public mutating func write(_ integer: some FixedWidthInteger) {
        bytes.append(contentsOf: String(integer).utf8)
    }

    /// Writes a number in the fewest digits from which it is read again; `null` if it is not finite.
    public mutating func write<Number: BinaryFloatingPoint & CustomStringConvertible>(
        _ number: Number
    ) {
        guard number.isFinite else { return write(raw: "null") }
        bytes.append(contentsOf: number.description.utf8)
    }

    /// Writes `true` or `false`.
    public mutating func write(_ bool: Bool) {
        if bool { write(raw: "true") } else { write(raw: "false") }
    }

    /// Writes numbers as an array.
    public mutating func write(_ floats: [Float]) {
        bytes.reserveCapacity(bytes.count + floats.count * 12)
        write(raw: "[")
        for (index, float) in floats.enumerated() {
            if index > 0 { write(raw: ",") }
            write(float)
        }
        write(raw: "]")
    }

    /// Writes a string in quotes.
    ///
    /// `<` and U+2028 are written as they are: answers are `application/json` and nothing else.
    public mutating func write(_ string: String) {
        write(raw: "\"")
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): write(raw: "\\\"")
            case UInt8(ascii: "\\"): write(raw: "\\\\")
            case 0x0A: write(raw: "\\n")
            case 0x0D: write(raw: "\\r")
            case 0x09: write(raw: "\\t")
            case 0..<0x20, 0x7F:
                write(raw: "\\u00")
                bytes.append(Self.hexDigits[Int(byte >> 4)])
                bytes.append(Self.hexDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        write(raw: "\"")
    }

    /// Writes the name of a field and the colon.
    public mutating func write(field name: StaticString) {
        write(raw: "\"")
        write(raw: name)
        write(raw: "\":")
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
