public import MessagePack

/// Carries messages between nodes over links, and knows nothing of actors.
///
/// ``ZeroMQTransport`` is for processes, ``InMemoryTransport`` for tests. The contract, which is
/// that of a lossy network: on one link messages arrive in order or not at all; between links there
/// is no order; a link that closes may have lost what was under way, and tells both ends if it can.
public protocol Transport: Sendable {
    /// Begins to listen and to report to `receiver`, always from one thread at a time.
    ///
    /// - Returns: Where it listens, the port filled in.
    func start(reportingTo receiver: any TransportReceiver) throws -> Endpoint?

    /// Begins to open a link; ``TransportReceiver/linkOpened(_:)`` or `linkClosed` follows.
    ///
    /// - Parameter peer: Whose key the other end must have; nil if that is to be learnt.
    func open(_ endpoint: Endpoint, lane: Lane, peer: NodeID?) throws -> any Link

    /// Asks for a ``TransportReceiver/tick(now:)`` soon, because a deadline was set.
    func wakeUp()

    /// Runs short work on the thread that receives.
    var executor: (any TaskExecutor)? { get }

    /// Closes all links and ends the thread; nothing is reported afterwards.
    func stop() async
}

/// What a transport tells its user.
public protocol TransportReceiver: AnyObject, Sendable {
    /// A link that ``Transport/open(_:lane:peer:)`` began is open.
    func linkOpened(_ link: any Link)
    /// A message came. A link that was not seen before was opened by the other end.
    func received(_ message: InboundMessage, on link: any Link)
    /// A link is gone.
    func linkClosed(_ link: any Link, reason: String)
    /// Time has passed.
    ///
    /// - Returns: When the next tick is wanted, at the latest.
    func tick(now: ContinuousClock.Instant) -> ContinuousClock.Instant
}

/// One connection to another node.
public protocol Link: AnyObject, Sendable {
    /// Unique among the links of a process.
    var id: UInt64 { get }
    /// The node whose key the other end has shown; nil without encryption.
    var authenticatedPeer: NodeID? { get }
    /// The address of the other end, for messages to people.
    var remoteDescription: String { get }
    /// Queues a message; it never waits.
    func send(_ message: OutboundMessage) -> SendOutcome
    /// Closes the link. Nothing more is reported of it.
    func close()
}

/// What came of queueing a message.
public enum SendOutcome: Sendable, Equatable {
    /// It waits to be sent.
    case queued
    /// The link's queue is full: its limit in messages or bytes.
    case full(limit: Int)
    /// The link is closed.
    case closed
}

/// Two links to a peer, so that a large message never delays a small one.
public enum Lane: UInt8, Sendable, CaseIterable {
    /// Heartbeats and small messages.
    case control = 0
    /// Messages of ``bulkByteCount`` bytes and more.
    case bulk = 1

    /// From how many bytes on a message takes the bulk lane: what a gigabit link carries in half a
    /// millisecond.
    public static let bulkByteCount = 64 << 10
}

/// A message to send: encoded envelopes, and the large binaries that stand beside them.
///
/// Whoever sends it must not write to its buffer any more, unless ``isCopiedBySending`` says that
/// the transport keeps nothing of it.
public struct OutboundMessage: @unchecked Sendable {
    // @unchecked Sendable: the buffer has one owner at any time, see above.

    /// Holds the envelope from ``offset`` on.
    public var buffer: MessageBuffer
    /// Where the envelope begins.
    public var offset: Int
    /// Binaries that are not copied into the buffer.
    public var attachments: [Attachment]

    /// Makes a message.
    public init(buffer: MessageBuffer, offset: Int = 0, attachments: [Attachment] = []) {
        self.buffer = buffer
        self.offset = offset
        self.attachments = attachments
    }

    /// The envelope's bytes.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer.bytes[offset...])
    }

    /// Messages without attachments up to this size are copied by ``Link/send(_:)``; above, copying
    /// costs more than a message of its own.
    public static let copiedByteCount = 16 << 10

    /// Whether the buffer may be used again as soon as the message was queued.
    public var isCopiedBySending: Bool {
        attachments.isEmpty && buffer.count - offset <= Self.copiedByteCount
    }

    /// All bytes, attachments too.
    public var byteCount: Int {
        attachments.reduce(buffer.count - offset) { $0 + $1.count }
    }
}

/// A message that came: one or more envelopes one after the other, with the binaries beside them.
public struct InboundMessage: Sendable {
    /// Keeps ``bytes`` alive.
    public let owner: any Sendable & AnyObject
    // Sendable: the owner never changes the bytes.
    /// The envelopes.
    public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    /// The binaries that stand beside the envelopes.
    public let attachments: [Attachment]

    /// Makes a message of bytes that `owner` keeps alive and never changes.
    public init(
        owner: any Sendable & AnyObject, bytes: UnsafeRawBufferPointer,
        attachments: [Attachment] = []
    ) {
        self.owner = owner
        self.bytes = bytes
        self.attachments = attachments
    }
}
