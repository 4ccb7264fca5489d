import Foundation
import MessagePack
import Testing

@Suite struct `An attachment` {
    struct Search: Codable, Equatable {
        var vector: [Float]
        var payload: Data
        var raw: [UInt8]
        var small: [Float]
    }

    let search = Search(
        vector: (0..<600).map(Float.init), payload: Data(repeating: 3, count: 2_000),
        raw: Array(repeating: 4, count: 1_500), small: [1, 2])

    private func encode(_ value: some Encodable) throws -> (MessageBuffer, [Attachment]) {
        var writer = MessagePackWriter(attachmentThreshold: 1_024)
        try MessagePackEncoder().encode(value, into: &writer)
        return (writer.buffer, writer.attachments)
    }

    private func reference(_ index: UInt8) -> [UInt8] { [0xd6, 0x01, 0, 0, 0, index] }

    @Test func `carries what reaches the threshold`() throws {
        let (buffer, attachments) = try encode(search)
        #expect(attachments.map(\.count) == [2_400, 2_000, 1_500])
        #expect(buffer.count < 100)
        let decoded = try MessagePackDecoder()
            .decode(Search.self, from: buffer, attachments: attachments)
        #expect(decoded == search)
    }

    @Test func `holds the sender's memory and not a copy`() throws {
        let vector = search.vector
        let (_, attachments) = try encode(vector)
        vector.withUnsafeBytes {
            #expect(attachments[0].bytes.baseAddress == $0.baseAddress)
        }
    }

    @Test func `does not change when the sender's array does`() throws {
        var vector = search.vector
        let (buffer, attachments) = try encode(vector)
        vector[0] = 99
        let decoded = try MessagePackDecoder()
            .decode([Float].self, from: buffer, attachments: attachments)
        #expect(decoded == search.vector)
    }

    @Test func `outlives the array it came from`() throws {
        let attachments = try { try encode((0..<5_000).map(Float.init)).1 }()
        #expect(attachments[0].bytes.loadUnaligned(fromByteOffset: 400, as: Float.self) == 100)
    }

    @Test func `gives its frame to Data without a copy`() throws {
        let frame = MessageBuffer()
        [UInt8](repeating: 5, count: 4_096).withUnsafeBytes { frame.append($0) }
        let start = UInt(bitPattern: frame.bytes.baseAddress)
        let data = try MessagePackDecoder().decode(
            Data.self, from: reference(0), attachments: [Attachment(taking: frame)])
        #expect(data == Data(repeating: 5, count: 4_096))
        data.withUnsafeBytes { #expect(UInt(bitPattern: $0.baseAddress) == start) }
    }

    @Test func `of a shared array is copied into Data`() throws {
        let array = [UInt8](repeating: 5, count: 4_096)
        var data = try MessagePackDecoder().decode(
            Data.self, from: reference(0), attachments: [Attachment(array)])
        data[0] = 6
        #expect(array[0] == 5)
    }

    @Test(arguments: [1, 14, 15, 33, 5_000])
    func `of Data has the same bytes`(count: Int) {
        let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0) })
        for data in [data, data.dropFirst()] {
            let attachment = Attachment(data)
            #expect(Array(attachment.bytes) == Array(data))
            #expect(attachment.data() == data)
            withExtendedLifetime(attachment) {}
        }
    }

    @Test func `must have come with the message`() {
        #expect(
            throws: MessagePackError.missingAttachment(offset: 0, index: 2, attachmentCount: 1)
        ) {
            try reference(2).withUnsafeBytes { bytes in
                var reader = MessagePackReader(bytes: bytes, attachments: [Attachment([1.5])])
                _ = try reader.readFloats()
            }
        }
    }

    @Test func `stands in one place only`() {
        let bytes = [0x92] + reference(0) + reference(0)
        #expect(
            throws: MessagePackError.reusedAttachment(offset: 7, index: 0, firstOffset: 1)
        ) {
            try MessagePackValue(bytes: bytes, attachments: [Attachment([1.5])])
        }
        #expect(throws: DecodingError.self) {
            try MessagePackDecoder()
                .decode([[Float]].self, from: bytes, attachments: [Attachment([1.5])])
        }
    }

    @Test func `needs an index of four bytes`() {
        #expect(throws: MessagePackError.malformedAttachment(offset: 0, byteCount: 2)) {
            try ([0xd5, 0x01, 0, 0] as [UInt8]).withUnsafeBytes { bytes in
                var reader = MessagePackReader(bytes: bytes, attachments: [Attachment([1.5])])
                _ = try reader.readFloats()
            }
        }
    }

    @Test func `of five bytes is no vector`() {
        #expect(throws: MessagePackError.partialFloat(offset: 0, byteCount: 5)) {
            try reference(0).withUnsafeBytes { bytes in
                let attachment = Attachment([1, 2, 3, 4, 5] as [UInt8])
                var reader = MessagePackReader(bytes: bytes, attachments: [attachment])
                _ = try reader.readFloats()
            }
        }
    }

    @Test func `is forgotten when encoding fails`() throws {
        struct Failing: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode([Float](repeating: 1, count: 1_000))
                throw CancellationError()
            }
        }
        var writer = MessagePackWriter(attachmentThreshold: 1_024)
        writer.write(true)
        #expect(throws: CancellationError.self) {
            try MessagePackEncoder().encode(Failing(), into: &writer)
        }
        #expect(writer.buffer.copiedBytes() == [0xc3])
        #expect(writer.attachments.isEmpty)
    }

    @Test func `is copied by a writer without a threshold`() throws {
        let writer = MessagePackWriter()
        writer.write(Attachment([1, 2] as [UInt8]))
        #expect(writer.buffer.copiedBytes() == [0xc4, 2, 1, 2])
    }
}
