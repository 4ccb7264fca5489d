/// A text that no log, error or dump may show: a password, token or key.
///
/// Whatever describes it says `<secret>`; only ``value`` has it.
public struct Secret: Sendable, Hashable {
    /// The text itself: for checking and for handing over, never for showing.
    public var value: String

    /// Makes a secret of a text.
    public init(_ value: String) { self.value = value }
}

extension Secret: Codable {
    /// A single string.
    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(String.self)
    }

    /// A single string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Not the text.
    public var description: String { "<secret>" }
    /// Not the text.
    public var debugDescription: String { "<secret>" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a caller shows of itself; whoever acts for a caller hands it on as it came.
///
/// No role believes another's word about a caller: the auth service itself looks at this.
public enum Credential: Sendable, Hashable, Codable {
    /// The access token of a session: three parts of base64url with points between.
    case accessToken(String)
    /// An API key: `vec_…`.
    case apiKey(String)

    /// The longest text that is looked at, in bytes.
    public static let maxByteCount = 4_096
    /// What an API key begins with.
    public static let apiKeyPrefix = "vec_"

    /// The credential that a text is by its form, whether it is good or not.
    ///
    /// - Parameter text: What came after `Bearer`, in a header of its own, or in a request.
    public init(_ text: String) {
        self = text.hasPrefix(Self.apiKeyPrefix) ? .apiKey(text) : .accessToken(text)
    }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Its kind, and not the text.
    public var description: String {
        switch self {
        case .accessToken: "<access token>"
        case .apiKey: "<API key>"
        }
    }
    /// Its kind, and not the text.
    public var debugDescription: String { description }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
