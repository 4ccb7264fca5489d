import FoundationEssentials
import Primitives
package import Protocols

/// A refresh token as text: `vrt_<session>_<secret>_<tag>`.
///
/// The tag is an HMAC of the rest under the secret of the group, so that a token is known to be one of
/// ours before anything is looked up: one with a good tag whose session has another token was used
/// before. Without the tag whoever reads a session's id in a log could end it.
package struct RefreshToken: Sendable {
    /// The session.
    package let session: String
    /// The whole token.
    package let text: Secret

    /// How many characters the id of a session has.
    static let sessionLength = 22
    private static let prefix = "vrt"

    /// Makes a new token of a session.
    package init(of session: String, under secret: GroupSecret) {
        let head = "\(Self.prefix)_\(session)_\(RandomText.secret())"
        self.session = session
        text = Secret("\(head)_\(Self.tag(of: head, under: secret))")
    }

    /// Reads a token; nil if it is none of ours.
    package init?(_ text: Secret, under secret: GroupSecret) {
        guard text.value.utf8.count <= 128 else { return nil }
        let parts = text.value.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == Self.prefix,
            Base62.isText(parts[1], digitCount: Self.sessionLength),
            Base62.isText(parts[2], digitCount: 43), Base62.isText(parts[3], digitCount: 43)
        else { return nil }
        let head = "\(parts[0])_\(parts[1])_\(parts[2])"
        let expected = Self.tag(of: head, under: secret)
        guard Self.areEqual(Array(expected.utf8), Array(parts[3].utf8)) else { return nil }
        session = String(parts[1])
        self.text = text
    }

    private static func tag(of head: String, under secret: GroupSecret) -> String {
        Base62.text(of: Array(secret.hash(head, for: .refreshTag)), digitCount: 43)
    }

    /// In a time that says nothing of where they differ.
    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
