extension JSONReader {
    /// A number as it is written: (-)`digits` × 10^`exponent`.
    struct Decimal {
        /// The bytes of the text.
        var range: Range<Int>
        var isNegative = false
        /// All digits as one integer, if they fit.
        var digits: UInt64 = 0
        var exponent = 0
        /// Whether `digits` and `exponent` say it all.
        var isComplete = true
        /// Whether there is neither a point nor an exponent.
        var isInteger = true
    }

    /// Reads a whole number in this range, written without point and exponent.
    public mutating func readInteger<Integer: FixedWidthInteger>(
        in range: ClosedRange<Integer> = Integer.min...Integer.max
    ) throws(JSONError) -> Integer {
        let decimal = try readDecimal("a whole number")
        if decimal.isInteger, decimal.isComplete {
            let value =
                decimal.isNegative
                ? decimal.digits > UInt64(Int64.max) + 1
                    ? nil : Integer(exactly: Int64(truncatingIfNeeded: 0 &- decimal.digits))
                : Integer(exactly: decimal.digits)
            if let value, range.contains(value) { return value }
        }
        throw JSONError(
            .value,
            "it is \(text(of: decimal)) and must be a whole number from \(range.lowerBound) to \(range.upperBound)",
            offset: decimal.range.lowerBound)
    }

    /// A number: an integer if it is written as one and has at most 63 bits.
    public enum Number: Sendable, Hashable {
        case integer(Int64)
        case double(Double)
    }

    /// Reads any finite number.
    public mutating func readNumber() throws(JSONError) -> Number {
        let decimal = try readDecimal("a number")
        if decimal.isInteger, decimal.isComplete, decimal.digits <= UInt64(Int64.max) {
            let value = Int64(decimal.digits)
            return .integer(decimal.isNegative ? -value : value)
        }
        return .double(try double(decimal))
    }

    /// Reads a finite number as the nearest `Double`.
    public mutating func readDouble() throws(JSONError) -> Double {
        try double(readDecimal("a number"))
    }

    /// Reads a finite number as the nearest `Float`.
    public mutating func readFloat() throws(JSONError) -> Float {
        try float(readDecimal("a number"))
    }

    /// Reads an array of numbers, each as the nearest `Float`: a vector.
    ///
    /// - Parameter maxCount: How many there may be.
    /// - Complexity: Some 80 ns a number of 17 digits; no allocation but the array's.
    public mutating func readFloats(maxCount: Int) throws(JSONError) -> [Float] {
        var floats: [Float] = []
        try readArray(maxCount: maxCount) { (reader, index) throws(JSONError) in
            // As many as a component of 12 bytes makes likely, by the bytes that are there.
            if index == 0 { floats.reserveCapacity(min(maxCount, 1024, reader.remaining / 12)) }
            floats.append(try reader.readFloat())
        }
        return floats
    }

    private var remaining: Int { count - offset }

    private mutating func readDecimal(_ name: String) throws(JSONError) -> Decimal {
        skipSpace()
        let begin = offset
        var decimal = Decimal(range: begin..<begin)
        if offset < count, start[offset] == UInt8(ascii: "-") {
            decimal.isNegative = true
            offset += 1
        }
        guard offset < count, isDigit(start[offset]) else {
            // Says what is there instead; or, after a minus, that this is no number.
            offset = begin
            if !decimal.isNegative { try expect(.number, name) }
            throw syntax("a digit is expected after the minus")
        }
        if start[offset] == UInt8(ascii: "0") {
            offset += 1
            if offset < count, isDigit(start[offset]) {
                throw syntax("a number does not begin with 0 and another digit")
            }
        } else {
            readDigits(&decimal)
        }
        if offset < count, start[offset] == UInt8(ascii: ".") {
            decimal.isInteger = false
            offset += 1
            let fraction = offset
            readDigits(&decimal)
            guard offset > fraction else { throw syntax("a digit is expected after the point") }
            decimal.exponent = fraction - offset
        }
        if offset < count, start[offset] | 0x20 == UInt8(ascii: "e") {
            decimal.isInteger = false
            try readExponent(&decimal)
        }
        decimal.range = begin..<offset
        return decimal
    }

