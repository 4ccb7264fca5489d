/// A node as its handshake told of it.
package struct Peer: Sendable, Hashable {
    /// Its name.
    package let node: NodeID
    /// Which life of it this is.
    package let incarnation: Incarnation
    /// Where it listens, if it does.
    package let endpoint: Endpoint?

    package init(node: NodeID, incarnation: Incarnation, endpoint: Endpoint?) {
        self.node = node
        self.incarnation = incarnation
        self.endpoint = endpoint
    }
}
