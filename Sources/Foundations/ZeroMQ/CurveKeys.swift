internal import CZeroMQ

/// The public half of a CURVE key: 40 characters of Z85.
public struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The key as Z85 text.
    public let text: String

    /// The key that `text` is, or nil if it is no Z85 of 32 bytes.
    public init?(text: String) {
        guard let bytes = z85Decode(text) else { return nil }
        self.text = text
        self.bytes = bytes
    }

    /// The key's 32 bytes, as ZAP sees it.
    public let bytes: [UInt8]

    /// The text.
    public var description: String { text }
}

/// A CURVE key pair.
///
/// Never log it.
public struct CurveKeyPair: Sendable {
    /// What others may know.
    public let publicKey: CurvePublicKey
    /// What only its node knows: 40 characters of Z85.
    public let secretKey: String

    /// The pair of a secret key, or nil if the text is no key.
    public init?(secretKey: String) {
        guard z85Decode(secretKey) != nil else { return nil }
        var text = [CChar](repeating: 0, count: 41)
        guard zmq_curve_public(&text, secretKey) == 0,
            let publicKey = CurvePublicKey(text: String(key: text))
        else { return nil }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// A fresh pair.
    public static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        guard zmq_curve_keypair(&publicText, &secretText) == 0,
            let pair = CurveKeyPair(secretKey: String(key: secretText))
        else { throw ZeroMQError("zmq_curve_keypair") }
        return pair
    }
}

extension String {
    /// The 40 characters of a key that libzmq wrote with a terminator.
    fileprivate init(key: [CChar]) {
        self.init(decoding: key.prefix(40).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The 32 bytes of 40 characters of Z85, or nil.
private func z85Decode(_ text: String) -> [UInt8]? {
    guard text.utf8.count == 40 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 32)
    guard zmq_z85_decode(&bytes, text) != nil else { return nil }
    return bytes
}
