internal import Synchronization
internal import ZeroMQ

/// Links between processes: one ROUTER for what comes in, one DEALER for each link that goes out,
/// all owned by one thread (``SocketLoop``).
public final class ZeroMQTransport: Transport {
    private let loop: SocketLoop
    private let settings: ClusterActorSystem.Settings

    /// Makes the transport of a node.
    public init(_ settings: ClusterActorSystem.Settings) throws {
        self.settings = settings
        MallocTuning.apply()
        loop = try SocketLoop(settings)
    }

    /// Binds the endpoint and starts the thread.
    public func start(reportingTo receiver: any TransportReceiver) throws -> Endpoint? {
        try loop.start(reportingTo: receiver)
    }

    /// Begins to open a link.
    public func open(_ endpoint: Endpoint, lane: Lane, peer: NodeID?) throws -> any Link {
        var serverKey: CurvePublicKey?
        if let security = settings.security {
            guard let peer else {
                throw ActorSystemError.handshakeRefused(
                    endpoint: endpoint.rawValue,
                    reason: "links are encrypted, so name the node that is to be connected")
            }
            guard let key = security.peers[peer] else {
                throw ActorSystemError.unreachable(
                    node: peer, reason: "its key is not known; add it to the cluster file")
            }
            serverKey = key
        }
        return loop.open(endpoint, peer: peer, serverKey: serverKey)
    }

    /// Asks for a tick soon.
    public func wakeUp() { loop.wakeUp() }

    /// The thread that owns the sockets.
    public var executor: (any TaskExecutor)? { loop }

    /// Closes all sockets and ends the thread.
    public func stop() async { await loop.stop() }
}
