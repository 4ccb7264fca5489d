internal import MessagePack

/// What stands before the arguments of a request.
struct RequestHeader: Sendable {
    var call: CallID
    var name: String
    var incarnation: Incarnation?
    var target: String
    /// What is left until the deadline; nil if there is none.
    var timeout: Duration?
    /// The tracing context, as the instrument wrote it.
    var context: [String: String]
    /// The mangled names of the types that stand for the target's generic parameters.
    var substitutions: [String]
    var argumentCount: Int

    /// The longest target name, in bytes.
    static let maxTargetByteCount = 1_024
    /// The most types, arguments or tracing entries of one call.
    static let maxElementCount = 64

    func encode(to writer: inout MessagePackWriter) {
        writer.writeArrayHeader(count: 9)
        writer.write(EnvelopeKind.request.rawValue)
        writer.write(call)
        writer.write(name)
        writer.write(optional: incarnation)
        writer.write(target)
        writer.write(optional: timeout.map(\.wholeMicroseconds))
        if context.isEmpty {
            writer.writeNil()
        } else {
            writer.writeMapHeader(count: context.count)
            for (key, value) in context.sorted(by: { $0.key < $1.key }) {
                writer.write(key)
                writer.write(value)
            }
        }
        writer.writeArrayHeader(count: substitutions.count)
        for substitution in substitutions { writer.write(substitution) }
        writer.writeArrayHeader(count: argumentCount)
    }

    /// Reads what follows the kind, up to the first argument.
    init(from reader: inout MessagePackReader) throws(MessagePackError) {
        call = try reader.readInteger(UInt64.self)
        name = try reader.readString()
        incarnation = try reader.readOptionalUInt64()
        target = try reader.readString()
        timeout = try reader.readOptionalUInt64().map { .microseconds(Int64(clamping: $0)) }
        context = [:]
        if !reader.readIfNil() {
            for _ in 0..<(try Self.bounded(reader.readMapHeader(), at: reader.offset)) {
                let key = try reader.readString()
                context[key] = try reader.readString()
            }
        }
        substitutions = []
        for _ in 0..<(try Self.bounded(reader.readArrayHeader(), at: reader.offset)) {
            substitutions.append(try reader.readString())
        }
        argumentCount = try Self.bounded(reader.readArrayHeader(), at: reader.offset)
        guard target.utf8.count <= Self.maxTargetByteCount,
            name.utf8.count <= ActorID.maxNameByteCount
        else { throw .invalidValue(reason: "a name that is too long", offset: reader.offset) }
    }

    init(
        call: CallID, name: String, incarnation: Incarnation?, target: String, timeout: Duration?,
        context: [String: String], substitutions: [String], argumentCount: Int
    ) {
        self.call = call
        self.name = name
        self.incarnation = incarnation
        self.target = target
        self.timeout = timeout
        self.context = context
        self.substitutions = substitutions
        self.argumentCount = argumentCount
    }

    private static func bounded(_ count: Int, at offset: Int) throws(MessagePackError) -> Int {
        guard count <= maxElementCount else {
            throw .invalidValue(
                reason: "\(count) elements where \(maxElementCount) is the limit", offset: offset)
        }
        return count
    }
}

extension Duration {
    /// Rounded down; 0 if it is negative.
    var wholeMicroseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) &* 1_000_000 &+ UInt64(attoseconds / 1_000_000_000_000)
    }
}
