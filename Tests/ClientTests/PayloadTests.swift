import Client
import Foundation
import Protocols
import Testing

@Suite struct `A payload` {
    struct Gloss: Codable, Equatable, Sendable {
        var word: String
        var senses: [Sense] = []
        var count = 0
        var weight: Float = 0.1
        var seenAt: Date? = nil
        var page: URL? = nil
        var bytes: Data? = nil
        var key: UUID? = nil
        var kind = Kind.noun
        var shape = Shape.flat
        var notes: [String: [Int]] = [:]
        var rest: JSONValue = .null
    }

    struct Sense: Codable, Equatable, Sendable {
        var text: String
        var rank: Int?
    }

    enum Kind: String, Codable, Sendable { case noun, verb }

    enum Shape: Codable, Equatable, Sendable {
        case flat
        case deep(level: Int)
    }

    private let full = Gloss(
        word: "sea", senses: [Sense(text: "water", rank: nil), Sense(text: "lot", rank: 2)],
        count: -3, weight: .greatestFiniteMagnitude,
        seenAt: Date(timeIntervalSince1970: 1_700_000_000.25),
        page: URL(string: "https://example.org/sea?a=1"), bytes: Data([0, 255]),
        key: UUID(uuidString: "0b0e0a7e-5f0a-4c53-9d5e-8f6f2f7a5d11"), kind: .verb,
        shape: .deep(level: 4), notes: ["a": [1, 2], "b": []], rest: .array([.bool(true), .null]))

    private func point<Value>(_ payload: Value, id: PointID = 7) -> TypedPoint<Value> {
        TypedPoint(id: id, vector: [1], payload: payload)
    }

    @Test func `comes back as it went, through the bytes of the store`() throws {
        for gloss in [full, Gloss(word: "")] {
            var stored = try Point(point(gloss))
            stored.payload = try Payload(encoded: stored.payload.encoded)
            #expect(try TypedPoint<Gloss>(stored) == point(gloss))
            let found = ScoredPoint(id: 7, score: 1, payload: stored.payload)
            #expect(try TypedScoredPoint<Gloss>(found).payload == gloss)
        }
    }

    @Test func `is what other languages expect of JSON`() throws {
        let payload = try Point(point(full)).payload
        #expect(payload["seenAt"] == .string("2023-11-14T22:13:20.250Z"))
        #expect(payload["bytes"] == .string("AP8="))
        #expect(payload["page"] == .string("https://example.org/sea?a=1"))
        #expect(payload["count"] == .integer(-3))
        #expect(
            payload["senses"]
                == .array([
                    .object(["text": .string("water")]),
                    .object(["text": .string("lot"), "rank": .integer(2)]),
                ]))
        #expect(payload["kind"] == .string("verb"))
    }

    @Test func `may be a dictionary`() throws {
        let payload: [String: [Double]] = ["a": [1, 2.5]]
        let stored = try Point(point(payload))
        #expect(stored.payload == ["a": .array([.number(1), .number(2.5)])])
        #expect(try TypedPoint<[String: [Double]]>(stored).payload == payload)
    }

    @Test func `of another language is read where it means the same`() throws {
        let payload: Payload = [
            "word": .string("x"), "senses": .array([]), "count": .number(3), "weight": .integer(2),
            "seenAt": .string("2026-01-31T12:00:00Z"), "kind": .string("noun"),
            "shape": .object(["flat": .object([:])]), "notes": .object([:]), "rest": .null,
            "unknown": .bool(true),
        ]
        let gloss = try TypedPoint<Gloss>(Point(id: 1, vector: [], payload: payload)).payload
        #expect(gloss.count == 3 && gloss.weight == 2)
        #expect(gloss.seenAt == Date(timeIntervalSince1970: 1_769_860_800))
    }

    // MARK: What does not fit

    private func failure(
        reading change: (inout Payload) -> Void, of id: PointID = 7
    ) throws -> PayloadError {
        var stored = try Point(point(full, id: id))
        change(&stored.payload)
        return try #require(throws: PayloadError.self) { try TypedPoint<Gloss>(stored) }
    }

    @Test func `that does not fit is refused by its point and its place`() throws {
        let wrong = try failure(
            reading: {
                $0["senses"] = .array([
                    .object(["text": .string("a")]), .object(["text": .integer(1)]),
                ])
            }, of: "word-7")
        #expect(wrong.point == "word-7" && wrong.path == "senses[1].text")
        #expect(wrong.direction == .decoding)
        #expect(wrong.description.contains("point word-7"))
        #expect(wrong.description.contains("senses[1].text: expected a string, found an integer"))
        let missing = try failure(reading: { $0["word"] = nil })
        #expect(missing.path == "word" && missing.point == 7)
        #expect(try failure(reading: { $0["seenAt"] = .string("soon") }).path == "seenAt")
        #expect(try failure(reading: { $0["count"] = .number(2.5) }).path == "count")
        #expect(
            try failure(reading: { $0["shape"] = .object(["deep": .null]) }).path == "shape.deep")
        #expect(try failure(reading: { $0["notes"] = .object(["a": .null]) }).path == "notes.a")
    }

    @Test func `that JSON cannot hold is refused before it is sent`() throws {
        func failure(_ payload: some Encodable) -> PayloadError? {
            #expect(throws: PayloadError.self) { try Point(point(payload, id: 9)) }
        }
        #expect(failure(["a": [1, Double.infinity]])?.path == "a[1]")
        #expect(failure(["n": UInt64.max])?.path == "n")
        for whole in [failure([1, 2]), failure("text"), failure(3)] {
            #expect(whole?.path == "" && whole?.point == 9)
            #expect(whole?.reason.contains("wrap it in a struct") == true)
        }
    }

    /// As deep as it is told to be.
    private final class Nested: Encodable {
        let inner: Nested?
        init(depth: Int) { inner = depth > 0 ? Nested(depth: depth - 1) : nil }
    }

    @Test func `may be as deep as the database allows and no deeper`() throws {
        #expect(try Point(point(Nested(depth: Payload.maxDepth - 1))).payload.encoded.count > 64)
        #expect(throws: PayloadError.self) { try Point(point(Nested(depth: 10_000))) }
    }
}
