public import MessagePack
import Testing

extension MessagePackValue: ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByUnicodeScalarLiteral,
    ExpressibleByExtendedGraphemeClusterLiteral
{
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Nil.
    public init(nilLiteral: ()) { self = .nil }
    /// An array.
    public init(arrayLiteral elements: MessagePackValue...) { self = .array(elements) }

    /// The bytes that the writer makes of the value.
    var bytes: [UInt8] {
        var writer = MessagePackWriter()
        encode(to: &writer)
        return writer.buffer.copiedBytes()
    }

    /// All values that stand one after the other in `bytes`.
    static func all(in bytes: [UInt8]) throws -> [MessagePackValue] {
        try bytes.withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes, attachments: [])
            var values: [MessagePackValue] = []
            while !reader.isAtEnd { values.append(try MessagePackValue(from: &reader)) }
            // Whatever the nodes write is in its smallest form.
            #expect(values.flatMap(\.bytes) == Array(bytes))
            return values
        }
    }

    subscript(index: Int) -> MessagePackValue {
        guard case .array(let elements) = self, index < elements.count else { return .nil }
        return elements[index]
    }
}

/// The envelopes that a test writes by hand; `Envelope.swift` has their table.
enum Raw {
    static func hello(
        node: String = "raw", cluster: String = "test", version: Int64 = 1,
        incarnation: Int64 = 5, lane: Int64 = 0
    ) -> MessagePackValue {
        [
            16, .integer(version), .string(cluster), .string(node), .integer(incarnation),
            .integer(lane), nil,
        ]
    }

    static func welcome(
        node: String, version: Int64 = 1, incarnation: Int64 = 5, lane: Int64
    ) -> MessagePackValue {
        [17, .integer(version), "test", .string(node), .integer(incarnation), .integer(lane), nil]
    }

    static func request(
        _ call: Int64, actor: String = "clerk", target: String,
        substitutions: [String] = [], arguments: [MessagePackValue] = []
    ) -> MessagePackValue {
        [
            1, .integer(call), .string(actor), nil, .string(target), 10_000_000, nil,
            .array(substitutions.map { .string($0) }), .array(arguments),
        ]
    }
}
