/// The first two messages on every link: the node that opened it says who it is, and the other one
/// answers the same, or why not.
///
/// A pure decision: ``judge(_:authenticatedAs:)`` has no state and no effects.
struct Handshake: Sendable {
    /// Grows with every change that an older node cannot understand.
    static let protocolVersion: UInt64 = 1

    /// What both ends say of themselves.
    struct Hello: Sendable, Equatable {
        var protocolVersion: UInt64
        var clusterID: String
        var peer: Peer
        var lane: Lane
    }

    /// Who we are.
    let local: Hello

    /// Why a node may not be talked to, or nil if it may.
    ///
    /// - Parameter key: Whose key the link has shown, if links are encrypted.
    func judge(_ hello: Hello, authenticatedAs key: NodeID?) -> String? {
        if hello.protocolVersion != local.protocolVersion {
            return """
                node \(hello.peer.node) speaks protocol version \(hello.protocolVersion), \
                node \(local.peer.node) speaks \(local.protocolVersion); run the same release on both
                """
        }
        if hello.clusterID != local.clusterID {
            return """
                node \(hello.peer.node) belongs to cluster \(hello.clusterID.debugDescription), \
                node \(local.peer.node) to cluster \(local.clusterID.debugDescription)
                """
        }
        if !hello.peer.node.isValid {
            return "\(hello.peer.node.rawValue.debugDescription) is no name for a node"
        }
        if hello.peer.node == local.peer.node {
            return "both ends call themselves \(local.peer.node); give each node its own name"
        }
        if let key, key != hello.peer.node {
            return "the node calls itself \(hello.peer.node) but has the key of \(key)"
        }
        return nil
    }
}
