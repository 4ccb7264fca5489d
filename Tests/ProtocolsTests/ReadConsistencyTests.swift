import Foundation
import MessagePack
import Protocols
import Testing

@Suite struct `A read consistency` {
    private static let texts: [(String, ReadConsistency)] = [
        ("linearizable", .linearizable), ("local", .local),
        ("bounded:1ms", .bounded(staleness: .milliseconds(1))),
        ("bounded:1500ms", .bounded(staleness: .milliseconds(1_500))),
        ("bounded:3600000ms", .bounded(staleness: .seconds(3_600))),
    ]

    @Test(arguments: texts)
    func `is one text in every format`(text: String, consistency: ReadConsistency) throws {
        #expect(consistency.description == text)
        #expect(ReadConsistency(text) == consistency)
        let json = try JSONEncoder().encode([consistency])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([ReadConsistency].self, from: json) == [consistency])
        let writer = MessagePackWriter()
        var (hot, plain) = (writer, MessagePackWriter())
        consistency.encode(to: &hot)
        plain.write(text)
        #expect(hot.buffer.copiedBytes() == plain.buffer.copiedBytes())
    }

    @Test func `may be said in seconds`() {
        #expect(ReadConsistency("bounded:2s") == .bounded(staleness: .seconds(2)))
    }

    @Test(
        arguments: [
            "", "eventual", "Linearizable", "bounded", "bounded:", "bounded:ms", "bounded:0ms",
            "bounded:-1ms", "bounded:1.5s", "bounded:5", "bounded:5m", "bounded:3601s",
            "bounded:99999999999999999999ms", "bounded:٣ms", "bounded:1ms ",
        ])
    func `is refused when it is none`(text: String) {
        #expect(ReadConsistency(text) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([ReadConsistency].self, from: Data("[\"\(text)\"]".utf8))
        }
    }

    @Test func `rounds a staleness down, so that it is never staler than asked for`() {
        let consistency = ReadConsistency.bounded(staleness: .microseconds(2_900))
        #expect(consistency.description == "bounded:2ms")
    }

    @Test(arguments: [Duration.zero, .microseconds(999), .seconds(3_601)])
    func `of a staleness that cannot be had is refused`(staleness: Duration) throws {
        let error = #expect(throws: ServiceError.self) {
            try ReadConsistency.bounded(staleness: staleness).validate()
        }
        #expect(error?.code == .invalidArgument)
        try ReadConsistency.bounded(staleness: .seconds(1)).validate()
        try ReadConsistency.local.validate()
    }
}
