import Auth
import Crypto
import Foundation
import JWTKit
import Primitives
import Protocols
import Testing

@Suite struct `An access token` {
    private let secret = GroupSecret.tested
    private let tokens = AccessTokens(.tested)
    private let state: AuthState
    private let claims: AccessClaims

    init() throws {
        var state = AuthState()
        _ = try state.apply(
            .initialize(
                Beginning(
                    life: 7, secretCheck: secret.check(of: 7),
                    bootstrapHash: AuthState.bootstrapHash,
                    signingKey: secret.makeSigningKey(at: .start)))
        ).get()
        _ = try state.apply(
            .addFirstAdmin(
                NewUser(name: "root", passwordHash: "x"), tokenHash: AuthState.bootstrapHash,
                at: .start)
        ).get()
        _ = try state.session(of: "root", "s")
        self.state = state
        let now = Timestamp.start.rawValue
        claims = AccessClaims(
            iss: "vectron-auth/7", aud: "vectron", sub: "1", sid: "s", iat: now, nbf: now,
            exp: now + 900, access: [Scope(.manage)], admin: true)
    }

    private func caller(_ text: String, at time: Timestamp = .start) async -> Caller? {
        await tokens.caller(showing: text, in: state, at: time)
    }

    private func isGood(_ change: (inout AccessClaims) -> Void) async throws -> Bool {
        var claims = claims
        change(&claims)
        return await caller(try await tokens.sign(claims, in: state)) != nil
    }

    /// A token of this header and these claims as they are, well signed by the state's key.
    private func signed(_ header: String, _ payload: String, by key: SigningKey? = nil) throws
        -> String
    {
        let head = [header, payload].map(Self.base64).joined(separator: ".")
        let key = try secret.privateKey(of: key ?? state.signingKeys[0])
        return head + "." + Self.base64(try key.signature(for: Data(head.utf8)))
    }

    private static func base64(_ text: String) -> String { base64(Data(text.utf8)) }
    private static func base64(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private var header: String {
        #"{"alg":"EdDSA","typ":"JWT","kid":"\#(state.signingKeys[0].id)"}"#
    }
    private func payload(
        exp: String? = nil, access: String? = #"[{"access":"manage","collections":["*"]}]"#
    ) -> String {
        let now = Timestamp.start.rawValue
        let access = access.map { #","access":\#($0)"# } ?? ""
        let exp = exp == "" ? "" : #","exp":\#(exp ?? String(now + 900))"#
        return
            #"{"iss":"vectron-auth/7","aud":"vectron","sub":"1","sid":"s","iat":\#(now),"nbf":\#(now),"admin":true\#(access)\#(exp)}"#
    }

    @Test func `says whose it is until it expires`() async throws {
        let (text, end) = try await tokens.token(
            of: state.sessions["s"]!, state.users[1]!, in: state, at: .start)
        #expect(end == .at(900))
        let caller = try #require(await caller(text.value))
        #expect(try state.identity(of: caller).name == "root")
        #expect(try state.identity(of: caller).validUntil == end)
        #expect(await self.caller(text.value, at: .at(929)) != nil)
        #expect(await self.caller(text.value, at: .at(930)) == nil)
        #expect(await self.caller(text.value, at: .at(-30)) != nil)
        #expect(await self.caller(text.value, at: .at(-31)) == nil)
    }

    @Test func `made by hand is taken as one of ours: what the refusals differ from`() async throws
    {
        #expect(await caller(try signed(header, payload())) != nil)
        #expect(try await isGood { _ in })
    }

    @Test func `of another algorithm is refused`() async throws {
        let kid = state.signingKeys[0].id
        for algorithm in ["none", "None", "HS256", "RS256", "ES256", "eddsa", ""] {
            let header = #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(kid)"}"#
            #expect(await caller(try signed(header, payload())) == nil, "\(algorithm)")
            let unsigned = Self.base64(header) + "." + Self.base64(payload()) + "."
            #expect(await caller(unsigned) == nil, "\(algorithm)")
        }
        // The public key as the secret of an HMAC.
        let header = #"{"alg":"HS256","typ":"JWT","kid":"\#(kid)"}"#
        let head = Self.base64(header) + "." + Self.base64(payload())
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(head.utf8), using: SymmetricKey(data: state.signingKeys[0].publicKey))
        #expect(await caller(head + "." + Self.base64(Data(code))) == nil)
    }

    @Test func `of an unknown or no key, or with what must be understood, is refused`() async throws
    {
        for header in [
            #"{"alg":"EdDSA","kid":"other"}"#, #"{"alg":"EdDSA"}"#, #"{"alg":"EdDSA","kid":null}"#,
            #"{"alg":"EdDSA","kid":7}"#, "{}", "[]", "", "null",
            #"{"alg":"EdDSA","kid":"\#(state.signingKeys[0].id)","crit":["b64"]}"#,
        ] {
            #expect(await caller(try signed(header, payload())) == nil, "\(header)")
        }
    }

    @Test(arguments: [
        "", "1800000900.5", "1e300", "-1", "0", "9223372036854775807", "99999999999999999999",
        #""1800000900""#, "null", "1800000901", "1800000000", "1799999000",
    ])
    func `of another end is refused`(exp: String) async throws {
        #expect(await caller(try signed(header, payload(exp: exp))) == nil)
    }

    @Test func `without rights has none, and without saying so is refused`() async throws {
        let empty = try #require(await caller(try signed(header, payload(access: "[]"))))
        #expect(try state.identity(of: empty).scopes.isEmpty)
        for access in [nil, "null", #""*""#, "{}", #"[{"access":"all","collections":["*"]}]"#] {
            #expect(await caller(try signed(header, payload(access: access))) == nil)
        }
    }

    @Test func `of wrong claims is refused`() async throws {
        let now = Timestamp.start.rawValue
        #expect(try await !isGood { $0.nbf = now + 31 })
        #expect(
            try await !isGood {
                $0.iat = now + 31; $0.exp = now + 900
            })
        #expect(try await !isGood { $0.iss = "vectron-auth/8" })
        #expect(try await !isGood { $0.aud = "other" })
        #expect(try await !isGood { $0.sub = "-1" })
        #expect(try await !isGood { $0.sub = "root" })
        #expect(try await !isGood { $0.exp = .max })
        #expect(try await !isGood { $0.iat = .min })
        let other = try await tokens.sign(
            {
                var claims = claims; claims.sub = "2"; return claims
            }(), in: state)
        let caller = try #require(await caller(other))
        #expect(throws: ServiceError.unauthenticated) { try state.identity(of: caller) }
    }

