import FoundationEssentials
import Protocols

/// A type that is one JSON value, whatever its own `Codable` form is.
///
/// | Swift | JSON |
/// |---|---|
/// | integers | number; beyond 63 bits refused, since the database would round it |
/// | `Float`, `Double` | number; infinities and NaN refused |
/// | `Date` | string of RFC 3339 in UTC, to the millisecond: `2026-01-31T12:00:00.250Z` |
/// | `Data` | string of base64 |
/// | `URL` | string |
/// | `JSONValue` | itself |
protocol PayloadScalar {
    /// The JSON value, or an error that says what is wrong with this one.
    func jsonValue() throws(PayloadMismatch) -> JSONValue
    /// The value that a JSON value stands for.
    init(jsonValue: JSONValue) throws(PayloadMismatch)
}

/// What is wrong with a value, whose place others know.
struct PayloadMismatch: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }

    static func expected(_ what: String, _ value: JSONValue) -> PayloadMismatch {
        PayloadMismatch("expected \(what), found \(value.kind)")
    }
}

extension JSONValue {
    /// What kind of value it is, in words; not the value, which is nobody's but the caller's.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: PayloadScalar {
    func jsonValue() -> JSONValue { self }
    init(jsonValue: JSONValue) { self = jsonValue }
}

extension Bool: PayloadScalar {
    func jsonValue() -> JSONValue { .bool(self) }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        guard case .bool(let bool) = jsonValue else { throw .expected("a boolean", jsonValue) }
        self = bool
    }
}

extension String: PayloadScalar {
    func jsonValue() -> JSONValue { .string(self) }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        guard case .string(let string) = jsonValue else { throw .expected("a string", jsonValue) }
        self = string
    }
}

// MARK: - Numbers

extension PayloadScalar where Self: BinaryFloatingPoint {
    func jsonValue() throws(PayloadMismatch) -> JSONValue {
        guard isFinite else { throw PayloadMismatch("\(self) is no JSON number") }
        return .number(Double(self))
    }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        switch jsonValue {
        case .number(let number): self.init(number)
        case .integer(let integer): self.init(integer)
        default: throw .expected("a number", jsonValue)
        }
    }
}

extension Double: PayloadScalar {}
extension Float: PayloadScalar {}

extension PayloadScalar where Self: FixedWidthInteger {
    func jsonValue() throws(PayloadMismatch) -> JSONValue {
        guard let integer = Int64(exactly: self) else {
            throw PayloadMismatch("\(self) is beyond 63 bits; keep it as a string")
        }
        return .integer(integer)
    }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        let value: Self?
        switch jsonValue {
        case .integer(let integer): value = Self(exactly: integer)
        // Other languages write 3 as 3.0.
        case .number(let number): value = Self(exactly: number)
        default: throw .expected("an integer", jsonValue)
        }
        guard let value else { throw PayloadMismatch("the number is no \(Self.self)") }
        self = value
    }
}

extension Int: PayloadScalar {}
extension Int8: PayloadScalar {}
extension Int16: PayloadScalar {}
extension Int32: PayloadScalar {}
extension Int64: PayloadScalar {}
extension UInt: PayloadScalar {}
extension UInt8: PayloadScalar {}
extension UInt16: PayloadScalar {}
extension UInt32: PayloadScalar {}
extension UInt64: PayloadScalar {}

// MARK: - Texts

extension Date: PayloadScalar {
    func jsonValue() -> JSONValue {
        .string(formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        let text = try String(jsonValue: jsonValue)
        for hasFraction in [true, false] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction)
            // What is not of this form may be of the other.
            if let date = try? style.parse(text) {
                self = date
                return
            }
        }
        throw PayloadMismatch("the string is no date like 2026-01-31T12:00:00Z")
    }
}

extension Data: PayloadScalar {
    func jsonValue() -> JSONValue { .string(base64EncodedString()) }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        guard let data = Data(base64Encoded: try String(jsonValue: jsonValue)) else {
            throw PayloadMismatch("the string is no base64")
        }
        self = data
    }
}

extension URL: PayloadScalar {
    func jsonValue() -> JSONValue { .string(absoluteString) }

    init(jsonValue: JSONValue) throws(PayloadMismatch) {
        guard let url = URL(string: try String(jsonValue: jsonValue)) else {
            throw PayloadMismatch("the string is no URL")
        }
        self = url
    }
}
