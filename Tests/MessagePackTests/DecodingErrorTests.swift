import Foundation
import MessagePack
import Testing

@Suite struct `A decoder` {
    struct Outer: Codable {
        var items: [Inner]
    }

    struct Inner: Codable {
        var small: Int8
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ value: MessagePackValue
    ) throws -> Value {
        try MessagePackDecoder().decode(type, from: value.bytes)
    }

    private func outer(_ inner: [MessagePackValue.Pair]) -> MessagePackValue {
        .map([.init(.string("items"), .array([.map(inner)]))])
    }

    private func path(_ context: DecodingError.Context?) -> [String]? {
        context?.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
    }

    @Test func `says which key is missing and where`() throws {
        do {
            _ = try decode(Outer.self, outer([]))
            Issue.record("a map without the key was accepted")
        } catch DecodingError.keyNotFound(let key, let context) {
            #expect(key.stringValue == "small")
            #expect(path(context) == ["items", "0"])
        }
    }

    @Test func `says which integer does not fit and where`() throws {
        do {
            _ = try decode(Outer.self, outer([.init(.string("small"), .integer(128))]))
            Issue.record("128 was accepted as Int8")
        } catch DecodingError.dataCorrupted(let context) {
            #expect(path(context) == ["items", "0", "small"])
            #expect(
                context.underlyingError as? MessagePackError
                    == .integerOutOfRange(offset: 15, found: 128, minimum: -128, maximum: 127))
        }
    }

    @Test func `tells nil and other kinds apart from values`() throws {
        #expect {
            try decode(Outer.self, outer([.init(.string("small"), .nil)]))
        } throws: {
            if case DecodingError.valueNotFound = $0 { true } else { false }
        }
        #expect {
            try decode(Outer.self, outer([.init(.string("small"), .string("1"))]))
        } throws: {
            if case DecodingError.typeMismatch = $0 { true } else { false }
        }
        #expect {
            try decode(Outer.self, .array([]))
        } throws: {
            if case DecodingError.typeMismatch = $0 { true } else { false }
        }
    }

    @Test func `rejects text that is not UTF-8`() {
        #expect(throws: DecodingError.self) {
            try MessagePackDecoder().decode(String.self, from: [0xa1, 0xff])
        }
        #expect(throws: DecodingError.self) {
            try MessagePackDecoder()
                .decode([String: String].self, from: [0x81, 0xa1, 0x61, 0xa1, 0xff])
        }
    }

    @Test func `rejects bytes behind the value and leaves them to a reader`() throws {
        #expect(throws: DecodingError.self) {
            try MessagePackDecoder().decode(Int.self, from: [1, 2])
        }
        try ([0x91, 1, 2] as [UInt8]).withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            let array = try MessagePackDecoder().decode([Int].self, from: &reader)
            let integer = try MessagePackDecoder().decode(Int.self, from: &reader)
            #expect(array == [1] && integer == 2 && reader.isAtEnd)
        }
    }

    @Test func `passes over what a type does not read`() throws {
        struct Lazy: Decodable {
            init(from decoder: any Decoder) throws {}
        }
        struct First: Decodable {
            let first: Int
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                first = try container.decode(Int.self)
            }
        }
        let array = MessagePackValue.array([
            .array([.integer(1), .string("x"), .map([.init(.nil, .nil)])]),
            .array([.integer(2), .array([])]),
        ])
        #expect(try decode([First].self, array).map(\.first) == [1, 2])
        #expect(try decode([Lazy].self, array).count == 2)
    }

    @Test(
        arguments: [
            [0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0], [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa0, 0xc0],
            [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61], [0xc6, 0xff, 0xff, 0xff, 0xff, 0x61],
        ] as [[UInt8]])
    func `believes no length that the bytes cannot hold`(bytes: [UInt8]) {
        func check<Value: Decodable>(_ type: Value.Type) {
            #expect(throws: DecodingError.self) {
                try MessagePackDecoder().decode(type, from: bytes)
            }
        }
        check([Int].self)
        check([[Float]].self)
        check([Float].self)
        check([UInt8].self)
        check(Data.self)
        check(String.self)
        check([String: Int].self)
        check([Int: String].self)
        check(Set<Int>.self)
        check(Outer.self)
    }

    /// An array of itself.
    struct Nest: Codable {
        var inner: [Nest]

        init(depth: Int) {
            inner = depth == 0 ? [] : [Nest(depth: depth - 1)]
        }

        init(from decoder: any Decoder) throws {
            inner = try decoder.singleValueContainer().decode([Nest].self)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(inner)
        }
    }

    /// A map of itself, by nested containers.
    struct Chain: Codable {
        enum Key: CodingKey { case next }
        var depth = 0

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            for _ in 0..<depth {
                container = container.nestedContainer(keyedBy: Key.self, forKey: .next)
            }
        }

        init(depth: Int) { self.depth = depth }

        init(from decoder: any Decoder) throws {
            var container = try decoder.container(keyedBy: Key.self)
            while container.contains(.next) {
                container = try container.nestedContainer(keyedBy: Key.self, forKey: .next)
                depth += 1
            }
        }
    }

    @Test func `bounds the depth in both directions`() throws {
        let deep = [UInt8](repeating: 0x91, count: 100_000) + [0xc0]
        #expect(throws: DecodingError.self) {
            try MessagePackDecoder().decode(Nest.self, from: deep)
        }
        #expect(throws: EncodingError.self) {
            try MessagePackEncoder().encode(Nest(depth: 1_000))
        }
        #expect(throws: EncodingError.self) {
            try MessagePackEncoder().encode(Chain(depth: 200_000))
        }
        let nest = try MessagePackEncoder().encode(Nest(depth: 127))
        #expect(nest.count == 128)
        _ = try MessagePackDecoder().decode(Nest.self, from: nest)
        let chain = try MessagePackEncoder().encode(Chain(depth: 127))
        #expect(try MessagePackDecoder().decode(Chain.self, from: chain).depth == 127)
    }

    @Test func `reads the deepest message on a small stack`() async throws {
        let bytes = try MessagePackEncoder().encode(Nest(depth: 127)).copiedBytes()
        let error: (any Error)? = await withCheckedContinuation { continuation in
            let thread = Thread {
                do {
                    _ = try MessagePackDecoder().decode(Nest.self, from: bytes)
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error)
                }
            }
            thread.stackSize = 512 * 1_024
            thread.start()
        }
        #expect(error == nil)
    }

    @Test func `cannot be used after it returned`() throws {
        struct Escaping: Decodable {
            let decoder: any Decoder
            let container: KeyedDecodingContainer<Key>
            enum Key: CodingKey { case a }
            init(from decoder: any Decoder) throws {
                self.decoder = decoder
                container = try decoder.container(keyedBy: Key.self)
            }
        }
        let escaped = try MessagePackDecoder().decode(Escaping.self, from: [0x81, 0xa1, 0x61, 1])
        #expect(throws: DecodingError.self) {
            try escaped.decoder.singleValueContainer().decode(Int.self)
        }
        #expect(throws: DecodingError.self) { try escaped.container.decode(Int.self, forKey: .a) }
        #expect(escaped.container.allKeys.isEmpty)
    }
}
