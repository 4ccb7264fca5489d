internal import MessagePack

/// What nodes send each other: MessagePack arrays whose first element is the kind.
///
/// | kind | elements after it |
/// |---|---|
/// | 1 request | call ID, actor name, incarnation or nil, target, time left in µs, trace context (map of strings) or nil, generic substitutions (strings), arguments |
/// | 2 reply | call ID, value (nil of a void call) |
/// | 3 failure | call ID, code, error type or nil, error value or nil, text |
/// | 4 cancel | call ID |
/// | 5 ping | – |
/// | 6 pong | – |
/// | 7 watch | actor name, incarnation or nil |
/// | 8 terminated | actor name, incarnation or nil |
/// | 9 listing | version, array of (key, actor names) |
/// | 16 hello, 17 welcome | protocol version, cluster ID, node, incarnation, lane, endpoint or nil |
/// | 18 refusal | text |
///
/// `Protocols/actors.md` specifies them with golden bytes. Elements may be added at the end: a
/// reader skips what it does not know.
enum EnvelopeKind: UInt8, Sendable {
    case request = 1
    case reply = 2
    case failure = 3
    case cancel = 4
    case ping = 5
    case pong = 6
    case watch = 7
    case terminated = 8
    case listing = 9
    case hello = 16
    case welcome = 17
    case refusal = 18
}

/// The number of a call, unique among those of its caller's life.
typealias CallID = UInt64

/// All envelopes but requests and replies, which are written and read in place.
enum ControlEnvelope: Sendable, Equatable {
    case cancel(CallID)
    case ping
    case pong
    case watch(name: String, incarnation: Incarnation?)
    case terminated(name: String, incarnation: Incarnation?)
    case listing(version: UInt64, [ReceptionistEntry])
    case hello(Handshake.Hello)
    case welcome(Handshake.Hello)
    case refusal(String)

    /// The envelope as a message of its own.
    func message() -> OutboundMessage {
        let buffer = MessageBuffer(minimumCapacity: 128)
        var writer = MessagePackWriter(buffer: buffer)
        encode(to: &writer)
        return OutboundMessage(buffer: buffer)
    }

    private func encode(to writer: inout MessagePackWriter) {
        func begin(_ kind: EnvelopeKind, _ count: Int) {
            writer.writeArrayHeader(count: count + 1)
            writer.write(kind.rawValue)
        }
        switch self {
        case .cancel(let call):
            begin(.cancel, 1)
            writer.write(call)
        case .ping: begin(.ping, 0)
        case .pong: begin(.pong, 0)
        case .watch(let name, let incarnation):
            begin(.watch, 2)
            writer.write(name)
            writer.write(optional: incarnation)
        case .terminated(let name, let incarnation):
            begin(.terminated, 2)
            writer.write(name)
            writer.write(optional: incarnation)
        case .listing(let version, let entries):
            begin(.listing, 2)
            writer.write(version)
            writer.writeArrayHeader(count: entries.count)
            for entry in entries {
                writer.writeArrayHeader(count: 3)
                writer.write(entry.key)
                writer.write(entry.name)
                writer.write(optional: entry.incarnation)
            }
        case .hello(let hello): encode(hello, as: .hello, to: &writer)
        case .welcome(let hello): encode(hello, as: .welcome, to: &writer)
        case .refusal(let text):
            begin(.refusal, 1)
            writer.write(text)
        }
    }

    private func encode(
        _ hello: Handshake.Hello, as kind: EnvelopeKind, to writer: inout MessagePackWriter
    ) {
        writer.writeArrayHeader(count: 7)
        writer.write(kind.rawValue)
        writer.write(hello.protocolVersion)
        writer.write(hello.clusterID)
        writer.write(hello.peer.node.rawValue)
        writer.write(hello.peer.incarnation)
        writer.write(hello.lane.rawValue)
        if let endpoint = hello.peer.endpoint {
            writer.write(endpoint.rawValue)
        } else {
            writer.writeNil()
        }
    }
}

extension MessagePackWriter {
    func write(optional value: UInt64?) {
        if let value { write(value) } else { writeNil() }
    }
}
