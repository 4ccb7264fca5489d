internal import ZeroMQ

/// Answers libzmq's question whether a connection may be (ZAP, ZeroMQ RFC 27): only known keys.
struct ZeroMQAuthenticator {
    /// The names of the nodes, by their public keys' bytes.
    private let names: [[UInt8]: NodeID]

    init(_ security: ClusterActorSystem.Security) {
        names = Dictionary(
            security.peers.map { ($0.value.bytes, $0.key) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// The domain of links between nodes; clients of the bridge have another.
    static let domain = "vectron.nodes"

    /// The frames that answer a request.
    ///
    /// Request: version, request ID, domain, address, routing ID, mechanism, credentials.
    /// Answer: version, request ID, status code, text, user ID, metadata.
    func answer(_ request: [Frame]) -> [[UInt8]] {
        let requestID = request.count > 1 ? Array(request[1].bytes) : []
        func reply(_ code: String, _ text: String, user: String = "") -> [[UInt8]] {
            [
                Array("1.0".utf8), requestID, Array(code.utf8), Array(text.utf8), Array(user.utf8),
                [],
            ]
        }
        guard request.count >= 7, Array(request[5].bytes) == Array("CURVE".utf8) else {
            return reply("400", "this node talks CURVE only")
        }
        guard let node = names[Array(request[6].bytes)] else {
            return reply("400", "the key is not known")
        }
        return reply("200", "OK", user: node.rawValue)
    }
}
