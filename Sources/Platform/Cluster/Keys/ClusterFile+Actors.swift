public import Actors
public import Logging

extension ClusterFile {
    /// The settings of a node's actor system, which knows where every other node listens only after
    /// ``introduceNodes(to:)``.
    ///
    /// - Throws: ``KeyError`` if the file names keys and the node's cannot be used.
    public func settings(
        of node: Node, logger: Logger
    ) throws(KeyError) -> ClusterActorSystem.Settings {
        try settings(node: node.name, endpoint: node.endpoint, logger: logger)
    }

    /// The settings of a client's actor system.
    ///
    /// - Parameter name: The name of its key, or any that no other process has.
    public func clientSettings(
        name: String, logger: Logger
    ) throws(KeyError) -> ClusterActorSystem.Settings {
        try settings(node: name, endpoint: nil, logger: logger)
    }

    private func settings(
        node: String, endpoint: Endpoint?, logger: Logger
    ) throws(KeyError) -> ClusterActorSystem.Settings {
        var settings = ClusterActorSystem.Settings(
            node: NodeID(node), clusterID: id, endpoint: endpoint, logger: logger)
        if let keysDirectory {
            settings.security = try KeyDirectory(path: keysDirectory).security(of: node)
        }
        settings.defaultCallTimeout = timeouts.call
        settings.connectTimeout = timeouts.connect
        settings.heartbeatInterval = timeouts.heartbeatInterval
        settings.heartbeatTimeout = timeouts.heartbeatTimeout
        settings.reconnectPause = timeouts.reconnectPause
        settings.maxMessageByteCount = limits.maxMessageByteCount
        settings.maxQueuedMessageCount = limits.maxQueuedMessageCount
        settings.maxQueuedByteCount = limits.maxQueuedByteCount
        settings.maxRunningCallCount = limits.maxRunningCallCount
        return settings
    }

    /// Tells a system where every node of the file listens.
    public func introduceNodes(to system: ClusterActorSystem) {
        for node in nodes where NodeID(node.name) != system.node {
            system.setEndpoint(node.endpoint, of: NodeID(node.name))
        }
    }
}