    @Test func `of another cluster is refused`() async throws {
        var foreign = AuthState()
        let key = try secret.makeSigningKey(at: .start)
        _ = try foreign.apply(
            .initialize(
                Beginning(
                    life: 7, secretCheck: Data(), bootstrapHash: Data(), signingKey: key))
        ).get()
        #expect(await caller(try await tokens.sign(claims, in: foreign)) == nil)
        // Under the name of our key as well.
        #expect(await caller(try signed(header, payload(), by: key)) == nil)
    }

    @Test func `that was cut, changed or is long is refused`() async throws {
        let text = try await tokens.sign(claims, in: state)
        for count in stride(from: 0, to: text.count - 1, by: 7) {
            #expect(await caller(String(text.prefix(count))) == nil)
        }
        #expect(await caller(text + ".") == nil)
        #expect(await caller("." + text) == nil)
        #expect(await caller(String(repeating: "a", count: 1 << 20)) == nil)
        #expect(await caller(String(repeating: ".", count: 4_096)) == nil)
        #expect(await caller("\u{0}\u{1F600}..") == nil)
    }

    @Test func `stays good when another key signs`() async throws {
        var state = state
        let text = try await tokens.sign(claims, in: state)
        _ = try state.act("root", .rotate(try secret.makeSigningKey(at: .at(1)))).get()
        #expect(await tokens.caller(showing: text, in: state, at: .at(2)) != nil)
        var newer = claims
        newer.sid = "session of root"
        let next = try await tokens.sign(newer, in: state)
        #expect(next.prefix(80) != text.prefix(80))
        #expect(await tokens.caller(showing: next, in: state, at: .at(2)) != nil)
    }

    @Test func `is signed by a key that only the secret opens`() async throws {
        let other = AccessTokens(GroupSecret([UInt8](repeating: 9, count: 32)))
        await #expect(throws: (any Error).self) { try await other.sign(claims, in: state) }
        #expect(secret.check(of: 7) != GroupSecret([UInt8](repeating: 9, count: 32)).check(of: 7))
    }
}

@Suite struct `A refresh token` {
    @Test func `is known as one of ours`() {
        let token = RefreshToken(of: RandomText.digits(22), under: .tested)
        #expect(RefreshToken(token.text, under: .tested)?.session == token.session)
        #expect(
            RefreshToken(token.text, under: GroupSecret([UInt8](repeating: 9, count: 32))) == nil)
        let text = token.text.value
        for index in [5, 30, 80] {
            var characters = Array(text)
            characters[index] = characters[index] == "a" ? "b" : "a"
            #expect(RefreshToken(Secret(String(characters)), under: .tested) == nil)
        }
        for wrong in [
            "", "vrt", "vrt___", text + "a", "x" + text, String(repeating: "_", count: 1 << 20),
        ] {
            #expect(RefreshToken(Secret(wrong), under: .tested) == nil)
        }
    }
}

@Suite struct `An API key's text` {
    private let key = APIKeyText(id: "0123456789Ab", bytes: [UInt8](repeating: 255, count: 32))

    @Test func `is this, for ever`() {
        #expect(
            key.secret.value
                == "vec_0123456789Ab_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1_0LeoRD")
    }

    @Test func `is read as it was written, and a typing error shows`() {
        let text = key.secret.value
        #expect(APIKeyText(text) == key)
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
            #expect(APIKeyText(changed) == nil, "\(changed)")
        }
        for wrong in [
            "", "vec_", "vec____", text + " ", text + "_",
            String(repeating: "vec_", count: 1 << 18),
        ] {
            #expect(APIKeyText(wrong) == nil)
        }
    }

    @Test func `is drawn anew each time`() {
        #expect(RandomText.secret() != RandomText.secret())
        #expect(RandomText.digits(12).count == 12)
    }
}
