import Foundation
import MessagePack
import Testing

@Suite struct `A Codable value` {
    struct Six: Codable, Equatable {
        var id: UInt64
        var name: String
        var score: Double
        var flag: Bool
        var count: Int
        var tag: String
    }

    @Test func `comes back as it was`() throws {
        let six = Six(
            id: 7, name: "twelve chars", score: 0.5, flag: true, count: -3, tag: "a tag")
        let buffer = try MessagePackEncoder().encode(six)
        #expect(try MessagePackDecoder().decode(Six.self, from: buffer) == six)
    }
}
