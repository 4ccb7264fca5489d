internal import Logging
internal import ZeroMQ

/// Lets clients connect whose key is in the directory of client keys, and no others.
///
/// libzmq asks by ZAP (ZeroMQ RFC 27). Thread safety: the loop's thread only.
struct BridgeAuthenticator {
    private let socket: Socket
    private var keys: BridgeClientKeys
    private var lastReload = ContinuousClock.now
    private let logger: Logger

    /// The domain of bridge clients; nodes have another.
    static let domain = "vectron.clients"

    init(_ keys: BridgeClientKeys, in context: Context, logger: Logger) throws(ZeroMQError) {
        socket = try Socket(.reply, in: context)
        try socket.bind("inproc://zeromq.zap.01")
        self.keys = keys
        self.logger = logger
    }

    var fileDescriptor: Int32 {
        get throws(ZeroMQError) { try socket.fileDescriptor }
    }

    /// Answers all questions that wait.
    mutating func answer() throws(ZeroMQError) {
        while let request = try socket.receive() {
            let frames = answer(to: request)
            for (index, frame) in frames.enumerated() {
                _ = try socket.send(copying: frame, index == frames.count - 1 ? .last : .more)
            }
        }
    }

    /// The frames that answer a question.
    ///
    /// Request: version, request ID, domain, address, routing ID, mechanism, credentials.
    /// Answer: version, request ID, status code, text, user ID, metadata.
    private mutating func answer(to request: [Frame]) -> [[UInt8]] {
        let requestID = request.count > 1 ? Array(request[1].bytes) : []
        func reply(_ code: String, _ text: String, user: String = "") -> [[UInt8]] {
            [
                Array("1.0".utf8), requestID, Array(code.utf8), Array(text.utf8),
                Array(user.utf8), [],
            ]
        }
        guard request.count >= 7, Array(request[5].bytes) == Array("CURVE".utf8) else {
            return reply("400", "the bridge talks CURVE only")
        }
        refresh()
        guard let name = keys.names[Array(request[6].bytes)] else {
            logger.info("a bridge client has no known key")
            return reply("400", "the key is not known")
        }
        return reply("200", "OK", user: name)
    }

    /// Reads the keys again unless that was just done: connecting must not keep the disk busy.
    private mutating func refresh() {
        let now = ContinuousClock.now
        guard lastReload.duration(to: now) >= .seconds(1) else { return }
        lastReload = now
        do {
            try keys.reload()
        } catch {
            logger.error("bridge keys cannot be read", metadata: ["bridge.error": "\(error)"])
        }
    }
}
