import Gateway
import MessagePack
import Protocols
import Testing

@Suite struct `A bridge request` {
    @Test func `has golden vectors`() {
        #expect(BridgeGolden.all(.request).count >= 48)
        #expect(BridgeGolden.all(.malformed).count >= 81)
    }

    @Test(arguments: BridgeGolden.all(.request))
    func `means the same in every language`(golden: BridgeGolden) throws {
        let request = try BridgeRequest.reading(golden.bytes)
        #expect(request.meaning.normalised == golden.meaning?.normalised)
    }

    @Test(arguments: BridgeGolden.all(.malformed))
    func `that is malformed is refused under its id`(golden: BridgeGolden) {
        let error = #expect(throws: BridgeRejection.self) {
            try BridgeRequest.reading(golden.bytes)
        }
        #expect(error?.error.code == golden.code)
        #expect(error?.id == golden.id.map(BridgeRequestID.number))
        #expect(error?.error.isRetryable == false)
    }

    @Test(arguments: BridgeGolden.all(.request))
    func `is refused when anything of it is missing`(golden: BridgeGolden) {
        for count in 0..<golden.bytes.count {
            #expect(throws: BridgeRejection.self) {
                try BridgeRequest.reading(Array(golden.bytes[..<count]))
            }
        }
    }

    @Test(arguments: BridgeGolden.all(.request))
    func `tells its id at a glance`(golden: BridgeGolden) throws {
        let request = try BridgeRequest.reading(golden.bytes)
        golden.bytes.withUnsafeBytes { bytes in
            #expect(BridgeRequestID(peekingAt: bytes) == request.id)
        }
    }

    @Test func `with too many ids is too large`() {
        let writer = MessagePackWriter()
        writer.writeMapHeader(count: 5)
        writer.writeKey("v")
        writer.write(1)
        writer.writeKey("id")
        writer.write(9)
        writer.writeKey("op")
        writer.writeKey("get")
        writer.writeKey("collection")
        writer.writeKey("docs")
        writer.writeKey("ids")
        writer.writeArrayHeader(count: UpsertRequest.maxPointCount + 1)
        for id in 0...UpsertRequest.maxPointCount { writer.write(id) }
        let error = #expect(throws: BridgeRejection.self) {
            try BridgeRequest.reading(writer.buffer.copiedBytes())
        }
        #expect(error?.error.code == .tooLarge)
        #expect(error?.id == .number(9))
    }

    @Test func `with a payload that is too large is refused before it is read`() {
        let writer = MessagePackWriter()
        writer.writeMapHeader(count: 7)
        writer.writeKey("v")
        writer.write(1)
        writer.writeKey("id")
        writer.write(9)
        writer.writeKey("op")
        writer.writeKey("upsert")
        writer.writeKey("collection")
        writer.writeKey("docs")
        writer.writeKey("ids")
        writer.writeArrayHeader(count: 1)
        writer.write(1)
        writer.writeKey("vectors")
        writer.write([1] as [Float])
        writer.writeKey("payloads")
        writer.writeArrayHeader(count: 1)
        writer.writeMapHeader(count: 1)
        writer.writeKey("text")
        writer.write(String(repeating: "x", count: UpsertRequest.maxPayloadByteCount))
        let error = #expect(throws: BridgeRejection.self) {
            try BridgeRequest.reading(writer.buffer.copiedBytes())
        }
        #expect(error?.error.code == .tooLarge)
    }
}
