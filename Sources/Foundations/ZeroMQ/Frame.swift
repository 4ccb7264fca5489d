internal import CZeroMQ

/// One part of a message, as libzmq holds it: received, or about to be sent.
///
/// *Thread safety*: the bytes never change once the frame was received, so any thread may read
/// them. The frame gives its memory back to libzmq when it is released.
public final class Frame: @unchecked Sendable {
    // @unchecked Sendable: the message is written by `init` and by the one `receive` that fills it,
    // before anyone else sees the frame; `Socket.send` consumes frames that nobody else holds.
    let message: UnsafeMutablePointer<zmq_msg_t>
    private let base: UnsafeRawPointer?
    private let byteCount: Int

    /// Takes over a message that libzmq filled.
    init(owning message: UnsafeMutablePointer<zmq_msg_t>) {
        self.message = message
        byteCount = zmq_msg_size(message)
        base = UnsafeRawPointer(zmq_msg_data(message))
    }

    deinit {
        zmq_msg_close(message)
        message.deallocate()
    }

    /// The bytes, which live as long as the frame.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: byteCount)
    }

    /// The bytes, for whoever is the frame's only user.
    public var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(mutating: bytes)
    }

    /// How many bytes.
    public var count: Int { byteCount }

    /// Whether further frames of the same message follow.
    var hasMore: Bool { zmq_msg_more(message) != 0 }

    /// A fact that the connection told of itself, such as the ZAP user of `User-Id`.
    public func property(_ name: StaticString) -> String? {
        name.withUTF8Buffer { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { name in
                guard let value = zmq_msg_gets(message, name.baseAddress) else { return nil }
                return String(cString: value)
            }
        }
    }
}
