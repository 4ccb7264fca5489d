import Actors
import MessagePack
import ZeroMQ

/// A socket that sends whatever a test makes up.
final class RawDealer {
    private let socket: Socket
    private var arrived: [MessagePackValue] = []
    /// Everything that came, frame by frame.
    private(set) var frames: [[[UInt8]]] = []

    init(
        to endpoint: Endpoint?, keys: CurveKeyPair? = nil, server: CurvePublicKey? = nil
    ) throws {
        socket = try Socket(.dealer, in: Context())
        try socket.setRoutingID((0..<16).map { _ in .random(in: 0...255) })
        // As nodes do: under its old name a connection that came back would pass for the first.
        try socket.set(.reconnectInterval, -1)
        if let keys, let server { try socket.setCurveClient(keys, server: server) }
        try socket.connect(endpoint?.rawValue ?? "")
    }

    func send(_ value: MessagePackValue) throws { try send(bytes: value.bytes) }

    func send(bytes: [UInt8]) throws { try send(frames: [bytes]) }

    func send(frames: [[UInt8]]) throws {
        for (index, frame) in frames.enumerated() {
            _ = try frame.withUnsafeBytes { bytes in
                try socket.send(bytes, index == frames.count - 1 ? .last : .more)
            }
        }
    }

    /// Takes what is there.
    func drain() throws {
        while let message = try socket.receive() {
            let bytes = message.map { Array($0.bytes) }
            frames.append(bytes)
            arrived += try MessagePackValue.all(in: bytes[0])
        }
    }

    /// The next envelope of a kind; earlier ones of other kinds are dropped.
    func next(kind: Int64, within bound: Duration = .seconds(20)) async throws -> MessagePackValue {
        var found: MessagePackValue?
        try await eventually("an envelope of kind \(kind)", within: bound) {
            try drain()
            while !arrived.isEmpty, found == nil {
                let envelope = arrived.removeFirst()
                if envelope[0] == .integer(kind) { found = envelope }
            }
            return found != nil
        }
        return found ?? nil
    }

    /// Says hello and waits for the welcome.
    func greet(as node: String = "raw", incarnation: Int64 = 5) async throws {
        try send(Raw.hello(node: node, incarnation: incarnation))
        _ = try await next(kind: 17)
    }

    /// Whether the node answers a ping.
    func ping() async throws {
        try send([5])
        _ = try await next(kind: 6)
    }
}

/// A node that is none: a router that says welcome, and then what the test wants.
final class RawRouter {
    let endpoint: Endpoint
    private let name: String
    private let incarnation: Int64
    /// The protocol version that it claims to speak.
    var version: Int64 = 1
    private let socket: Socket
    private var arrived: [(peer: [UInt8], envelope: MessagePackValue)] = []
    private(set) var frames: [[[UInt8]]] = []

    init(as name: String, incarnation: Int64 = 5, receiveLimit: Int32? = nil) throws {
        self.name = name
        self.incarnation = incarnation
        socket = try Socket(.router, in: Context())
        if let receiveLimit {
            try socket.set(.receiveHighWaterMark, receiveLimit)
            try socket.set(.receiveBufferByteCount, 65_536)
        }
        try socket.bind("tcp://127.0.0.1:*")
        endpoint = Endpoint(rawValue: try socket.lastEndpoint)
    }

    func send(_ value: MessagePackValue, to peer: [UInt8]) throws {
        _ = try peer.withUnsafeBytes { try socket.send($0, .more) }
        _ = try value.bytes.withUnsafeBytes { try socket.send($0) }
    }

    /// Takes what is there, and welcomes whoever says hello.
    func drain() throws {
        while let message = try socket.receive() {
            let bytes = message.map { Array($0.bytes) }
            frames.append(bytes)
            for envelope in try MessagePackValue.all(in: bytes[1]) {
                if envelope[0] == 16, case .integer(let lane) = envelope[5] {
                    try send(
                        Raw.welcome(
                            node: name, version: version, incarnation: incarnation, lane: lane),
                        to: bytes[0])
                }
                arrived.append((bytes[0], envelope))
            }
        }
    }

    /// The next envelope of a kind, and who sent it.
    func next(
        kind: Int64, within bound: Duration = .seconds(20)
    ) async throws -> (peer: [UInt8], envelope: MessagePackValue) {
        var found: (peer: [UInt8], envelope: MessagePackValue)?
        try await eventually("an envelope of kind \(kind)", within: bound) {
            try drain()
            while !arrived.isEmpty, found == nil {
                let next = arrived.removeFirst()
                if next.envelope[0] == .integer(kind) { found = next }
            }
            return found != nil
        }
        return found ?? ([], nil)
    }

    /// Answers every request that has come.
    func answerRequests(with value: MessagePackValue) throws {
        try drain()
        for (peer, envelope) in arrived where envelope[0] == 1 {
            try send([2, envelope[1], value], to: peer)
        }
        arrived = []
    }
}
