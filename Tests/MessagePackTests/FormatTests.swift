import MessagePack
import Testing

@Suite struct `The format` {
    @Test(arguments: try GoldenLine.lines(of: "values"))
    func `reads and writes golden bytes`(line: GoldenLine) throws {
        let value = try MessagePackValue(bytes: line.bytes)
        #expect(value.golden == line.meaning)
        #expect(value.bytes == line.bytes)
    }

    @Test(arguments: try GoldenLine.lines(of: "lenient"))
    func `reads longer forms than needed`(line: GoldenLine) throws {
        let value = try MessagePackValue(bytes: line.bytes)
        #expect(value.golden == line.meaning)
        #expect(value.bytes != line.bytes)
    }

    @Test(arguments: try GoldenLine.lines(of: "values") + GoldenLine.lines(of: "lenient"))
    func `means the same to libmsgpack`(line: GoldenLine) throws {
        let value = try MessagePackValue(bytes: line.bytes)
        #expect(Judge.unpack(line.bytes) == .value(value, byteCount: line.bytes.count))
    }

    @Test(arguments: try GoldenLine.lines(of: "rejected"))
    func `rejects bytes that are no value`(line: GoldenLine) {
        do throws(MessagePackError) {
            _ = try MessagePackValue(bytes: line.bytes)
            #expect(line.meaning == "accepted")
        } catch {
            #expect(error.name == line.meaning, "\(error)")
        }
    }

    @Test(arguments: try GoldenLine.lines(of: "rejected"))
    func `is passed over only if it is whole`(line: GoldenLine) {
        line.bytes.withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            do throws(MessagePackError) {
                try reader.skipValue()
                #expect(["accepted", "invalidUTF8"].contains(line.meaning))
            } catch {
                #expect(error.name == line.meaning, "\(error)")
            }
        }
    }

    @Test(arguments: try GoldenLine.lines(of: "values"))
    func `rejects every prefix of a value`(line: GoldenLine) {
        // Long values repeat one byte: their prefixes near both ends stand for all.
        let counts = Set(0..<min(40, line.bytes.count))
            .union(max(0, line.bytes.count - 10)..<line.bytes.count)
        for count in counts {
            let prefix = Array(line.bytes.prefix(count))
            #expect(throws: MessagePackError.self) { try MessagePackValue(bytes: prefix) }
            #expect(throws: MessagePackError.self) {
                try prefix.withUnsafeBytes { bytes in
                    var reader = MessagePackReader(bytes: bytes)
                    try reader.skipValue()
                }
            }
            #expect(throws: DecodingError.self) {
                try MessagePackDecoder().decode([String: [Float]].self, from: prefix)
            }
        }
    }

    @Test func `says where and why it rejects`() {
        #expect(throws: MessagePackError.truncated(offset: 1, needed: 5, remaining: 2)) {
            try MessagePackValue(bytes: [0x91, 0xce, 0x00])
        }
        #expect(throws: MessagePackError.trailingBytes(offset: 1, remaining: 2)) {
            try MessagePackValue(bytes: [0xc0, 0xc0, 0xc0])
        }
        #expect(
            throws: MessagePackError.countExceedsInput(
                offset: 0, count: 4_294_967_295, minimumByteCount: 4_294_967_295, remaining: 1)
        ) {
            try MessagePackValue(bytes: [0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0])
        }
        #expect(
            MessagePackError.typeMismatch(offset: 3, expected: .string, found: .map).description
                == "expected string at offset 3 and found map; "
                + "check that both sides agree on the message's fields")
    }
}
