public import Actors

extension ClusterFile {
    /// Throws unless the values fit together and make a cluster that can work.
    public func validate() throws(ClusterFileError) {
        try checkNames()
        try checkEndpoints()
        try checkRoles()
        try checkREST()
        guard timeouts.heartbeatTimeout > timeouts.heartbeatInterval else {
            throw .contradiction(
                """
                timeouts.heartbeat_timeout (\(ValueText.text(timeouts.heartbeatTimeout))) must be \
                longer than timeouts.heartbeat_interval \
                (\(ValueText.text(timeouts.heartbeatInterval)))
                """)
        }
    }

    private func checkNames() throws(ClusterFileError) {
        var names: Set<String> = []
        for node in nodes where !names.insert(node.name).inserted {
            throw .contradiction(
                "two nodes are named \(node.name); give each node its own name")
        }
        for node in nodes where node.name.hasPrefix(".") || node.name.hasPrefix("client-") {
            // Names of data directories, and of keys beside those of clients.
            throw .contradiction(
                "node \(node.name): names that begin with . or client- are taken; choose another")
        }
    }

    private func checkEndpoints() throws(ClusterFileError) {
        var owners: [Endpoint: String] = [:]
        for node in nodes {
            for endpoint in [node.endpoint, node.bridge, node.rest].compactMap({ $0 }) {
                if let owner = owners.updateValue(node.name, forKey: endpoint) {
                    throw .contradiction(
                        """
                        \(endpoint) is used twice, by \(owner) and \(node.name); \
                        give each endpoint its own port
                        """)
                }
            }
        }
    }

    private func checkREST() throws(ClusterFileError) {
        guard (restCertificate == nil) == (restPrivateKey == nil) else {
            throw .contradiction(
                "rest.certificate and rest.private_key belong together; set both or none")
        }
        for node in nodes {
            guard let rest = node.rest, authNodes.isEmpty, !rest.isLoopback else { continue }
            throw .contradiction(
                """
                node \(node.name) would serve rest at \(rest) to everybody, as the cluster has no \
                auth node; listen on 127.0.0.1, or add a node with role: auth
                """)
        }
    }

    private func checkRoles() throws(ClusterFileError) {
        for node in nodes where node.bridge != nil && node.role != .gateway {
            throw .contradiction(
                "node \(node.name) is a \(node.role.rawValue); only a gateway has a bridge")
        }
        for node in nodes where node.rest != nil && node.role != .gateway {
            throw .contradiction(
                "node \(node.name) is a \(node.role.rawValue); only a gateway serves rest")
        }
        for node in nodes where node.failureDomain != nil && node.role != .worker {
            throw .contradiction(
                "node \(node.name) is a \(node.role.rawValue); only a worker has a failure_domain")
        }
        for role in Role.allCases where role != .auth && nodes(role).isEmpty {
            throw .contradiction(
                "the cluster has no \(role.rawValue); add a node with role: \(role.rawValue)")
        }
        guard nodes(.worker).count >= replicaCount else {
            throw .contradiction(
                """
                cluster.replicas (\(replicaCount)) must not be more than the cluster has workers \
                (\(nodes(.worker).count))
                """)
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
}
