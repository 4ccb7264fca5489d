/// A node as its handshake told of it.
struct Peer: Sendable, Hashable {
    /// Its name.
    let node: NodeID
    /// Which life of it this is.
    let incarnation: Incarnation
    /// Where it listens, if it does.
    let endpoint: Endpoint?
}
