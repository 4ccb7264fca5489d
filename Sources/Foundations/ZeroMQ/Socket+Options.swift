internal import CZeroMQ

#if canImport(Glibc)
    internal import Glibc
#endif

extension Socket {
    /// An option that is a 32-bit number.
    ///
    /// Times are in milliseconds, as libzmq counts them.
    public enum NumberOption: Sendable {
        /// How long a closing socket keeps unsent messages.
        case linger
        /// The most messages that wait to be sent to one peer.
        case sendHighWaterMark
        /// The most messages that wait to be received from one peer.
        case receiveHighWaterMark
        /// 1: queue messages only for connections that are complete.
        case immediate
        /// 1: a router says when it knows no such peer instead of dropping the message.
        case routerMandatory
        /// How long a new connection may take to say who it is.
        case handshakeInterval
        /// The first pause before connecting again; −1 never connects again.
        case reconnectInterval
        /// How long a connection attempt may take.
        case connectTimeout
        /// 1: this end of CURVE knows the keys and decides.
        case curveServer
        /// How much the kernel buffers of what is sent.
        case sendBufferByteCount
        /// How much the kernel buffers of what is received.
        case receiveBufferByteCount
        /// How many connections may wait to be accepted.
        case backlog
        /// 1: also listen and connect by IPv6.
        case ipv6
        /// How often a silent peer is asked whether it lives.
        case heartbeatInterval
        /// How long a peer that was asked may be silent before it is cut off.
        case heartbeatTimeout

        var number: Int32 {
            switch self {
            case .linger: ZMQ_LINGER
            case .sendHighWaterMark: ZMQ_SNDHWM
            case .receiveHighWaterMark: ZMQ_RCVHWM
            case .immediate: ZMQ_IMMEDIATE
            case .routerMandatory: ZMQ_ROUTER_MANDATORY
            case .handshakeInterval: ZMQ_HANDSHAKE_IVL
            case .reconnectInterval: ZMQ_RECONNECT_IVL
            case .connectTimeout: ZMQ_CONNECT_TIMEOUT
            case .curveServer: ZMQ_CURVE_SERVER
            case .sendBufferByteCount: ZMQ_SNDBUF
            case .receiveBufferByteCount: ZMQ_RCVBUF
            case .backlog: ZMQ_BACKLOG
            case .ipv6: ZMQ_IPV6
            case .heartbeatInterval: ZMQ_HEARTBEAT_IVL
            case .heartbeatTimeout: ZMQ_HEARTBEAT_TIMEOUT
            }
        }
    }

    /// Sets an option; most must be set before `bind` or `connect`.
    public func set(_ option: NumberOption, _ value: Int32) throws(ZeroMQError) {
        var value = value
        guard zmq_setsockopt(pointer, option.number, &value, MemoryLayout<Int32>.size) == 0 else {
            throw ZeroMQError("zmq_setsockopt", "\(option) = \(value)")
        }
    }

    /// The largest frame that is received; a peer that sends a larger one is cut off.
    public func setMaxMessageByteCount(_ count: Int64) throws(ZeroMQError) {
        var count = count
        guard zmq_setsockopt(pointer, ZMQ_MAXMSGSIZE, &count, MemoryLayout<Int64>.size) == 0 else {
            throw ZeroMQError("zmq_setsockopt", "max message size = \(count)")
        }
    }

    /// The name under which a router that this socket connects to knows it, 1 to 255 bytes.
    public func setRoutingID(_ id: [UInt8]) throws(ZeroMQError) {
        guard zmq_setsockopt(pointer, ZMQ_ROUTING_ID, id, id.count) == 0 else {
            throw ZeroMQError("zmq_setsockopt", "routing ID of \(id.count) bytes")
        }
    }

    /// The domain that ZAP sees with each connection.
    public func setSecurityDomain(_ domain: String) throws(ZeroMQError) {
        guard zmq_setsockopt(pointer, ZMQ_ZAP_DOMAIN, domain, domain.utf8.count) == 0 else {
            throw ZeroMQError("zmq_setsockopt", "ZAP domain \(domain)")
        }
    }

    /// Encrypts as the end that knows the keys; ZAP decides who may connect.
    public func setCurveServer(_ keys: CurveKeyPair) throws(ZeroMQError) {
        try set(.curveServer, 1)
        try setKey(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        try setKey(ZMQ_CURVE_PUBLICKEY, keys.publicKey.text)
    }

    /// Encrypts as the end that connects, and refuses a server with any other key.
    public func setCurveClient(
        _ keys: CurveKeyPair, server: CurvePublicKey
    ) throws(ZeroMQError) {
        try setKey(ZMQ_CURVE_SERVERKEY, server.text)
        try setKey(ZMQ_CURVE_PUBLICKEY, keys.publicKey.text)
        try setKey(ZMQ_CURVE_SECRETKEY, keys.secretKey)
    }

    private func setKey(_ option: Int32, _ key: String) throws(ZeroMQError) {
        // Z85 text counts its terminator in libzmq's length of 41.
        guard zmq_setsockopt(pointer, option, key, 41) == 0 else {
            throw ZeroMQError("zmq_setsockopt", "CURVE key")
        }
    }

    /// Where the socket is bound, the port filled in.
    public var lastEndpoint: String {
        get throws(ZeroMQError) {
            var text = [CChar](repeating: 0, count: 1_024)
            var count = text.count
            guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &text, &count) == 0 else {
                throw ZeroMQError("zmq_getsockopt", "last endpoint")
            }
            return String(decoding: text.prefix(while: { $0 != 0 }).map(UInt8.init), as: UTF8.self)
        }
    }

    /// Whether a message is there.
    ///
    /// Asking also does the socket's own housekeeping, after which its file descriptor tells of
    /// news again.
    public var hasMessage: Bool { has(ZMQ_POLLIN) }

    /// Whether a message can be sent; as ``hasMessage``.
    public var hasRoom: Bool { has(ZMQ_POLLOUT) }

    private func has(_ event: Int32) -> Bool {
        var events: Int32 = 0
        var count = MemoryLayout<Int32>.size
        return zmq_getsockopt(pointer, ZMQ_EVENTS, &events, &count) == 0 && events & event != 0
    }

    /// A file descriptor that becomes readable when the socket *may* have something to do.
    ///
    /// It is edge-triggered: after every send and receive, receive until nothing is there before
    /// waiting for it again.
    public var fileDescriptor: Int32 {
        get throws(ZeroMQError) {
            var descriptor: Int32 = -1
            var count = MemoryLayout<Int32>.size
            guard zmq_getsockopt(pointer, ZMQ_FD, &descriptor, &count) == 0 else {
                throw ZeroMQError("zmq_getsockopt", "file descriptor")
            }
            return descriptor
        }
    }
}
