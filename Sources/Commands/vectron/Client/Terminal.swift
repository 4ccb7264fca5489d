import Foundation

/// What the standard output and error are.
enum Terminal {
    /// How many columns the standard output has; nil if it is no terminal.
    static var width: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0,
            size.ws_col > 0
        else { return nil }
        return Int(size.ws_col)
    }

    /// Whether progress may be drawn over itself.
    static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}

/// The number with so many digits after the point.
func format(_ number: some BinaryFloatingPoint, digits: Int) -> String {
    String(format: "%.\(digits)f", Double(number))
}

/// The number with commas between thousands.
func format(_ number: Int) -> String {
    var text = String(number.magnitude)
    var position = text.count - 3
    while position > 0 {
        text.insert(",", at: text.index(text.startIndex, offsetBy: position))
        position -= 3
    }
    return number < 0 ? "-" + text : text
}
