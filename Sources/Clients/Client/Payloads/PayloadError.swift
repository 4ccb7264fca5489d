public import Protocols

/// A payload and its Swift type do not fit each other.
///
/// Writing, it is thrown before anything is sent; reading, the request itself went well.
public struct PayloadError: Error, Sendable, Hashable {
    /// Whether the payload was written or read.
    public enum Direction: String, Sendable, Hashable {
        /// The value cannot become a JSON object.
        case encoding
        /// The JSON object cannot become the value.
        case decoding
    }

    /// Whether the payload was written or read.
    public var direction: Direction
    /// The point whose payload it is.
    public var point: PointID
    /// The Swift type.
    public var type: String
    /// Where in the payload, as in `senses[2].word`; empty for the payload as a whole.
    public var path: String
    /// What is wrong there.
    public var reason: String
}

extension PayloadError: CustomStringConvertible {
    /// What happened, to which point, where, and what to do about it.
    public var description: String {
        let place = path.isEmpty ? "" : "\(path): "
        return switch direction {
        case .encoding:
            """
            the payload of point \(point) cannot be written from \(type): \(place)\(reason); \
            change the value or the type
            """
        case .decoding:
            """
            the payload of point \(point) cannot be read as \(type): \(place)\(reason); \
            read it as another type, or write the point anew
            """
        }
    }
}

extension PayloadError {
    /// What a `Codable` type, or the coding of payloads, has thrown.
    init(_ direction: Direction, _ point: PointID, type: Any.Type, because error: any Error) {
        let (path, reason) = Self.facts(of: error)
        self.init(
            direction: direction, point: point, type: String(reflecting: type),
            path: Self.text(of: path), reason: reason)
    }

    private static func facts(of error: any Error) -> ([any CodingKey], String) {
        switch error {
        case let EncodingError.invalidValue(_, context):
            (context.codingPath, context.debugDescription)
        case let DecodingError.typeMismatch(_, context),
            let DecodingError.valueNotFound(_, context),
            let DecodingError.dataCorrupted(context):
            (context.codingPath, context.debugDescription)
        case let DecodingError.keyNotFound(key, context):
            (context.codingPath + [key], "there is no such value")
        default: ([], "\(error)")
        }
    }

    private static func text(of path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue, key is PayloadIndex {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}

/// The place of an element in an array.
struct PayloadIndex: CodingKey {
    let index: Int

    init(_ index: Int) { self.index = index }
    init?(intValue: Int) { index = intValue }
    init?(stringValue: String) { nil }

    var intValue: Int? { index }
    var stringValue: String { String(index) }
}

/// The key under which a class keeps what its superclass writes.
enum PayloadSuperKey: String, CodingKey {
    case `super`
}
