import Actors

extension ClusterFile {
    /// What works and is not what one would want.
    public var advice: [ClusterFinding] {
        (evenGroups + plainLinks + sharedPorts + unusedREST).map {
            ClusterFinding(.warning, $0.place, $0.text)
        }
    }

    private typealias Advice = (place: ClusterFinding.Place, text: String)

    /// A group of four goes on without one of its nodes, as a group of three does; and takes three, not
    /// two, for every decision.
    private var evenGroups: [Advice] {
        var found: [Advice] = []
        for role in [Role.placement, .auth] {
            let count = nodes(role).count
            guard count > 0, count % 2 == 0 else { continue }
            let last = nodes.lastIndex { $0.role == role }
            found.append(
                (
                    last.map { .node($0, key: "role") } ?? .cluster,
                    """
                    the cluster has \(count) nodes with role: \(role.rawValue), which bear no more \
                    losses than \(count - 1) would; have 1, 3 or 5
                    """
                ))
        }
        if replicaCount % 2 == 0 {
            found.append(
                (
                    .key("cluster.replicas"),
                    """
                    cluster.replicas is \(replicaCount), which bears no more losses than \
                    \(replicaCount - 1) would; have 1, 3, 5 or 7
                    """
                ))
        }
        return found
    }

    private var plainLinks: [Advice] {
        var found: [Advice] = []
        for listener in listeners where !listener.endpoint.isLoopback {
            let (node, endpoint) = (listener.node, listener.endpoint)
            if endpoint == node.endpoint, keysDirectory == nil {
                found.append(
                    (
                        listener.place,
                        """
                        node \(node.name) listens at \(endpoint) without keys: whoever reaches it may \
                        do everything; set cluster.keys, or listen on 127.0.0.1
                        """
                    ))
            }
            if endpoint == node.rest, restCertificate == nil, restTrustedProxies.isEmpty {
                found.append(
                    (
                        listener.place,
                        """
                        node \(node.name) serves rest at \(endpoint) unencrypted: passwords and keys can \
                        be read on their way; set rest.certificate and rest.private_key, or \
                        rest.trusted_proxies if a proxy does that
                        """
                    ))
            }
        }
        return found
    }

    /// Ports that are used twice only if the nodes are on one machine, or by two names of one address.
    private var sharedPorts: [Advice] {
        var seen: [Int: [Listener]] = [:]
        return listeners.compactMap { listener in
            guard let port = listener.endpoint.hostAndPort?.port else { return nil }
            let other = seen[port, default: []].first {
                $0.endpoint != listener.endpoint
                    && ($0.endpoint.isWildcard || listener.endpoint.isWildcard
                        || ($0.endpoint.isLoopback && listener.endpoint.isLoopback
                            && [$0, listener].contains {
                                $0.endpoint.hostAndPort?.host == "localhost"
                            }))
            }
            seen[port, default: []].append(listener)
            return other.map {
                (
                    listener.place,
                    """
                    \(listener.endpoint) of \(listener.node.name) and \($0.endpoint) of \($0.node.name) \
                    are one port if they are on one machine; give each its own
                    """
                )
            }
        }
    }

    private var unusedREST: [Advice] {
        guard !nodes.contains(where: { $0.rest != nil }) else { return [] }
        return ClusterSetting.all.filter { $0.section == "rest" && $0.text(in: self) != nil }.map {
            (
                .key($0.name),
                "\($0.name) is set, and no gateway serves rest; give one rest: tcp://HOST:PORT"
            )
        }
    }
}
