import MessagePack
import ZeroMQ

/// A DEALER that asks a bridge.
final class BridgeClient {
    private let socket: Socket

    init(
        _ endpoint: String, routingID: [UInt8]? = nil, keys: CurveKeyPair? = nil,
        server: CurvePublicKey? = nil
    ) throws {
        socket = try Socket(.dealer, in: Context())
        if let routingID { try socket.setRoutingID(routingID) }
        if let keys, let server { try socket.setCurveClient(keys, server: server) }
        try socket.connect(endpoint)
    }

    func send(_ bytes: [UInt8], _ position: Socket.Position = .last) throws {
        let result = try trySend(bytes, position)
        precondition(result == .sent, "a message cannot be sent: \(result)")
    }

    func trySend(
        _ bytes: [UInt8], _ position: Socket.Position = .last
    ) throws -> Socket.SendResult {
        try bytes.withUnsafeBytes { try socket.send($0, position) }
    }

    func ask(_ bytes: [UInt8], delimited: Bool = false) async throws -> MessagePackValue {
        try send(bytes)
        return try await receive(delimited: delimited)
    }

    func receive(delimited: Bool = false) async throws -> MessagePackValue {
        while true {
            if let reply = try receiveNow(delimited: delimited) { return reply }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    func receiveNow(delimited: Bool = false) throws -> MessagePackValue? {
        guard let frames = try socket.receive() else { return nil }
        precondition(frames.count == (delimited ? 2 : 1), "a reply of \(frames.count) frames")
        var reader = MessagePackReader(bytes: frames[frames.count - 1].bytes)
        let value = try reader.read(MessagePackValue.self)
        try reader.finish()
        return value
    }
}
