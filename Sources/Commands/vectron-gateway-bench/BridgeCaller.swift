import ArgumentParser
import Glibc
import MessagePack
import ZeroMQ

/// A client of the bridge that does nothing but what the protocol asks for: one request at a time.
///
/// Thread safety: one task.
final class BridgeCaller {
    private let socket: Socket
    private let key: String
    private let collection: String
    private var lastID: UInt64 = 0

    private static let patienceMilliseconds: Int32 = 10_000

    init(_ endpoint: String, key: String, collection: String) throws {
        socket = try Socket(.dealer, in: try Context())
        try socket.connect(endpoint)
        self.key = key
        self.collection = collection
    }

    /// Whether the point was answered.
    func get(_ id: UInt64) throws -> Bool {
        lastID += 1
        var writer = MessagePackWriter()
        writer.writeMapHeader(count: 7)
        writer.writeKey("v")
        writer.write(1)
        writer.writeKey("id")
        writer.write(lastID)
        writer.writeKey("op")
        writer.write("get")
        writer.writeKey("key")
        writer.write(key)
        writer.writeKey("collection")
        writer.write(collection)
        writer.writeKey("ids")
        writer.writeArrayHeader(count: 1)
        writer.write(id)
        writer.writeKey("with_vector")
        writer.write(false)
        let result = try writer.buffer.withUnsafeBytes { try socket.send($0) }
        guard result == .sent else { throw ValidationError("the bridge takes nothing: \(result)") }
        return try isPoint(try reply())
    }

    private func reply() throws -> Frame {
        var descriptor = pollfd(
            fd: try socket.fileDescriptor, events: Int16(POLLIN), revents: 0)
        while true {
            if let frame = try socket.receive()?.last { return frame }
            guard poll(&descriptor, 1, Self.patienceMilliseconds) > 0 else {
                throw ValidationError("the bridge does not answer")
            }
        }
    }

    private func isPoint(_ frame: Frame) throws -> Bool {
        var reader = MessagePackReader(bytes: frame.bytes)
        let reply = try MessagePackValue(from: &reader)
        guard case .array(let points)? = reply["result"]?["points"] else {
            throw ValidationError("the bridge answers \(reply)")
        }
        return points.count == 1
    }
}
