internal import Logging
internal import MessagePack
internal import ZeroMQ

#if canImport(Glibc)
    internal import Glibc
#endif

/// The sockets of a node and what is known of their connections.
///
/// *Thread safety*: none; ``SocketLoop`` guards it.
final class LoopSockets {
    /// The name of a peer at the ROUTER, as the peer chose it: 16 random bytes.
    private struct RoutingID: Hashable {
        var high: UInt64
        var low: UInt64

        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count == 16 else { return nil }
            high = bytes.loadUnaligned(as: UInt64.self)
            low = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        }

        static func random() -> [UInt8] { (0..<16).map { _ in .random(in: 0...255) } }
    }

    private let context: Context
    private let settings: ClusterActorSystem.Settings
    private let poller: Poller
    private let wakeEvent: Eventfd
    private let logger: Logger

    private var router: Socket?
    private var routerMonitor: SocketMonitor?
    private var authenticatorSocket: Socket?
    private var authenticator: ZeroMQAuthenticator?
    private var boundEndpoint: Endpoint?

    private var accepted: [RoutingID: ZeroMQLink] = [:]
    private var dialed: [UInt64: ZeroMQLink] = [:]
    /// Dialed links whose sockets may have something to receive.
    private var dirty: [UInt64: ZeroMQLink] = [:]
    private var isRouterDirty = false
    private var areMonitorsDirty = false
    private var stalled: [UInt64: ZeroMQLink] = [:]
    /// Links that were found to be gone, and why; the loop reports them.
    private var losses: [(link: ZeroMQLink, reason: String)] = []

    var receiver: (any TransportReceiver)?
    private weak var loop: SocketLoop?

    /// How many messages are received from one socket before others have their turn.
    private static let maxBurst = 64
    /// The most binaries beside one envelope.
    private static let maxAttachmentCount = 64
    /// libzmq's own queue for one peer, in messages; ours is bounded in bytes, before it.
    private static let highWaterMark: Int32 = 256

    init(
        _ settings: ClusterActorSystem.Settings, poller: Poller, wakeEvent: Eventfd
    ) throws {
        self.settings = settings
        self.wakeEvent = wakeEvent
        logger = settings.logger
        context = try Context()
        self.poller = poller
        poller.add(wakeEvent.fileDescriptor, token: .wake)
    }

    // MARK: - Life

    func bind() throws -> Endpoint? {
        if let security = settings.security { try startAuthenticator(security) }
        guard let endpoint = settings.endpoint else { return nil }
        let router = try Socket(.router, in: context)
        do {
            try configure(router)
            try router.set(.routerMandatory, 1)
            try router.set(.handshakeInterval, Int32(settings.connectTimeout.wholeMilliseconds))
            try router.set(.backlog, 512)
            if let security = settings.security {
                try router.setSecurityDomain(ZeroMQAuthenticator.domain)
                try router.setCurveServer(security.keys)
            }
            let monitor = try SocketMonitor(of: router, name: "router", in: context)
            try router.bind(endpoint.rawValue)
            poller.add(try router.fileDescriptor, token: .router)
            poller.add(try monitor.fileDescriptor, token: .monitor(0))
            routerMonitor = monitor
            self.router = router
            boundEndpoint = Endpoint(rawValue: try router.lastEndpoint)
        } catch {
            let advice =
                error.isAddressInUse
                ? "another process listens there; stop it or choose another port"
                : "\(error); choose an address of this machine and a free port"
            throw ActorSystemError.invalidSettings("cannot listen on \(endpoint): \(advice)")
        }
        // What happened while binding is found in the first round.
        isRouterDirty = true
        areMonitorsDirty = true
        return boundEndpoint
    }

    private func startAuthenticator(_ security: ClusterActorSystem.Security) throws {
        authenticator = ZeroMQAuthenticator(security)
        let socket = try Socket(.reply, in: context)
        try socket.bind("inproc://zeromq.zap.01")
        poller.add(try socket.fileDescriptor, token: .authenticator)
        authenticatorSocket = socket
    }

    private func configure(_ socket: Socket) throws(ZeroMQError) {
        try socket.set(.sendHighWaterMark, Self.highWaterMark)
        try socket.set(.receiveHighWaterMark, Self.highWaterMark)
        try socket.set(.immediate, 1)
        try socket.setMaxMessageByteCount(Int64(settings.maxMessageByteCount))
    }

    func closeAll() {
        for link in dialed.values { drop(link) }
        dialed = [:]
        accepted = [:]
        dirty = [:]
        stalled = [:]
        routerMonitor = nil
        router = nil
        authenticatorSocket = nil
        receiver = nil
    }

    // MARK: - Links

    func dial(_ dial: SocketLoop.Dial) {
        let link = dial.link
        do {
            let dealer = try Socket(.dealer, in: context)
            try configure(dealer)
            try dealer.setRoutingID(RoutingID.random())
            try dealer.set(.reconnectInterval, -1)
            try dealer.set(.connectTimeout, Int32(settings.connectTimeout.wholeMilliseconds))
            try dealer.set(.handshakeInterval, Int32(settings.connectTimeout.wholeMilliseconds))
            if let security = settings.security, let serverKey = dial.serverKey {
                try dealer.setCurveClient(security.keys, server: serverKey)
            }
            let monitor = try SocketMonitor(of: dealer, name: "\(link.id)", in: context)
            try dealer.connect(dial.endpoint.rawValue)
            poller.add(try dealer.fileDescriptor, token: .dealer(link.id))
            poller.add(try monitor.fileDescriptor, token: .monitor(link.id))
            link.dealer = dealer
            link.monitor = monitor
            dialed[link.id] = link
            dirty[link.id] = link
            areMonitorsDirty = true
        } catch {
            receiver?.linkClosed(link, reason: "\(error)")
        }
    }

    /// Closes a link that nobody wants any more, after what waits on it was handed to libzmq.
    func close(_ link: ZeroMQLink) {
        if link.routingID == nil {
            dialed[link.id] = nil
            dirty[link.id] = nil
            drop(link)
        }
        // libzmq cannot cut off one peer of a router: a link in `accepted` that is closed stays
        // there, so that what the peer still sends is dropped.
        stalled[link.id] = nil
        link.unsent = []
    }

    private func drop(_ link: ZeroMQLink) {
        if let descriptor = try? link.dealer?.fileDescriptor { poller.remove(descriptor) }
        if let descriptor = try? link.monitor?.fileDescriptor { poller.remove(descriptor) }
        link.monitor = nil
        link.dealer = nil
    }

    private func isClosed(_ link: ZeroMQLink) -> Bool { loop?.isClosed(link) ?? true }

    private func lost(_ link: ZeroMQLink, reason: String) {
        if let id = link.routingID {
            id.withUnsafeBytes { if let id = RoutingID($0) { accepted[id] = nil } }
        }
        let wasClosed = isClosed(link)
        close(link)
        link.close()
        if !wasClosed { receiver?.linkClosed(link, reason: reason) }
    }

    // MARK: - Sending

    /// Hands libzmq what it takes.
    func sendUnsent(of link: ZeroMQLink) {
        guard let socket = link.dealer ?? router, link.routingID != nil || link.dealer != nil
        else {
            link.unsent = []
            return
        }
        var sentCount = 0
        sending: while sentCount < link.unsent.count {
            switch send(link.unsent[sentCount], on: socket, to: link.routingID) {
            case .sent: sentCount += 1
            case .full: break sending
            case .noPeer:
                link.unsent = []
                losses.append((link, "the connection is gone"))
                return
            }
        }
        link.unsent.removeFirst(sentCount)
        // Sending may have taken the signal of a message that has come meanwhile, or of room that
        // there is again.
        if socket.hasMessage || !link.unsent.isEmpty && socket.hasRoom {
            if link.routingID == nil { dirty[link.id] = link } else { isRouterDirty = true }
        }
    }

    private func send(
        _ chunk: OutboundChunk, on socket: Socket, to routingID: [UInt8]?
    ) -> Socket.SendResult {
        do {
            if let routingID {
                let result = try routingID.withUnsafeBytes { bytes throws(ZeroMQError) in
                    try socket.send(bytes, .more)
                }
                guard result == .sent else { return result }
            }
            // Small messages fit into libzmq's own; larger ones are not copied.
            let bytes = chunk.bytes
            let position: Socket.Position = chunk.attachments.isEmpty ? .last : .more
            let result =
                bytes.count <= 1_024
                ? try socket.send(bytes, position)
                : try socket.send(bytes, ownedBy: chunk.buffer, position)
            // Once the first frame of a message is taken, the others are.
            guard result == .sent else { return result }
            for (index, attachment) in chunk.attachments.enumerated() {
                let isLast = index == chunk.attachments.count - 1
                _ = try socket.send(
                    attachment.bytes, ownedBy: attachment, isLast ? .last : .more)
            }
            return .sent
        } catch {
            logger.warning("cannot send", metadata: ["actors.error": "\(error)"])
            return .noPeer
        }
    }

    /// Remembers a link whose queue in libzmq is full.
    func stall(_ link: ZeroMQLink) { stalled[link.id] = link }

    // MARK: - Receiving

    /// Whether a socket may have more to receive.
    var hasWork: Bool {
        isRouterDirty || areMonitorsDirty || !dirty.isEmpty || !losses.isEmpty
    }

    /// Receives what is there, up to a fair number of messages from each socket.
    ///
    /// - Returns: The links on which sending may go on.
    func receive() -> [ZeroMQLink] {
        while let (link, reason) = losses.popLast() { lost(link, reason: reason) }
        if areMonitorsDirty { readMonitors() }
        if authenticator != nil { authenticate() }
        if isRouterDirty { receiveFromRouter() }
        if !dirty.isEmpty {
            for (id, link) in dirty where !receive(from: link) { dirty[id] = nil }
        }
        defer { if !stalled.isEmpty { stalled = [:] } }
        return Array(stalled.values)
    }

    private func receiveFromRouter() {
        guard let router else { return isRouterDirty = false }
        for _ in 0..<Self.maxBurst {
            do {
                guard let frames = try router.receive() else { return isRouterDirty = false }
                receive(frames)
            } catch {
                logger.warning("cannot receive", metadata: ["actors.error": "\(error)"])
                return isRouterDirty = false
            }
        }
    }

    private func receive(_ frames: [Frame]) {
        guard frames.count >= 2, let id = RoutingID(frames[0].bytes) else { return }
        guard let link = accepted[id] ?? accept(id, frames), !isClosed(link) else { return }
        deliver(frames, from: 1, on: link)
    }

    /// The link of a peer that was not heard of before.
    private func accept(_ id: RoutingID, _ frames: [Frame]) -> ZeroMQLink? {
        guard let loop else { return nil }
        var peer: NodeID?
        if settings.security != nil {
            // ZAP let it in, so libzmq knows its name.
            guard let user = frames[1].property("User-Id") else { return nil }
            peer = NodeID(user)
        }
        let address = frames[1].property("Peer-Address") ?? "unknown address"
        let link = ZeroMQLink(
            id: loop.nextLinkID(), loop: loop, authenticatedPeer: peer,
            remoteDescription: address, routingID: Array(frames[0].bytes))
        accepted[id] = link
        return link
    }

    /// Receives from a link that we opened.
    ///
    /// - Returns: Whether more may be there.
    private func receive(from link: ZeroMQLink) -> Bool {
        for _ in 0..<Self.maxBurst {
            guard let dealer = link.dealer, !isClosed(link) else { return false }
            do {
                guard let frames = try dealer.receive() else { return false }
                deliver(frames, from: 0, on: link)
            } catch {
                lost(link, reason: "\(error)")
                return false
            }
        }
        return true
    }

    private func deliver(_ frames: [Frame], from first: Int, on link: ZeroMQLink) {
        guard frames.count - first <= Self.maxAttachmentCount + 1 else {
            return lost(link, reason: "it sent a message of \(frames.count) frames")
        }
        let attachments =
            frames.count == first + 1
            ? [] : frames[(first + 1)...].map { Attachment(exclusive: $0.mutableBytes, owner: $0) }
        receiver?.received(
            InboundMessage(
                owner: frames[first], bytes: frames[first].bytes, attachments: attachments),
            on: link)
    }

    private func authenticate() {
        guard let socket = authenticatorSocket, let authenticator else { return }
        do {
            while let request = try socket.receive() {
                let answer = authenticator.answer(request)
                for (index, frame) in answer.enumerated() {
                    _ = try frame.withUnsafeBytes { bytes throws(ZeroMQError) in
                        try socket.send(bytes, index == answer.count - 1 ? .last : .more)
                    }
                }
            }
        } catch {
            logger.error("cannot authenticate", metadata: ["actors.error": "\(error)"])
        }
    }

    private func readMonitors() {
        areMonitorsDirty = false
        while let event = try? routerMonitor?.next() {
            // The monitor does not say who is gone; a message to a peer that is gone fails.
            if event == .disconnected { probe() }
        }
        for link in dialed.values {
            while let event = try? link.monitor?.next() {
                switch event {
                case .connected:
                    link.isOpen = true
                    dirty[link.id] = link
                    receiver?.linkOpened(link)
                case .disconnected:
                    _ = receive(from: link)
                    lost(link, reason: "the connection was cut")
                case .refused: lost(link, reason: "nobody listens at \(link.remoteDescription)")
                case .rejected:
                    lost(link, reason: "\(link.remoteDescription) did not accept our key")
                }
            }
        }
    }

    private func probe() {
        guard let router else { return }
        // Asking makes the router take note of who is gone, which sending does only now and then.
        _ = router.hasMessage
        let ping = OutboundChunk(buffer: ControlEnvelope.ping.message().buffer)
        for link in accepted.values where send(ping, on: router, to: link.routingID) == .noPeer {
            lost(link, reason: "the connection was cut")
        }
        isRouterDirty = true
    }

    // MARK: - Waiting

    /// Remembers which sockets may have something.
    func note(_ news: [Poller.Token]) {
        for token in news {
            switch token {
            case .wake: wakeEvent.drain()
            case .router: isRouterDirty = true
            case .authenticator: isRouterDirty = true
            case .monitor: areMonitorsDirty = true
            case .dealer(let id): dirty[id] = dialed[id]
            }
        }
    }

    func setLoop(_ loop: SocketLoop) { self.loop = loop }
}
