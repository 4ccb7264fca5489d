package import Crypto
package import FoundationEssentials
package import Protocols

/// What all auth nodes of a cluster know and no store has: hashes and seals are made under it.
///
/// From its 32 bytes a key of its own is derived for each purpose (HKDF-SHA256). Whoever has a dump of
/// stores and logs and not this can neither try tokens against their hashes nor sign any.
/// Whoever loses it loses all keys and sessions, and no password.
package struct GroupSecret: Sendable {
    private let root: SymmetricKey

    /// How many bytes it has.
    package static let byteCount = 32

    /// Makes a secret of 32 bytes that nobody can guess.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a secret of \(bytes.count) bytes")
        root = SymmetricKey(data: bytes)
    }

    /// What a hash is of: one is never taken for another.
    package enum Purpose: String, Sendable {
        /// An API key.
        case apiKey = "api-key"
        /// A refresh token that is good.
        case refreshToken = "refresh-token"
        /// The tag by which a refresh token is known to be one of ours.
        case refreshTag = "refresh-tag"
        /// The bootstrap token.
        case bootstrapToken = "bootstrap-token"
        /// The number of a life, to see whether nodes have one secret.
        case check = "check"
        /// The seal of private keys.
        case seal = "seal"
    }

    private func key(for purpose: Purpose) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Data("vectron auth 1 \(purpose.rawValue)".utf8),
            outputByteCount: 32)
    }

    /// The HMAC-SHA256 of a text.
    package func hash(_ text: String, for purpose: Purpose) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key(for: purpose)))
    }

    /// Whether that is the hash of a text, in a time that says nothing of where they differ.
    package func isHash(_ hash: Data, of text: String, for purpose: Purpose) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            hash, authenticating: Data(text.utf8), using: key(for: purpose))
    }

    /// What only this secret makes of the number of a life.
    package func check(of life: UInt64) -> Data { hash(String(life), for: .check) }
}

// MARK: - Signing keys

extension GroupSecret {
    /// A new key that signs, sealed.
    package func makeSigningKey(at time: Timestamp) throws -> SigningKey {
        let key = Curve25519.Signing.PrivateKey()
        let id = RandomText.digits(16)
        let box = try ChaChaPoly.seal(
            key.rawRepresentation, using: self.key(for: .seal), authenticating: Data(id.utf8))
        return SigningKey(
            id: id, publicKey: key.publicKey.rawRepresentation, sealedPrivateKey: box.combined,
            createdAt: time)
    }

    /// The private half of a key.
    ///
    /// - Throws: `CryptoKitError` if it was sealed under another secret, or for another id.
    package func privateKey(of key: SigningKey) throws -> Curve25519.Signing.PrivateKey {
        let bytes = try ChaChaPoly.open(
            ChaChaPoly.SealedBox(combined: key.sealedPrivateKey), using: self.key(for: .seal),
            authenticating: Data(key.id.utf8))
        return try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
    }
}
