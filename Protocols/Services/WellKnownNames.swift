/// The names under which each role's actor is found on its node.
public enum WellKnownName {
    /// ``GatewayService`` on a gateway.
    public static let gateway = "gateway"
    /// ``PlacementService`` on a placement driver.
    public static let placementDriver = "placement"
    /// ``WorkerService`` on a worker.
    public static let worker = "worker"
    /// ``AuthService`` on an auth node.
    public static let auth = "auth"
    /// ``ReplicationService`` on every node with replicas.
    public static let replication = "replication"
    /// ``NodeService`` on every node.
    public static let node = "node"
}
