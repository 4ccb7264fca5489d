import Gateway
import Primitives
import Protocols
import Testing

@Suite struct `Bytes that are no bridge request` {
    /// What makes the reader look at the values behind it: version, id and operation of an upsert.
    static let head: [UInt8] =
        [0x85, 0xa1, 0x76, 0x01, 0xa2, 0x69, 0x64, 0x07, 0xa2, 0x6f, 0x70, 0xa6]
        + Array("upsert".utf8) + [0xaa] + Array("collection".utf8) + [0xa1, 0x63]
        + [0xa3] + Array("ids".utf8)

    @Test(
        arguments: [
            [0xdf, 0xff, 0xff, 0xff, 0xff], [0xdd, 0xff, 0xff, 0xff, 0xff],
            [0xdb, 0xff, 0xff, 0xff, 0xff], [0xc6, 0xff, 0xff, 0xff, 0xff],
            [0xc9, 0xff, 0xff, 0xff, 0xff, 0x01], [0xde, 0xff, 0xff], [0xdc, 0xff, 0xff],
        ] as [[UInt8]])
    func `do not get the memory that their headers claim`(header: [UInt8]) {
        #expect(throws: BridgeRejection.self) { try BridgeRequest.reading(header) }
        #expect(throws: BridgeRejection.self) { try BridgeRequest.reading(Self.head + header) }
        // Far more than four gigabytes in all, if each were believed.
        let many = Array(repeating: header, count: 1_000).flatMap { $0 }
        #expect(throws: BridgeRejection.self) { try BridgeRequest.reading(Self.head + many) }
    }

    @Test(arguments: [[0x91], [0x81], [0x81, 0xa1, 0x61], [0xdd, 0, 0, 0, 1]] as [[UInt8]])
    func `are not followed for ever into the depth`(container: [UInt8]) {
        var deep = Array(repeating: container, count: 100_000).flatMap { $0 }
        deep.append(0xc0)
        #expect(throws: BridgeRejection.self) { try BridgeRequest.reading(deep) }
        let error = #expect(throws: BridgeRejection.self) {
            try BridgeRequest.reading(Self.head + deep)
        }
        #expect(error?.id == .number(7))
    }

    /// Every golden message with some bytes changed, inserted, removed or doubled.
    @Test func `are refused or read, and never crash the reader`() {
        var generator = SeededGenerator(seed: 20_260_101)
        var readCount = 0
        let seeds = BridgeGolden.all.filter { $0.kind != .reply }.map(\.bytes)
        for round in 0..<30_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                Self.mutate(&bytes, using: &generator)
            }
            if let request = try? BridgeRequest.reading(bytes) {
                readCount += 1
                _ = request.meaning
            }
            bytes.withUnsafeBytes { _ = BridgeRequestID(peekingAt: $0) }
        }
        // Some only change a value: what is read further in was reached as well.
        #expect(readCount > 200)
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard let place = bytes.indices.randomElement(using: &generator) else {
            return bytes.append(UInt8.random(in: 0...255, using: &generator))
        }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        case 4: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
        default:
            // The first bytes that announce the most.
            let headers: [UInt8] = [0xc1, 0xc6, 0xc9, 0xcf, 0xd3, 0xd9, 0xdb, 0xdd, 0xdf]
            bytes[place] = headers[Int.random(in: 0..<headers.count, using: &generator)]
        }
    }
}
