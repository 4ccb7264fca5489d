import Foundation
import MessagePack
import Testing

@Suite struct `A directly coded type` {
    struct Plain: Codable {
        var id: UInt64
        var vector: [Float]
        var text: String?
    }

    struct Direct: MessagePackCodable, Codable, Equatable {
        var id: UInt64
        var vector: [Float]
        var text: String?

        init(id: UInt64, vector: [Float], text: String? = nil) {
            self.id = id
            self.vector = vector
            self.text = text
        }

        func encode(to writer: inout MessagePackWriter) {
            writer.writeMapHeader(count: text == nil ? 2 : 3)
            writer.writeKey("id")
            writer.write(id)
            writer.writeKey("vector")
            writer.write(vector)
            if let text {
                writer.writeKey("text")
                writer.write(text)
            }
        }

        init(from reader: inout MessagePackReader) throws(MessagePackError) {
            let start = reader.offset
            var id: UInt64?
            var vector: [Float]?
            for _ in 0..<(try reader.readMapHeader()) {
                if reader.readKey("id") {
                    id = try reader.readInteger()
                } else if reader.readKey("vector") {
                    vector = try reader.readFloats()
                } else if reader.readKey("text") {
                    text = reader.readIfNil() ? nil : try reader.readString()
                } else {
                    try reader.skipField()
                }
            }
            self.id = try reader.require(id, "id", from: start)
            self.vector = try reader.require(vector, "vector", from: start)
        }

        func encode(to encoder: any Encoder) throws {
            Issue.record("the direct form was not used")
        }

        init(from decoder: any Decoder) throws {
            Issue.record("the direct form was not used")
            throw CancellationError()
        }
    }

    private func encode(_ value: some Encodable) throws -> [UInt8] {
        try MessagePackEncoder().encode(value).copiedBytes()
    }

    @Test func `has the bytes of its Codable form`() throws {
        for text in [nil, "hi"] {
            let direct = Direct(id: 7, vector: [1, 2], text: text)
            let plain = Plain(id: 7, vector: [1, 2], text: text)
            #expect(try encode(direct) == encode(plain))
            #expect(try MessagePackDecoder().decode(Direct.self, from: encode(plain)) == direct)
            let read = try MessagePackDecoder().decode(Plain.self, from: encode(direct))
            #expect(read.id == 7 && read.vector == [1, 2] && read.text == text)
        }
        let golden = try GoldenLine.lines(of: "codable")[0]
        #expect(try encode(Direct(id: 7, vector: [1, 2])) == golden.bytes)
    }

    @Test func `is found wherever it is nested`() throws {
        struct Holder: Codable, Equatable {
            var one: Direct
            var many: [Direct]
            var maybe: Direct?
            var nothing: Direct?
            var byName: [String: Direct]
            var nested: [[Direct?]]
        }
        let direct = Direct(id: 1, vector: [0.5])
        let holder = Holder(
            one: direct, many: [direct, direct], maybe: direct, nothing: nil,
            byName: ["x": direct], nested: [[direct, nil], []])
        let decoded = try MessagePackDecoder().decode(Holder.self, from: encode(holder))
        #expect(decoded == holder)
    }

    @Test func `reads its keys in any order and form`() throws {
        let bytes: [UInt8] =
            [0x84, 0xd9, 4] + Array("text".utf8) + [0xc0]
            + [0xa3] + Array("new".utf8) + [0x91, 0xc0]
            + [0xda, 0, 6] + Array("vector".utf8) + [0xc4, 0]
            + [0xdb, 0, 0, 0, 2] + Array("id".utf8) + [0xcd, 0, 7]
        #expect(
            try MessagePackDecoder().decode(Direct.self, from: bytes) == Direct(id: 7, vector: []))
    }

    @Test func `names the field that is missing`() throws {
        do {
            let bytes: [UInt8] = [0x91, 0x81, 0xa2, 0x69, 0x64, 7]
            _ = try MessagePackDecoder().decode([Direct].self, from: bytes)
            Issue.record("a point without a vector was accepted")
        } catch DecodingError.dataCorrupted(let context) {
            #expect(
                context.underlyingError as? MessagePackError
                    == .missingField(name: "vector", offset: 1))
        }
    }

    @Test func `never stops the process on any bytes`() throws {
        var random = XorShift(seed: 0x5eed)
        let bytes = try encode([Direct(id: 7, vector: [1, 2], text: "hello")])
        for _ in 0..<5_000 {
            var mutant = bytes
            for _ in 0..<2 {
                mutant[Int.random(in: 0..<mutant.count, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            // Whether it is accepted is not the question here: it must come back.
            _ = try? MessagePackDecoder().decode([Direct].self, from: mutant)
        }
    }

    @Test func `may be found by many threads at once`() async throws {
        struct A: Codable, Equatable { var x = 1 }
        struct B<Inner: Codable & Equatable>: Codable, Equatable { var inner: [Inner] }
        let bytes = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var last: [UInt8] = []
                    for _ in 0..<200 {
                        let value = B(inner: [B(inner: [A()]), B(inner: [A(), A()])])
                        last = try MessagePackEncoder().encode(value).copiedBytes()
                        let back = try MessagePackDecoder().decode(B<B<A>>.self, from: last)
                        #expect(back == value)
                    }
                    return last
                }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(bytes.count == 1)
    }
}
