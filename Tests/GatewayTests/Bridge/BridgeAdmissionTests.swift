import Gateway
import Primitives
import Testing

@Suite struct `The admission of bridge clients` {
    static let one = BridgeAdmission.Client.key("one")
    static let two = BridgeAdmission.Client.connection([0, 2])

    static func admission(
        _ change: (inout BridgeAdmission.Limits) -> Void = { _ in }
    ) -> BridgeAdmission {
        var limits = BridgeAdmission.Limits()
        change(&limits)
        return BridgeAdmission(limits)
    }

    @Test func `refuses a client that has too many requests, and no other`() {
        var admission = Self.admission { $0.clientRequestCount = 2 }
        #expect(admission.admitRequest(of: Self.one, byteCount: 10) == nil)
        #expect(admission.admitRequest(of: Self.one, byteCount: 10) == nil)
        #expect(admission.admitRequest(of: Self.one, byteCount: 10) != nil)
        #expect(admission.admitRequest(of: Self.two, byteCount: 10) == nil)
        admission.endRequest(of: Self.one, byteCount: 10)
        #expect(admission.admitRequest(of: Self.one, byteCount: 10) == nil)
    }

    @Test func `refuses everybody when the server is full`() {
        var admission = Self.admission { $0.requestByteCount = 100 }
        #expect(admission.admitRequest(of: Self.one, byteCount: 100) == nil)
        #expect(admission.admitRequest(of: Self.two, byteCount: 1) != nil)
    }

    @Test func `takes no more requests of a client that does not read`() {
        var admission = Self.admission { $0.clientReplyByteCount = 100 }
        #expect(admission.admitReply(to: Self.one, byteCount: 100) == true)
        #expect(admission.admitReply(to: Self.one, byteCount: 1) == false)
        #expect(admission.admitRequest(of: Self.one, byteCount: 1) != nil)
        #expect(admission.admitRequest(of: Self.two, byteCount: 1) == nil)
        admission.endReply(to: Self.one, byteCount: 100)
        #expect(admission.admitRequest(of: Self.one, byteCount: 1) == nil)
    }

    @Test func `forgets clients that have nothing under way`() {
        var admission = Self.admission()
        var generator = SeededGenerator(seed: 7)
        var requests: [(BridgeAdmission.Client, Int)] = []
        for number in 0..<10_000 {
            let client = BridgeAdmission.Client.connection([UInt8(number % 200)])
            let byteCount = Int.random(in: 0..<1_000, using: &generator)
            if admission.admitRequest(of: client, byteCount: byteCount) == nil {
                requests.append((client, byteCount))
            }
            if Bool.random(using: &generator),
                let index =
                    requests.indices.randomElement(using: &generator)
            {
                let (client, byteCount) = requests.remove(at: index)
                admission.endRequest(of: client, byteCount: byteCount)
            }
        }
        for (client, byteCount) in requests {
            admission.endRequest(of: client, byteCount: byteCount)
        }
        #expect(admission.total == BridgeAdmission.Usage())
        #expect(admission.clientCount == 0)
    }
}
