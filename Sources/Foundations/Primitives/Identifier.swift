/// A number that names one thing of the kind `Tag`, and cannot be taken for the number of another
/// kind.
public struct Identifier<Tag>: RawRepresentable, Hashable, Sendable {
    /// The number.
    public var rawValue: UInt64

    /// Makes an identifier of a number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Makes an identifier of a number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The identifier after this one.
    public var next: Self { Self(rawValue + 1) }
}

extension Identifier: Comparable {
    /// By number.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension Identifier: Codable {
    /// A single number.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(UInt64.self)
    }

    /// A single number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Identifier: ExpressibleByIntegerLiteral {
    /// Makes an identifier of a literal.
    public init(integerLiteral value: UInt64) { rawValue = value }
}

extension Identifier: CustomStringConvertible {
    /// The number.
    public var description: String { String(rawValue) }
}
