internal import CZeroMQ

/// Reports what happens to the connections of one socket.
///
/// *Thread safety*: as ``Socket``: one thread at a time.
public final class SocketMonitor {
    /// What happened to a connection.
    public enum Event: Sendable, Equatable {
        /// The handshake is over: messages flow.
        case connected
        /// The connection is gone.
        case disconnected
        /// Nobody answers at the endpoint.
        case refused
        /// The other end did not let us in.
        case rejected
    }

    private let socket: Socket
    private let watched: Socket

    /// Begins to watch; call it before `bind` or `connect`.
    public init(of watched: Socket, name: String, in context: Context) throws(ZeroMQError) {
        let endpoint = "inproc://monitor-\(name)"
        let events =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED
            | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        guard zmq_socket_monitor(watched.pointer, endpoint, events) == 0 else {
            throw ZeroMQError("zmq_socket_monitor", endpoint)
        }
        self.watched = watched
        socket = try Socket(.pair, in: context)
        try socket.connect(endpoint)
    }

    // libzmq's I/O thread reports events with a send that waits. Once nobody is at the other end it
    // would wait for ever, and close no connection any more; so the reports end first.
    deinit { zmq_socket_monitor(watched.pointer, nil, 0) }

    /// As ``Socket/fileDescriptor``.
    public var fileDescriptor: Int32 {
        get throws(ZeroMQError) { try socket.fileDescriptor }
    }

    /// The next event if there is one.
    public func next() throws(ZeroMQError) -> Event? {
        while let frames = try socket.receive() {
            // Frame 0: number (16 bits) and value (32 bits) of the event, in the host's order.
            guard let first = frames.first, first.count >= 6 else { continue }
            let number = Int32(first.bytes.loadUnaligned(as: UInt16.self))
            switch number {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .connected
            case ZMQ_EVENT_DISCONNECTED: return .disconnected
            case ZMQ_EVENT_CLOSED, ZMQ_EVENT_CONNECT_RETRIED: return .refused
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
                ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
                return .rejected
            default: continue
            }
        }
        return nil
    }
}
