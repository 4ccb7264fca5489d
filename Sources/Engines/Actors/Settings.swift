public import Logging
public import ZeroMQ

extension ClusterActorSystem {
    /// What a node is, and its limits.
    public struct Settings: Sendable {
        /// The node's name, unique in the cluster.
        public var node: NodeID
        /// The cluster's name; nodes of different clusters refuse each other.
        public var clusterID: String
        /// Which life of the node this is; it must differ from every earlier one.
        public var incarnation: Incarnation
        /// Where to listen; nil for a node that only connects.
        public var endpoint: Endpoint?
        /// The keys of this node and of those that may talk to it; nil: plain text.
        public var security: Security?
        /// Where engine logs go.
        public var logger: Logger

        /// How long a call may take when no deadline is set.
        public var defaultCallTimeout: Duration = .seconds(30)
        /// How long a connection with its handshake may take.
        public var connectTimeout: Duration = .seconds(2)
        /// How often a silent peer is asked whether it lives.
        public var heartbeatInterval: Duration = .seconds(1)
        /// How long a peer may be silent before it counts as lost.
        public var heartbeatTimeout: Duration = .seconds(5)
        /// How long calls to a node that did not answer fail at once before it is tried again.
        public var reconnectPause: Duration = .milliseconds(100)
        /// The largest message, in bytes: the largest request (32 MiB) and some room for names.
        public var maxMessageByteCount = 40 << 20
        /// The most messages that wait to be sent on one link.
        public var maxQueuedMessageCount = 65_536
        /// The most bytes that wait to be sent on one link.
        public var maxQueuedByteCount = 128 << 20
        /// The most calls from other nodes that run at once; more are refused as overloaded.
        public var maxRunningCallCount = 16_384

        /// Makes settings with the usual limits.
        public init(
            node: NodeID, clusterID: String, endpoint: Endpoint? = nil,
            incarnation: Incarnation = .random(in: 1 ... .max), security: Security? = nil,
            logger: Logger? = nil
        ) {
            self.node = node
            self.clusterID = clusterID
            self.endpoint = endpoint
            self.incarnation = incarnation
            self.security = security
            self.logger = logger ?? Logger(label: "actors")
        }
    }

    /// The keys that encrypt and authenticate links.
    ///
    /// A connection whose key is not among ``peers`` gets nothing, and a node can only call itself
    /// what its key is known as.
    public struct Security: Sendable {
        /// This node's own keys.
        public var keys: CurveKeyPair
        /// The public key of every node that may be talked to, by name.
        public var peers: [NodeID: CurvePublicKey]

        /// Makes the keys of a node.
        public init(keys: CurveKeyPair, peers: [NodeID: CurvePublicKey]) {
            self.keys = keys
            self.peers = peers
        }
    }
}
