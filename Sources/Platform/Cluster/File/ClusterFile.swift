public import Actors
public import Logging
public import Primitives

/// What a cluster is: its id, its nodes and where they listen, their data, keys and limits.
///
/// Made of defaults, then a YAML file, then `VECTRON__SECTION__KEY` of the environment, then flags;
/// the later wins (``load(path:environment:flags:)``). Every key with its unit and default is in
/// `cluster-configs/README.md`, and in ``ClusterSetting/all``.
///
/// Thread safety: a value. Invariant of a loaded one: ``validate()`` does not throw.
public struct ClusterFile: Sendable, Hashable {
    /// The cluster's name; nodes of different clusters refuse each other.
    public var id = "vectron"
    /// Where the CURVE keys are, absolute; nil: links are plain text.
    public var keysDirectory: String?
    /// How many workers hold each shard of a collection that is created from now on.
    public var replicaCount = 1
    /// Where the nodes keep their data, absolute: node `n` in `n` below it.
    public var dataDirectory: String
    /// What is logged.
    public var logLevel = Logger.Level.info
    /// The certificate chain of REST in PEM, absolute; nil: REST is plain HTTP.
    public var restCertificate: String?
    /// The private key of that certificate in PEM, absolute.
    public var restPrivateKey: String?
    /// The origins whose pages may call REST.
    public var restAllowedOrigins: [String] = []
    /// The proxies that REST believes for whom they ask.
    public var restTrustedProxies: [AddressBlock] = []
    /// Whether gateways ask a second replica for a read that takes longer than usual.
    public var hedgesReads = true
    /// What may be large, and how large.
    public var limits = Limits()
    /// What may take long, and how long.
    public var timeouts = Timeouts()
    /// The processes of the cluster, in the order of the file.
    public var nodes: [Node] = []

    /// Makes a cluster without nodes.
    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// How much of everything a node takes.
    public struct Limits: Sendable, Hashable {
        /// The largest message between nodes, in bytes.
        public var maxMessageByteCount = 40 << 20
        /// The most messages that wait for one link.
        public var maxQueuedMessageCount = 65_536
        /// The most bytes that wait for one link.
        public var maxQueuedByteCount = 128 << 20
        /// The most calls of other nodes that run at once.
        public var maxRunningCallCount = 16_384
        /// How many threads of a worker search, and how many write; nil: the cores of the machine.
        public var threadCount: Int?
        /// What the indexes of a worker may take of memory, in bytes; nil: as much as there is.
        public var memoryByteCount: Int?

        /// Makes the defaults.
        public init() {}
    }

    /// How long everything may take.
    public struct Timeouts: Sendable, Hashable {
        /// A call without a deadline of its own.
        public var call = Duration.seconds(30)
        /// A connection with its handshake.
        public var connect = Duration.seconds(2)
        /// The silence after which a peer is asked whether it lives.
        public var heartbeatInterval = Duration.seconds(1)
        /// The silence after which a peer counts as lost.
        public var heartbeatTimeout = Duration.seconds(5)
        /// The pause before a node that did not answer is tried again.
        public var reconnectPause = Duration.milliseconds(100)
        /// What a process gets to end after SIGTERM.
        public var shutdown = Duration.seconds(30)

        /// Makes the defaults.
        public init() {}
    }

    /// What a process does.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// Knows who is in the cluster and what is where.
        case placement
        /// Holds points.
        case worker
        /// Answers clients.
        case gateway
        /// Knows who may do what; a cluster may have none.
        case auth
    }

    /// One process.
    public struct Node: Sendable, Hashable {
        /// Unique in the cluster.
        public var name: String
        /// What it does.
        public var role: Role
        /// Where other nodes, and Swift clients of a gateway, reach it.
        public var endpoint: Endpoint
        /// Where a gateway's bridge for other languages listens.
        public var bridge: Endpoint?
        /// Where a gateway serves REST.
        public var rest: Endpoint?
        /// Which rack, zone or machine a worker falls with.
        public var failureDomain: String?

        /// Makes a node.
        public init(
            name: String, role: Role, endpoint: Endpoint, bridge: Endpoint? = nil,
            rest: Endpoint? = nil, failureDomain: String? = nil
        ) {
            self.name = name
            self.role = role
            self.endpoint = endpoint
            self.bridge = bridge
            self.rest = rest
            self.failureDomain = failureDomain
        }
    }
}

extension ClusterFile {
    /// The nodes of a role, in the order of the file.
    public func nodes(_ role: Role) -> [Node] { nodes.filter { $0.role == role } }

    /// The nodes that know the users; none: there are no users.
    public var authNodes: [Node] { nodes(.auth) }

    /// Where a node keeps its data.
    public func dataDirectory(of node: Node) -> String { dataDirectory + "/" + node.name }

    /// Whether callers have to say who they are.
    ///
    /// Without authentication clients in other languages and on other machines must not get in.
    public var hasAuthentication: Bool { !nodes(.auth).isEmpty }

    /// The file of the secret that all auth nodes share: among the keys, or beside the nodes' data.
    public var authSecret: AuthSecretFile {
        AuthSecretFile(path: (keysDirectory ?? dataDirectory) + "/auth-secret")
    }

    /// The node of this name, which must have this role.
    ///
    /// - Throws: ``ClusterFileError/unknownNode(name:role:known:)``.
    public func node(_ name: String, _ role: Role) throws(ClusterFileError) -> Node {
        guard let node = nodes(role).first(where: { $0.name == name }) else {
            throw .unknownNode(name: name, role: role, known: nodes(role).map(\.name))
        }
        return node
    }
}
