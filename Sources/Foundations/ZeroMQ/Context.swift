internal import CZeroMQ

/// A libzmq context: the I/O threads that sockets share.
///
/// *Thread safety*: any thread may make sockets of it. It ends when it is released; libzmq then
/// waits for its sockets to be closed, which each ``Socket`` does when it is released itself and
/// each holds its context, so that order is always right.
public final class Context: Sendable {
    // Sendable: libzmq's context functions may be called from any thread.
    nonisolated(unsafe) let pointer: UnsafeMutableRawPointer

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - ioThreadCount: libzmq's own threads; one carries about a gigabyte a second.
    ///   - maxSocketCount: how many sockets may be open at once.
    public init(ioThreadCount: Int32 = 1, maxSocketCount: Int32 = 4_096) throws(ZeroMQError) {
        guard let pointer = zmq_ctx_new() else { throw ZeroMQError("zmq_ctx_new") }
        self.pointer = pointer
        zmq_ctx_set(pointer, ZMQ_IO_THREADS, ioThreadCount)
        zmq_ctx_set(pointer, ZMQ_MAX_SOCKETS, maxSocketCount)
    }

    deinit { zmq_ctx_term(pointer) }
}
