import Actors
import MessagePack
import Protocols

/// A field of a request: its name, and what writes its value.
struct BridgeField {
    let name: StaticString
    let write: (inout MessagePackWriter) -> Void

    /// The version of the protocol.
    static let version = 1
    /// The largest request.
    static let maxRequestByteCount = 32 << 20
    /// The longest deadline that a request may have, in milliseconds.
    private static let maxDeadline = 600_000

    init(_ name: StaticString, _ write: @escaping (inout MessagePackWriter) -> Void) {
        self.name = name
        self.write = write
    }

    init(_ name: StaticString, _ text: String) { self.init(name) { $0.write(text) } }
    init(_ name: StaticString, _ number: Int) { self.init(name) { $0.write(number) } }

    init(ids: [PointID]) {
        self.init("ids") { writer in
            writer.writeArrayHeader(count: ids.count)
            for id in ids { writer.write(id) }
        }
    }

    init(_ consistency: ReadConsistency) {
        self.init("consistency") { writer in
            guard case .bounded(let staleness) = consistency else {
                return writer.write(consistency.description)
            }
            writer.writeMapHeader(count: 1)
            writer.writeKey("bounded_ms")
            writer.write(Int(staleness / .milliseconds(1)))
        }
    }

    /// The bytes of a request; its deadline is what its task has left.
    static func request(
        _ op: StaticString, _ number: UInt64, _ key: Secret?, _ fields: [BridgeField]
    ) -> MessageBuffer {
        let buffer = MessageBuffer()
        var writer = MessagePackWriter(buffer: buffer)
        let deadline = Deadline.current.map { $0.remaining / .milliseconds(1) }
        writer.writeMapHeader(
            count: 3 + (deadline == nil ? 0 : 1) + (key == nil ? 0 : 1) + fields.count)
        writer.writeKey("v")
        writer.write(version)
        writer.writeKey("id")
        writer.write(number)
        writer.writeKey("op")
        writer.write(op)
        if let deadline {
            writer.writeKey("deadline_ms")
            writer.write(min(max(Int(min(deadline, Double(maxDeadline))), 1), maxDeadline))
        }
        if let key {
            writer.writeKey("key")
            writer.write(key.value)
        }
        for field in fields {
            writer.writeKey(field.name)
            field.write(&writer)
        }
        return buffer
    }
}

extension [BridgeField] {
    mutating func add(_ parts: PointParts, _ consistency: ReadConsistency) {
        append(.init("with_payload") { $0.write(parts.contains(.payload)) })
        append(.init("with_vector") { $0.write(parts.contains(.vector)) })
        append(.init(consistency))
    }

    mutating func add(_ name: WriteName?) {
        guard let name else { return }
        append(.init("session") { $0.write(name.session.bytes) })
        append(.init("sequence") { $0.write(name.sequence) })
        append(.init("acknowledged") { $0.write(name.acknowledged) })
    }

    mutating func addEffort(_ efSearch: Int?, _ recall: Double?) {
        if let efSearch { append(.init("ef_search", efSearch)) }
        if let recall { append(.init("recall") { $0.write(recall) }) }
    }
}
