import Primitives

/// An API key as text: `vec_<id>_<secret>_<checksum>`.
///
/// | part | form | meaning |
/// |---|---|---|
/// | `vec_` | | what scanners for leaked secrets look for |
/// | id | 12 of `0-9A-Za-z` | names the key; no secret |
/// | secret | 43 of `0-9A-Za-z` | 32 random bytes in base 62 |
/// | checksum | 6 of `0-9A-Za-z` | CRC-32C of all before its `_`, big-endian, in base 62 |
///
/// By the checksum a mistyped key is refused without asking anybody. It is no proof of anything.
public struct APIKeyText: Sendable, Hashable {
    /// What names the key.
    public let id: String
    /// The whole key.
    public let secret: Secret

    /// How many characters an id has.
    public static let idLength = 12
    private static let secretLength = 43
    private static let checksumLength = 6

    /// Makes the text of a key.
    ///
    /// - Parameters:
    ///   - id: 12 digits and letters.
    ///   - bytes: 32 bytes that nobody can guess.
    public init(id: String, bytes: [UInt8]) {
        precondition(
            Base62.isText(id[...], digitCount: Self.idLength) && bytes.count == 32,
            "an id of \(id.utf8.count) characters, or \(bytes.count) bytes of a secret")
        let secret = Base62.text(of: bytes, digitCount: Self.secretLength)
        let head = "\(Credential.apiKeyPrefix)\(id)_\(secret)"
        self.id = id
        self.secret = Secret("\(head)_\(Self.checksum(of: head))")
    }

    /// Reads a key; nil if it is none, or was mistyped.
    public init?(_ text: String) {
        let parts = text.prefix(128).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "vec",
            Base62.isText(parts[1], digitCount: Self.idLength),
            Base62.isText(parts[2], digitCount: Self.secretLength),
            Base62.isText(parts[3], digitCount: Self.checksumLength),
            text.utf8.count <= 128,
            Self.checksum(of: "vec_\(parts[1])_\(parts[2])") == parts[3]
        else { return nil }
        id = String(parts[1])
        secret = Secret(text)
    }

    private static func checksum(of head: String) -> String {
        let value = CRC32C.checksum(of: Array(head.utf8))
        let bytes = stride(from: 24, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: value >> $0)
        }
        return Base62.text(of: bytes, digitCount: checksumLength)
    }
}
