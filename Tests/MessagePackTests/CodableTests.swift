import Foundation
import MessagePack
import Testing

@Suite struct `A Codable value` {
    struct Point: Codable, Equatable {
        var id: UInt64
        var vector: [Float]
        var text: String?
    }

    enum Shape: Codable, Equatable {
        case point
        case circle(radius: Double)
        case poly([Float], closed: Bool)
    }

    struct Empty: Codable, Equatable {}

    class Base: Codable {
        var base = 1
    }

    final class Derived: Base {
        var derived = 2

        private enum CodingKeys: CodingKey { case derived }

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            derived = try container.decode(Int.self, forKey: .derived)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try super.encode(to: container.superEncoder())
            try container.encode(derived, forKey: .derived)
        }
    }

    /// Fills two nested containers in turns.
    struct Interleaved: Encodable {
        enum Key: CodingKey { case x }

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.unkeyedContainer()
            var map = outer.nestedContainer(keyedBy: Key.self)
            var array = outer.nestedUnkeyedContainer()
            try array.encode(2)
            try map.encode(1, forKey: .x)
            try array.encode(3)
        }
    }

    private func golden(_ meaning: String) throws -> [UInt8] {
        try #require(GoldenLine.lines(of: "codable").first { $0.meaning == meaning }).bytes
    }

    private func encode(_ value: some Encodable) throws -> [UInt8] {
        try MessagePackEncoder().encode(value).copiedBytes()
    }

    /// Checks the bytes of `value` and that they are read as it.
    private func check<Value: Codable & Equatable>(_ value: Value, _ meaning: String) throws {
        let bytes = try golden(meaning)
        #expect(try encode(value) == bytes, "\(meaning)")
        #expect(try MessagePackDecoder().decode(Value.self, from: bytes) == value, "\(meaning)")
        for count in 0..<bytes.count {
            #expect(throws: DecodingError.self, "\(meaning)") {
                try MessagePackDecoder().decode(Value.self, from: Array(bytes.prefix(count)))
            }
        }
    }

    @Test func `has golden bytes`() throws {
        try check(Point(id: 7, vector: [1, 2]), "point: id 7, vector [1, 2]")
        try check(
            Point(id: 7, vector: [], text: "hi"), "point: id 7, no vector, text \"hi\"")
        try check([1, 2], "array of integers")
        try check([[1], []] as [[Float]], "array of vectors")
        try check([5: true], "dictionary by integer")
        try check(Int?.none, "nothing")
        try check([1, nil], "array with a nil")
        try check(Shape.point, "enum without values")
        try check(Shape.circle(radius: 2), "enum with a value")
        try check(Shape.poly([1], closed: true), "enum with two values")
        try check(Empty(), "empty struct")
        let table = ["a": 1, "b": 2]
        #expect(
            try MessagePackDecoder()
                .decode([String: Int].self, from: golden("dictionary by string, sorted")) == table)
        #expect(
            try MessagePackDecoder().decode([String: Int].self, from: encode(table)) == table)
    }

    @Test func `of a subclass keeps what its superclass wrote`() throws {
        let bytes = try encode(Derived())
        #expect(try bytes == golden("subclass"))
        let derived = try MessagePackDecoder().decode(Derived.self, from: bytes)
        #expect(derived.base == 1 && derived.derived == 2)
    }

    @Test func `may fill nested containers in any order`() throws {
        #expect(try encode(Interleaved()) == golden("nested, written out of order"))
    }

    @Test(arguments: [0, 1, 15, 16, 17, 255, 65_535, 65_536, 70_000])
    func `has the smallest header for its count`(count: Int) throws {
        let array = (0..<count).map { Optional($0) }
        let writer = MessagePackWriter()
        writer.writeArrayHeader(count: count)
        for element in 0..<count { writer.write(element) }
        let bytes = try encode(array)
        #expect(bytes == writer.buffer.copiedBytes())
        #expect(try MessagePackDecoder().decode([Int?].self, from: bytes) == array)
        let table = Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, $0) })
        let tableBytes = try encode(table)
        #expect(
            tableBytes.prefix(1)
                == [count < 16 ? UInt8(0x80 + count) : count < 65_536 ? 0xde : 0xdf])
        #expect(try MessagePackDecoder().decode([Int: Int].self, from: tableBytes) == table)
    }

    /// Opens nested containers before and after the outer header grows.
    struct ManyNested: Encodable {
        let count: Int

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.unkeyedContainer()
            for index in 0..<count {
                var inner = outer.nestedUnkeyedContainer()
                try inner.encode(index)
                try outer.encode(index)
            }
        }
    }

    @Test func `may hold many nested containers`() throws {
        let expected = MessagePackWriter()
        expected.writeArrayHeader(count: 40)
        for index in 0..<20 {
            expected.writeArrayHeader(count: 1)
            expected.write(index)
            expected.write(index)
        }
        #expect(try encode(ManyNested(count: 20)) == expected.buffer.copiedBytes())
    }

    @Test func `has vectors and bytes as binary wherever they are`() throws {
        struct Holder: Codable, Equatable {
            var vectors: [[Float]]
            var optional: [Float]?
            var byName: [String: [Float]]
            var bytes: [UInt8]
            var data: Data
            var manyData: [Data?]
        }
        let holder = Holder(
            vectors: [[1], [2, 3]], optional: [4], byName: ["x": [5]], bytes: [6],
            data: Data([7]), manyData: [Data([8]), nil])
        let bytes = try encode(holder)
        let value = try MessagePackValue(bytes: bytes)
        let vectors: [MessagePackValue] = [
            .binary([0, 0, 0x80, 0x3f]), .binary([0, 0, 0, 0x40, 0, 0, 0x40, 0x40]),
        ]
        #expect(value["vectors"] == .array(vectors))
        #expect(value["optional"] == .binary([0, 0, 0x80, 0x40]))
        #expect(value["byName"]?["x"] == .binary([0, 0, 0xa0, 0x40]))
        #expect(value["bytes"] == .binary([6]))
        #expect(value["data"] == .binary([7]))
        #expect(value["manyData"] == .array([.binary([8]), .nil]))
        #expect(try MessagePackDecoder().decode(Holder.self, from: bytes) == holder)
    }

    @Test func `of the standard library and Foundation comes back`() throws {
        func check<Value: Codable & Equatable>(_ value: Value) throws {
            let bytes = try encode(value)
            #expect(try MessagePackDecoder().decode(Value.self, from: bytes) == value)
        }
        try check(UUID())
        try check(Date(timeIntervalSinceReferenceDate: 1.5))
        try check(URL(string: "https://example.org/x?y=1"))
        try check(Set([1, 2, 3]))
        try check(1...5)
        try check(["a", "é", "水", ""])
        try check([UUID(): 1.5])
        try check(Duration.milliseconds(15))
        try check([Int64.min, 0, Int64.max])
        try check([UInt64.max])
        try check([Double.infinity, -0.0, Double.leastNonzeroMagnitude])
        try check([[["deep"]], []])
        try check(["x": ["y": ["z": true]]])
    }

    @Test func `ignores keys that it does not know`() throws {
        let bytes = MessagePackValue.map([
            .init(.string("unknown"), .array([.map([.init(.nil, .binary([1]))])])),
            .init(.integer(5), .bool(true)),
            .init(.string("vector"), .binary([])),
            .init(.string("text"), .nil),
            .init(.string("id"), .integer(9)),
            .init(.string("more"), .nil),
        ]).bytes
        let point = try MessagePackDecoder().decode(Point.self, from: bytes)
        #expect(point == Point(id: 9, vector: []))
    }

    @Test func `reads vectors that are arrays of numbers`() throws {
        let bytes = MessagePackValue.array([.integer(1), .double(2.5), .float(-3)]).bytes
        #expect(try MessagePackDecoder().decode([Float].self, from: bytes) == [1, 2.5, -3])
    }

    @Test func `leaves nothing behind, nested or not`() throws {
        final class Token: Sendable {}
        weak var seen: Token?
        func code(_ value: some Codable) throws {
            let token = Token()
            seen = token
            let bytes = try MessagePackEncoder(userInfo: [.answer: token]).encode(value)
            _ = try MessagePackDecoder(userInfo: [.answer: token])
                .decode(type(of: value), from: bytes)
        }
        try code([Shape.poly([1], closed: true), .circle(radius: 2)])
        #expect(seen == nil)
        try code([[Point(id: 1, vector: [])], [Point(id: 2, vector: [])]])
        #expect(seen == nil)
        try code(Derived())
        #expect(seen == nil)
    }

    @Test func `hands userInfo to its types, at any depth`() throws {
        struct Curious: Codable {
            init() {}

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(encoder.userInfo[.answer] as? Int)
            }

            init(from decoder: any Decoder) throws {
                #expect(decoder.userInfo[.answer] as? Int == 42)
            }
        }
        let bytes = try MessagePackEncoder(userInfo: [.answer: 42]).encode([[Curious()]])
            .copiedBytes()
        #expect(bytes == [0x91, 0x91, 42])
        _ = try MessagePackDecoder(userInfo: [.answer: 42]).decode([[Curious]].self, from: bytes)
    }
}

extension CodingUserInfoKey {
    fileprivate static let answer = CodingUserInfoKey(rawValue: "answer")!
}
