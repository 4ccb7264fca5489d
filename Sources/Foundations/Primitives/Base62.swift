/// Bytes as digits and letters: text that no shell, address or form changes, and that a double click
/// selects whole.
public enum Base62 {
    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The number that the bytes are, the first the highest, in exactly so many digits.
    ///
    /// Complexity: O(bytes × digits).
    ///
    /// - Precondition: The digits suffice: 43 for 32 bytes, 22 for 16, 6 for 4.
    public static func text(of bytes: [UInt8], digitCount: Int) -> String {
        var (number, text) = (bytes, [UInt8](repeating: digits[0], count: digitCount))
        for position in text.indices.reversed() {
            var rest = 0
            for index in number.indices {
                let part = rest << 8 | Int(number[index])
                number[index] = UInt8(part / 62)
                rest = part % 62
            }
            text[position] = digits[rest]
        }
        precondition(number.allSatisfy { $0 == 0 }, "\(bytes.count) bytes need more digits")
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a text is of digits and letters only, and exactly so many.
    public static func isText(_ text: Substring, digitCount: Int) -> Bool {
        text.utf8.count == digitCount && text.utf8.allSatisfy { digits.contains($0) }
    }
}
