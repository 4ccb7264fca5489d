internal import CZeroMQ

#if canImport(Glibc)
    internal import Glibc
#endif

/// A libzmq socket.
///
/// *Thread safety*: none. One thread owns a socket at any time; handing it on needs a full memory
/// fence (a lock or a thread's start).
public final class Socket {
    let pointer: UnsafeMutableRawPointer
    // Held so that the context outlives the socket.
    private let context: Context

    /// Opens a socket that forgets unsent messages when it closes.
    public init(_ kind: SocketKind, in context: Context) throws(ZeroMQError) {
        guard let pointer = zmq_socket(context.pointer, kind.number) else {
            throw ZeroMQError("zmq_socket", "\(kind)")
        }
        self.pointer = pointer
        self.context = context
        try set(.linger, 0)
    }

    deinit { zmq_close(pointer) }

    /// Begins to accept connections.
    ///
    /// - Parameter endpoint: `tcp://127.0.0.1:*` takes any free port; see ``lastEndpoint``.
    public func bind(_ endpoint: String) throws(ZeroMQError) {
        guard zmq_bind(pointer, endpoint) == 0 else { throw ZeroMQError("zmq_bind", endpoint) }
    }

    /// Begins to connect; libzmq does so behind the scenes.
    public func connect(_ endpoint: String) throws(ZeroMQError) {
        guard zmq_connect(pointer, endpoint) == 0 else {
            throw ZeroMQError("zmq_connect", endpoint)
        }
    }

    /// What a send came to.
    public enum SendResult: Sendable {
        /// libzmq has the message.
        case sent
        /// The queue to the peer is full; try again when the socket is writable.
        case full
        /// The router knows no such peer (any more).
        case noPeer
    }

    /// Whether a frame is the last of its message.
    public enum Position: Sendable {
        /// More frames follow.
        case more
        /// It is the last.
        case last

        var flags: Int32 { self == .more ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT }
    }

    /// Copies bytes into a frame and sends it, without waiting.
    public func send(
        _ bytes: UnsafeRawBufferPointer, _ position: Position = .last
    ) throws(ZeroMQError) -> SendResult {
        try result(zmq_send(pointer, bytes.baseAddress, bytes.count, position.flags))
    }

    /// Sends bytes that `owner` keeps alive, without copying them and without waiting.
    ///
    /// libzmq's thread releases `owner` when it has written the bytes or dropped them.
    public func send(
        _ bytes: UnsafeRawBufferPointer, ownedBy owner: AnyObject, _ position: Position = .last
    ) throws(ZeroMQError) -> SendResult {
        var message = zmq_msg_t()
        let hint = Unmanaged.passRetained(owner)
        let made = zmq_msg_init_data(
            &message, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count,
            { _, hint in
                if let hint { Unmanaged<AnyObject>.fromOpaque(hint).release() }
            }, hint.toOpaque())
        guard made == 0 else {
            hint.release()
            throw ZeroMQError("zmq_msg_init_data")
        }
        let result = try? self.result(zmq_msg_send(&message, pointer, position.flags))
        if result != .sent {
            let error = ZeroMQError("zmq_msg_send")
            zmq_msg_close(&message)  // releases the owner
            guard let result else { throw error }
            return result
        }
        return .sent
    }

    /// Sends a frame that was received, without copying it and without waiting.
    public func send(_ frame: Frame, _ position: Position = .last) throws(ZeroMQError) -> SendResult
    {
        try result(zmq_msg_send(frame.message, pointer, position.flags))
    }

    private func result(_ code: Int32) throws(ZeroMQError) -> SendResult {
        if code >= 0 { return .sent }
        switch zmq_errno() {
        case EAGAIN: return .full
        case EHOSTUNREACH: return .noPeer
        default: throw ZeroMQError("zmq_send")
        }
    }

    /// The next message if one is there, all its frames.
    public func receive() throws(ZeroMQError) -> [Frame]? {
        guard let first = try receiveFrame() else { return nil }
        var frames = [first]
        while frames[frames.count - 1].hasMore {
            // libzmq delivers messages whole, so the rest is there.
            guard let next = try receiveFrame() else { break }
            frames.append(next)
        }
        return frames
    }

    private func receiveFrame() throws(ZeroMQError) -> Frame? {
        let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
        zmq_msg_init(message)
        if zmq_msg_recv(message, pointer, ZMQ_DONTWAIT) >= 0 { return Frame(owning: message) }
        let number = zmq_errno()
        zmq_msg_close(message)
        message.deallocate()
        if number == EAGAIN || number == EINTR { return nil }
        throw ZeroMQError("zmq_msg_recv")
    }
}
