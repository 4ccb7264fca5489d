/// The name of a node: one process that takes part in the cluster.
public struct NodeID: RawRepresentable, Hashable, Sendable {
    /// The name: 1 to 128 letters, digits, underscores, hyphens and dots.
    public let rawValue: String

    /// Makes the name of a literal or of text that ``isValid`` holds for.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Makes the name.
    public init(_ name: String) { rawValue = name }

    /// The longest name: names are part of every actor ID.
    public static let maxByteCount = 128

    /// Whether a node may have this name.
    public var isValid: Bool {
        !rawValue.isEmpty && rawValue.utf8.count <= Self.maxByteCount
            && rawValue.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension NodeID: ExpressibleByStringLiteral {
    /// Makes the name of a literal.
    public init(stringLiteral value: String) { rawValue = value }
}

extension NodeID: Comparable {
    /// By text.
    public static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }
}

extension NodeID: Codable {
    /// A single string.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    /// A single string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension NodeID: CustomStringConvertible {
    /// The name.
    public var description: String { rawValue }
}

/// One life of a node: a process that starts again under an old name has another incarnation.
public typealias Incarnation = UInt64