    @inline(__always)
    private mutating func readDigits(_ decimal: inout Decimal) {
        while offset < count {
            let digit = start[offset] &- UInt8(ascii: "0")
            guard digit <= 9 else { return }
            // Up to this bound ten times as much and a digit fits for sure; above it is looked at.
            if decimal.digits > (UInt64.max - 9) / 10 {
                let (tenfold, isOver) = decimal.digits.multipliedReportingOverflow(by: 10)
                let (sum, isOverToo) = tenfold.addingReportingOverflow(UInt64(digit))
                if isOver || isOverToo { decimal.isComplete = false }
                decimal.digits = decimal.isComplete ? sum : .max
            } else {
                decimal.digits = decimal.digits &* 10 &+ UInt64(digit)
            }
            offset += 1
        }
    }

    private mutating func readExponent(_ decimal: inout Decimal) throws(JSONError) {
        offset += 1
        var isNegative = false
        if offset < count, start[offset] == UInt8(ascii: "-") || start[offset] == UInt8(ascii: "+")
        {
            isNegative = start[offset] == UInt8(ascii: "-")
            offset += 1
        }
        let begin = offset
        var exponent = 0
        while offset < count, isDigit(start[offset]) {
            // A bound far outside of every type, so that it does not overflow.
            exponent = min(exponent * 10 + Int(start[offset] - UInt8(ascii: "0")), 1_000_000)
            offset += 1
        }
        guard offset > begin else { throw syntax("a digit is expected in the exponent") }
        decimal.exponent += isNegative ? -exponent : exponent
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

    private func text(of decimal: Decimal) -> String {
        let range = decimal.range.prefix(40)
        return String(
            decoding: UnsafeBufferPointer(
                rebasing: UnsafeBufferPointer(start: start, count: count)[
                    range.startIndex..<range.endIndex]), as: UTF8.self)
    }

    // MARK: From decimal to binary

    /// The powers of ten that a `Double` holds exactly.
    private static let powers: [Double] = {
        var powers = [1.0]
        for _ in 1...22 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// The nearest double.
    ///
    /// *Source*: Clinger 1990, the fast case: both operands are exact, so that one operation rounds
    /// once. All else goes through the standard library.
    private func double(_ decimal: Decimal) throws(JSONError) -> Double {
        if decimal.isComplete, decimal.digits <= 1 << 53, abs(decimal.exponent) <= 22 {
            let digits = Double(decimal.digits)
            let value =
                decimal.exponent < 0
                ? digits / Self.powers[-decimal.exponent] : digits * Self.powers[decimal.exponent]
            return decimal.isNegative ? -value : value
        }
        return try slow(decimal)
    }

    /// The nearest float.
    ///
    /// Of digits that fit in a word and a power of ten up to 22 the double arithmetic below is wrong by less than two
    /// units of a double's last place: one rounding each for the digits and for the operation. A
    /// float has 29 bits fewer, so that rounding the double gives the nearest float unless the
    /// double lies within that error of the middle between two floats; then, as for all that is
    /// not a normal float, the standard library decides.
    private func float(_ decimal: Decimal) throws(JSONError) -> Float {
        guard decimal.isComplete, abs(decimal.exponent) <= 22 else { return try slow(decimal) }
        if decimal.digits == 0 { return decimal.isNegative ? -0.0 : 0 }
        let digits = Double(decimal.digits)
        let value =
            decimal.exponent < 0
            ? digits / Self.powers[-decimal.exponent] : digits * Self.powers[decimal.exponent]
        let below = value.bitPattern & 0x1FFF_FFFF
        guard value >= Double(Float.leastNormalMagnitude),
            value < Double(Float.greatestFiniteMagnitude),
            below < 0x1000_0000 - 4 || below > 0x1000_0000 + 4
        else { return try slow(decimal) }
        return decimal.isNegative ? -Float(value) : Float(value)
    }

    @inline(never)
    private func slow<Value: LosslessStringConvertible & BinaryFloatingPoint>(
        _ decimal: Decimal
    ) throws(JSONError) -> Value {
        let bytes = UnsafeBufferPointer(
            start: start + decimal.range.lowerBound, count: decimal.range.count)
        guard bytes.count <= 1024, let value = Value(String(decoding: bytes, as: UTF8.self)),
            value.isFinite
        else {
            throw JSONError(
                .value, "\(text(of: decimal)) is beyond the range of numbers",
                offset: decimal.range.lowerBound)
        }
        return value
    }
}
