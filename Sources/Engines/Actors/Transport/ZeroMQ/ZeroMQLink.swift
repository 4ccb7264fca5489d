internal import MessagePack
internal import ZeroMQ

/// A link over a socket: either a DEALER of its own, or a peer of the ROUTER.
///
/// *Thread safety*: `outbox` is guarded by the loop's lock; everything else that changes belongs to
/// the loop's thread.
final class ZeroMQLink: Link, @unchecked Sendable {
    let id: UInt64
    let authenticatedPeer: NodeID?
    let remoteDescription: String
    private unowned let loop: SocketLoop

    /// What waits to be sent; guarded by the loop's lock.
    var outbox = Outbox()

    /// The socket of a link that we opened; the loop's thread only.
    var dealer: Socket?
    var monitor: SocketMonitor?
    /// The name of the peer at the ROUTER, for a link that the peer opened.
    let routingID: [UInt8]?
    /// What was taken from the outbox and not yet sent; the loop's thread only.
    var unsent: [OutboundChunk] = []
    var isOpen = false

    init(
        id: UInt64, loop: SocketLoop, authenticatedPeer: NodeID?, remoteDescription: String,
        routingID: [UInt8]?
    ) {
        self.id = id
        self.loop = loop
        self.authenticatedPeer = authenticatedPeer
        self.remoteDescription = remoteDescription
        self.routingID = routingID
    }

    func send(_ message: OutboundMessage) -> SendOutcome { loop.enqueue(message, on: self) }

    func close() { loop.close(self) }
}

/// One ZeroMQ message: envelopes one after the other, and the binaries beside the only one.
struct OutboundChunk {
    var buffer: MessageBuffer
    var offset = 0
    var attachments: [Attachment] = []

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer.bytes[offset...])
    }
}

/// What waits to be sent on one link.
///
/// Small envelopes are copied into a shared buffer, so that many of them leave as one ZeroMQ
/// message: that is what makes small calls cheap under load.
struct Outbox {
    private(set) var chunks: [OutboundChunk] = []
    private(set) var byteCount = 0
    private(set) var messageCount = 0
    /// Whether the last chunk takes further envelopes.
    private var isLastOpen = false
    /// Whether the loop knows that something waits.
    var isScheduled = false
    var isClosed = false

    var isEmpty: Bool { chunks.isEmpty }

    /// A shared buffer takes no more than this, so that the receiver can begin.
    private static let maxSharedByteCount = 64 << 10

    mutating func append(_ message: OutboundMessage) {
        messageCount += 1
        byteCount += message.byteCount
        let bytes = message.bytes
        guard message.isCopiedBySending else {
            isLastOpen = false
            chunks.append(
                OutboundChunk(
                    buffer: message.buffer, offset: message.offset,
                    attachments: message.attachments))
            return
        }
        if isLastOpen, let last = chunks.last,
            last.buffer.count + bytes.count <= Self.maxSharedByteCount
        {
            last.buffer.append(bytes)
        } else {
            let buffer = MessageBuffer(minimumCapacity: max(bytes.count, 512))
            buffer.append(bytes)
            chunks.append(OutboundChunk(buffer: buffer))
            isLastOpen = true
        }
    }

    /// Takes everything.
    mutating func takeAll() -> [OutboundChunk] {
        defer {
            chunks = []
            byteCount = 0
            messageCount = 0
            isLastOpen = false
            isScheduled = false
        }
        return chunks
    }
}
