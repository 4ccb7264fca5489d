import Protocols
import Testing

@Suite struct `A payload` {
    private let payload: Payload = [
        "null": .null, "yes": .bool(true), "n": .integer(-3), "x": .number(2),
        "text": .string("Grüße"), "list": .array([.integer(1), .string("a")]),
        "object": .object(["b": .integer(.max), "a": .number(0.5)]),
    ]

    @Test func `comes back as it was stored, numbers as numbers`() throws {
        #expect(try Payload(encoded: payload.encoded) == payload)
        #expect(try Payload(encoded: Payload().encoded) == [:])
    }

    @Test func `has its keys in order`() {
        let bytes = Payload(
            uniqueKeysWithValues: ["c", "a", "b"].map { ($0, JSONValue.null) }
        ).encoded
        #expect(bytes == [0x83, 0xa1, 0x61, 0xc0, 0xa1, 0x62, 0xc0, 0xa1, 0x63, 0xc0])
    }

    @Test func `is not read from other bytes`() {
        for bytes: [UInt8] in [[], [0x01], [0x81, 0xa1], [0x80, 0x80], [0x81, 0xa1, 0x61, 0xc4]] {
            #expect(throws: (any Error).self) { try Payload(encoded: bytes) }
        }
    }

    @Test func `must be JSON and not too deep`() {
        #expect(payload.defect == nil)
        #expect(["x": JSONValue.number(.nan)].defect?.contains("JSON number") == true)
        var value = JSONValue.null
        for _ in 0..<63 { value = .array([value]) }
        #expect(["x": value].defect == nil)
        #expect(["x": JSONValue.array([value])].defect?.contains("levels deep") == true)
    }
}
