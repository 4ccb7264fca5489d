import Foundation
import Protocols

extension JSONValue {
    /// The value as JSON on one line.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            preconditionFailure("a value of finite numbers is always JSON: \(error)")
        }
    }

    /// The value as people read it: strings without quotes.
    var display: String {
        switch self {
        case .string(let string): string
        case .array(let values): values.map(\.display).joined(separator: ", ")
        case .null: ""
        default: text
        }
    }

    /// The members of an object; none of anything else.
    var members: [String: JSONValue] {
        if case .object(let members) = self { members } else { [:] }
    }

    /// The shortest number that is this float; null if it is none.
    init(_ float: Float) {
        self = float.isFinite ? Double("\(float)").map(JSONValue.number) ?? .null : .null
    }

    /// A number; null if it is none.
    init(_ double: Double) { self = double.isFinite ? .number(double) : .null }

    /// A whole number.
    init(_ number: Int) { self = .integer(Int64(number)) }

    /// A whole number; what JSON readers could not hold becomes a string.
    init(_ number: UInt64) {
        self = Int64(exactly: number).map(JSONValue.integer) ?? .string("\(number)")
    }

    /// An id.
    init(_ id: PointID) {
        if case .number(let number) = id {
            self.init(number)
        } else {
            self = .string(id.description)
        }
    }

    /// A vector.
    init(_ vector: [Float]) { self = .array(vector.map { JSONValue($0) }) }

    /// The value that JSON text is.
    init(text: String, of what: String) throws {
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            throw CommandError("\(what) is no JSON: \(text.prefix(80).debugDescription)")
        }
    }
}
