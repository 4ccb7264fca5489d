import Crypto
import FoundationEssentials
package import JWTKit
import Primitives
package import Protocols

/// What an access token says.
///
/// All of it has to be there.
package struct AccessClaims: Sendable, Hashable, Codable {
    /// Whose it is: the group, in this life.
    package var iss: String
    /// Whom it is for.
    package var aud: String
    /// The number of the user.
    package var sub: String
    /// The session.
    package var sid: String
    /// When it was made.
    package var iat: Int64
    /// From when it is good.
    package var nbf: Int64
    /// From when it is good no more.
    package var exp: Int64
    /// What may be done; empty: nothing.
    package var access: [Scope]
    /// Whether it may administer.
    package var admin: Bool

    /// Makes claims, whatever they say.
    package init(
        iss: String, aud: String, sub: String, sid: String, iat: Int64, nbf: Int64, exp: Int64,
        access: [Scope], admin: Bool
    ) {
        self.iss = iss
        self.aud = aud
        self.sub = sub
        self.sid = sid
        self.iat = iat
        self.nbf = nbf
        self.exp = exp
        self.access = access
        self.admin = admin
    }
}

extension AccessClaims: JWTPayload {
    /// Nothing: what there is to check is ``AccessTokens``', which knows the time.
    package func verify(using algorithm: some JWTAlgorithm) {}
}

/// Makes and checks access tokens: JWT, Ed25519, one algorithm and one key to a name.
package struct AccessTokens: Sendable {
    private let secret: GroupSecret
    /// Whom tokens are for.
    static let audience = "vectron"
    static let algorithm = "EdDSA"

    /// Makes and checks under a secret.
    package init(_ secret: GroupSecret) { self.secret = secret }

    static func issuer(_ life: UInt64) -> String { "vectron-auth/\(String(life, radix: 16))" }

    // MARK: - Making

    /// A token of a session, by the newest key.
    package func token(
        of session: SessionRecord, _ user: UserRecord, in state: AuthState, at time: Timestamp
    ) async throws -> (text: Secret, expiresAt: Timestamp) {
        let end = min(time.advanced(by: AuthLimits.accessLifetime), session.expiresAt)
        let claims = AccessClaims(
            iss: Self.issuer(state.life), aud: Self.audience, sub: String(user.id.rawValue),
            sid: session.id, iat: time.rawValue, nbf: time.rawValue, exp: end.rawValue,
            access: user.scopes, admin: user.isAdmin)
        return (Secret(try await sign(claims, in: state)), end)
    }

    /// Signs claims, whatever they say.
    package func sign(_ claims: AccessClaims, in state: AuthState) async throws -> String {
        guard let key = state.signingKeys.last else {
            throw ServiceError(.unavailable, "the auth nodes have not begun yet")
        }
        let keys = JWTKeyCollection()
        let id = JWKIdentifier(string: key.id)
        await keys.add(eddsa: EdDSA.PrivateKey(backing: try secret.privateKey(of: key)), kid: id)
        return try await keys.sign(claims, kid: id)
    }

    // MARK: - Checking

    /// Who shows a token; nil if it is not good, whatever is wrong with it.
    ///
    /// Whether its session lives is not looked at.
    package func caller(
        showing text: String, in state: AuthState, at time: Timestamp
    ) async -> Caller? {
        guard text.utf8.count <= Credential.maxByteCount, let header = Self.header(of: text),
            header.alg == Self.algorithm, header.crit == nil,
            let key = state.signingKeys.first(where: { $0.id == header.kid }),
            // What cannot be verified is not good; why is told to nobody.
            let claims = try? await Self.verify(text, by: key),
            Self.isGood(claims, life: state.life, at: time), let user = UInt64(claims.sub)
        else { return nil }
        return Caller(
            .session(
                claims.sid, user: UserID(user), scopes: claims.access, isAdmin: claims.admin,
                until: Timestamp(claims.exp)),
            at: time)
    }

    /// A collection of one key, so that none but the named one is tried.
    private static func verify(_ text: String, by key: SigningKey) async throws -> AccessClaims {
        let keys = JWTKeyCollection()
        let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: key.publicKey)
        await keys.add(
            eddsa: EdDSA.PublicKey(backing: publicKey), kid: JWKIdentifier(string: key.id))
        return try await keys.verify(text, as: AccessClaims.self)
    }

    private static func isGood(_ claims: AccessClaims, life: UInt64, at time: Timestamp) -> Bool {
        let skew = AuthLimits.clockSkew.components.seconds
        // Far from the ends of the numbers, so that no sum below is too large.
        let times = [claims.iat, claims.nbf, claims.exp]
        guard times.allSatisfy({ $0 > 0 && $0 < 1 << 40 }) else { return false }
        return claims.iss == issuer(life) && claims.aud == audience
            && claims.nbf - skew <= time.rawValue && claims.iat - skew <= time.rawValue
            && time.rawValue < claims.exp + skew && claims.iat < claims.exp
            && claims.exp - claims.iat <= AuthLimits.accessLifetime.components.seconds
    }

    private struct Header: Decodable {
        var alg: String
        var kid: String
        /// Extensions that have to be understood: we know none.
        var crit: [String]?
    }

    /// What a token says of how it was signed; nil if it does not say all.
    private static func header(of text: String) -> Header? {
        guard let end = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        var base64 = text[..<end].replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: String(base64)) else { return nil }
        // What is no header is no good token; why is told to nobody.
        return try? JSONDecoder().decode(Header.self, from: bytes)
    }
}
