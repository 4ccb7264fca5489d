internal import Logging
internal import ZeroMQ

/// The ROUTER to which clients connect.
///
/// Thread safety: the loop's thread only, once the loop runs.
struct BridgeSocket {
    private let router: Socket
    private var authenticator: BridgeAuthenticator?
    private let isAuthenticated: Bool
    /// Where it listens, the port filled in.
    let endpoint: String
    /// What becomes readable when something may be there.
    let fileDescriptors: [Int32]

    /// The most messages that libzmq holds from one client before it stops reading from its
    /// connection: the loop takes them at once, so that more would only hide a burst.
    private static let receiveHighWaterMark: Int32 = 16
    /// The most replies that libzmq holds for one client: as many as it can have requests under way
    /// twice over, because refusals are not counted.
    private static let sendHighWaterMark: Int32 = 256
    /// A request that is a little too large is answered; a larger one ends its connection.
    private static let maxFrameByteCount = BridgeRequest.maxByteCount + 1 << 20

    init(_ settings: BridgeSettings, logger: Logger) throws(ZeroMQError) {
        // A context of its own: libzmq has one authenticator for each, and nodes have another.
        let context = try Context()
        router = try Socket(.router, in: context)
        try router.set(.routerMandatory, 1)
        try router.set(.receiveHighWaterMark, Self.receiveHighWaterMark)
        try router.set(.sendHighWaterMark, Self.sendHighWaterMark)
        try router.setMaxMessageByteCount(Int64(Self.maxFrameByteCount))
        try router.set(.handshakeInterval, 5_000)
        // A client that is gone without a word, or reads nothing, is cut off within 40 seconds.
        // The timeout is the shorter one: libzmq cancels a timer by passing all that are due before it,
        // so that with 10,000 clients each answer to a heartbeat would pass 10,000 intervals.
        try router.set(.heartbeatInterval, 30_000)
        try router.set(.heartbeatTimeout, 10_000)
        if case .curve(let keyPair, let clientKeys) = settings.security {
            authenticator = try BridgeAuthenticator(clientKeys, in: context, logger: logger)
            try router.setSecurityDomain(BridgeAuthenticator.domain)
            try router.setCurveServer(keyPair)
        }
        isAuthenticated = authenticator != nil
        if settings.endpoint.hasPrefix("tcp://[") { try router.set(.ipv6, 1) }
        try router.bind(settings.endpoint)
        endpoint = try router.lastEndpoint
        var descriptors = [try router.fileDescriptor]
        if let authenticator { descriptors.append(try authenticator.fileDescriptor) }
        fileDescriptors = descriptors
    }

    /// Lets clients in that wait for it.
    mutating func authenticate() throws(ZeroMQError) { try authenticator?.answer() }

    /// The next message that has a sender and a body, or nil if nothing is there.
    ///
    /// - Parameter ignored: Called for each message that cannot be answered.
    func receive(ignored: () -> Void) throws(ZeroMQError) -> BridgeMessage? {
        while let frames = try router.receive() {
            if let message = BridgeMessage(frames, isAuthenticated: isAuthenticated) {
                return message
            }
            ignored()
        }
        return nil
    }

    /// Hands a reply to libzmq, unless the client is gone or has too many already.
    func send(_ reply: BridgeReplyBytes, to address: [[UInt8]]) throws(ZeroMQError) -> Bool {
        for frame in address {
            // Once the first frame of a message is taken, the others are.
            guard try router.send(copying: frame, .more) == .sent else { return false }
        }
        return try router.send(reply.bytes, ownedBy: reply) == .sent
    }

    /// Lets what was sent leave before the socket closes, for a while.
    func linger() throws(ZeroMQError) { try router.set(.linger, 1_000) }
}

extension Socket {
    /// Sends a frame of bytes that are few.
    func send(
        copying bytes: [UInt8], _ position: Position
    ) throws(ZeroMQError) -> SendResult {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(ZeroMQError) in try send(bytes, position) }
        }.get()
    }
}

/// A message of a client: what the reply is addressed with, and the request's bytes.
struct BridgeMessage: Sendable {
    /// All frames but the last: the routing ID, what proxies added, and the empty frame of a REQ.
    let address: [[UInt8]]
    /// Whose share it counts in.
    let client: BridgeAdmission.Client
    /// Where the client is, and whose key it has, for limits and logs.
    let clientAddress: ClientAddress
    /// The last frame.
    let body: Frame

    /// The most frames before the body: seven proxies' and a delimiter.
    private static let maxAddressFrameCount = 9
    /// The longest of them: a routing ID has 255 bytes at most.
    private static let maxAddressByteCount = 255

    init?(_ frames: [Frame], isAuthenticated: Bool) {
        guard frames.count >= 2, frames.count <= Self.maxAddressFrameCount + 1,
            let body = frames.last,
            frames.dropLast().allSatisfy({ $0.count <= Self.maxAddressByteCount })
        else { return nil }
        address = frames.dropLast().map { Array($0.bytes) }
        self.body = body
        // A client at a path of this machine has none.
        let address = body.property("Peer-Address") ?? "local"
        // Without CURVE a client could claim any user.
        if isAuthenticated {
            guard let name = body.property("User-Id") else { return nil }
            client = .key(name)
            clientAddress = ClientAddress(address, ownerOfKey: name)
        } else {
            client = .connection(self.address[0])
            clientAddress = ClientAddress(address)
        }
    }
}
