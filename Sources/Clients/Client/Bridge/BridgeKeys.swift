public import ZeroMQ

/// The CURVE keys by which a client speaks to gateways that encrypt.
///
/// Never log it.
public struct BridgeKeys: Sendable {
    /// The public key of the gateways.
    public var server: CurvePublicKey
    /// The client's own pair, whose public half the gateways know.
    public var own: CurveKeyPair

    /// Makes keys.
    public init(server: CurvePublicKey, own: CurveKeyPair) {
        self.server = server
        self.own = own
    }
}
