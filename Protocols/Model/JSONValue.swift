/// A JSON value: what a payload is made of.
///
/// Objects are written with their keys in order, so that equal values have equal bytes.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}
