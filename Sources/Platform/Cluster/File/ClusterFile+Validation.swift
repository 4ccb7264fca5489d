public import Actors

extension ClusterFile {
    /// Throws unless the values fit together and make a cluster that can work.
    public func validate() throws(ClusterFileError) {
        if let first = contradictions().first { throw .contradiction(first.text) }
    }

    /// All that does not fit together, so that no node starts.
    ///
    /// - Parameter allNodesKnown: Whether a role that nobody has is missing, rather than not read.
    public func contradictions(allNodesKnown: Bool = true) -> [ClusterFinding] {
        (nameContradictions + endpointContradictions + roleContradictions
            + (allNodesKnown ? missingRoles : []) + exposures + timeoutContradictions)
            .map { ClusterFinding(.error, $0.place, $0.text) }
    }

    private typealias Contradiction = (place: ClusterFinding.Place, text: String)

    private var nameContradictions: [Contradiction] {
        var names: Set<String> = []
        let repeated: [Contradiction] = nodes.enumerated().compactMap { index, node in
            names.insert(node.name).inserted
                ? nil
                : (
                    .node(index, key: "name"),
                    "two nodes are named \(node.name); give each node its own name"
                )
        }
        // Names of data directories, and of keys beside those of clients.
        let taken: [Contradiction] = nodes.enumerated().compactMap { index, node in
            guard node.name.hasPrefix(".") || node.name.hasPrefix("client-") else { return nil }
            return (
                .node(index, key: "name"),
                "node \(node.name): names that begin with . or client- are taken; choose another"
            )
        }
        return repeated + taken
    }

    private var endpointContradictions: [Contradiction] {
        var owners: [Endpoint: String] = [:]
        return listeners.compactMap { listener in
            guard let owner = owners.updateValue(listener.node.name, forKey: listener.endpoint)
            else { return nil }
            return (
                listener.place,
                """
                \(listener.endpoint) is used twice, by \(owner) and \(listener.node.name); \
                give each endpoint its own port
                """
            )
        }
    }

    private var roleContradictions: [Contradiction] {
        var found: [Contradiction] = []
        for (index, node) in nodes.enumerated() {
            func add(_ key: String, _ only: String) {
                let text = "node \(node.name) is a \(node.role.rawValue); only a \(only)"
                found.append((.node(index, key: key), text))
            }
            if node.bridge != nil, node.role != .gateway { add("bridge", "gateway has a bridge") }
            if node.rest != nil, node.role != .gateway { add("rest", "gateway serves rest") }
            if node.failureDomain != nil, node.role != .worker {
                add("failure_domain", "worker has a failure_domain")
            }
        }
        return found
    }

    private var missingRoles: [Contradiction] {
        var missing: [Contradiction] = Role.allCases
            .filter { $0 != .auth && nodes($0).isEmpty }
            .map {
                (
                    .cluster,
                    "the cluster has no \($0.rawValue); add a node with role: \($0.rawValue)"
                )
            }
        if nodes(.worker).count < replicaCount, !nodes(.worker).isEmpty {
            missing.append(
                (
                    .key("cluster.replicas"),
                    """
                    cluster.replicas (\(replicaCount)) must not be more than the cluster has workers \
                    (\(nodes(.worker).count))
                    """
                ))
        }
        return missing
    }

    /// What would let strangers in.
    private var exposures: [Contradiction] {
        var found: [Contradiction] = []
        if (restCertificate == nil) != (restPrivateKey == nil) {
            let key = restCertificate == nil ? "rest.private_key" : "rest.certificate"
            found.append(
                (
                    .key(key),
                    "rest.certificate and rest.private_key belong together; set both or none"
                ))
        }
        for (index, node) in nodes.enumerated() {
            if let rest = node.rest, authNodes.isEmpty, !rest.isLoopback {
                found.append(
                    (
                        .node(index, key: "rest"),
                        """
                        node \(node.name) would serve rest at \(rest) to everybody, as the cluster has no \
                        auth node; listen on 127.0.0.1, or add a node with role: auth
                        """
                    ))
            }
            if let bridge = node.bridge, keysDirectory == nil, !bridge.isLoopback {
                found.append(
                    (
                        .node(index, key: "bridge"),
                        """
                        node \(node.name) would have its bridge at \(bridge) for everybody, as the \
                        cluster has no keys; listen on 127.0.0.1, or set cluster.keys
                        """
                    ))
            }
        }
        return found
    }

    private var timeoutContradictions: [Contradiction] {
        guard timeouts.heartbeatTimeout <= timeouts.heartbeatInterval else { return [] }
        let text = """
            timeouts.heartbeat_timeout (\(ValueText.text(timeouts.heartbeatTimeout))) must be \
            longer than timeouts.heartbeat_interval \
            (\(ValueText.text(timeouts.heartbeatInterval)))
            """
        return [(.key("timeouts.heartbeat_timeout"), text)]
    }
}

// MARK: - Listeners

extension ClusterFile {
    /// Somewhere a node listens.
    public struct Listener: Sendable, Hashable {
        /// Who listens.
        public var node: Node
        /// Where.
        public var endpoint: Endpoint
        /// Where that is said.
        public var place: ClusterFinding.Place
    }

    /// Everywhere that nodes listen, in the order of the file.
    public var listeners: [Listener] {
        nodes.enumerated().flatMap { index, node in
            let endpoints: [(String, Endpoint?)] = [
                ("endpoint", node.endpoint), ("bridge", node.bridge), ("rest", node.rest),
            ]
            return endpoints.compactMap { key, endpoint in
                endpoint.map {
                    Listener(node: node, endpoint: $0, place: .node(index, key: key))
                }
            }
        }
    }
}

extension Endpoint {
    /// The host and the port of a TCP endpoint.
    public var hostAndPort: (host: String, port: Int)? {
        let prefix = "tcp://"
        guard rawValue.hasPrefix(prefix), let colon = rawValue.lastIndex(of: ":"),
            let port = Int(rawValue[rawValue.index(after: colon)...])
        else { return nil }
        var host = rawValue[..<colon].dropFirst(prefix.count)
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (String(host), port)
    }

    /// Whether only this machine reaches it.
    public var isLoopback: Bool {
        guard let host = hostAndPort?.host else { return rawValue.hasPrefix("ipc://") }
        return host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Whether it stands for every address of its machine.
    public var isWildcard: Bool {
        guard let host = hostAndPort?.host else { return false }
        return ["0.0.0.0", "::", "*"].contains(host)
    }
}
