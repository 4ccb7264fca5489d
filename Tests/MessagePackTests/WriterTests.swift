import MessagePack
import Testing

@Suite struct `A writer` {
    /// The interesting neighbours of every power of two of the format.
    static let boundaries: [Int128] = {
        var numbers = (-40...40).map { Int128($0) }
        for bits in [7, 8, 15, 16, 31, 32, 63, 64] {
            let power = Int128(1) << Int128(bits)
            for distance in -2...2 as ClosedRange<Int128> {
                numbers += [power + distance, -power + distance]
            }
        }
        return numbers
    }()

    @Test func `writes every integer so that every width reads it or refuses it`() throws {
        for number in Self.boundaries {
            let writer = MessagePackWriter()
            if let signed = Int64(exactly: number) {
                writer.write(signed)
            } else if let unsigned = UInt64(exactly: number) {
                writer.write(unsigned)
            } else {
                continue
            }
            let bytes = writer.buffer.copiedBytes()
            guard case .value(let judged, _) = Judge.unpack(bytes) else {
                Issue.record("libmsgpack rejects \(bytes)")
                continue
            }
            #expect(try MessagePackValue(bytes: bytes) == judged)
            func check<Integer: FixedWidthInteger>(_ type: Integer.Type) {
                bytes.withUnsafeBytes { raw in
                    var reader = MessagePackReader(bytes: raw)
                    do throws(MessagePackError) {
                        let value = try reader.readInteger(type)
                        #expect(Int128(value) == number)
                        #expect(reader.isAtEnd)
                    } catch {
                        #expect(Integer(exactly: number) == nil, "\(error)")
                        #expect(reader.offset == 0)
                    }
                }
                guard let value = Integer(exactly: number) else { return }
                let other = MessagePackWriter()
                other.write(value)
                #expect(other.buffer.copiedBytes() == bytes)
            }
            check(Int8.self)
            check(Int16.self)
            check(Int32.self)
            check(Int64.self)
            check(UInt8.self)
            check(UInt16.self)
            check(UInt32.self)
            check(UInt64.self)
        }
    }

    @Test func `patches a length that is known only later`() {
        let buffer = MessageBuffer()
        let writer = MessagePackWriter(buffer: buffer)
        writer.writeBinary(UnsafeRawBufferPointer(start: nil, count: 0))
        let offset = buffer.count
        withUnsafeBytes(of: UInt32(0)) { buffer.append($0) }
        writer.write("after")
        buffer.overwrite(bigEndian: 0x0102_0304, at: offset)
        #expect(buffer.copiedBytes() == [0xc4, 0, 1, 2, 3, 4, 0xa5] + Array("after".utf8))
    }

    @Test func `writes values that are encoded already`() throws {
        let value = MessagePackValue.array([.integer(1), .string("two")])
        var writer = MessagePackWriter()
        writer.writeArrayHeader(count: 2)
        value.bytes.withUnsafeBytes { writer.write(encoded: $0) }
        writer.write(value)
        #expect(
            try MessagePackValue(bytes: writer.buffer.copiedBytes()) == .array([value, value]))
        var reader = MessagePackReader(bytes: writer.buffer.bytes)
        let count = try reader.readArrayHeader()
        #expect(count == 2)
        let first = [UInt8](try reader.readEncoded())
        #expect(first == value.bytes)
        withExtendedLifetime(writer) {}
    }

    @Test func `forgets what is cut off and keeps its memory`() {
        let buffer = MessageBuffer(minimumCapacity: 1_000)
        let writer = MessagePackWriter(buffer: buffer)
        writer.write(1)
        writer.write(300)
        buffer.truncate(to: 1)
        #expect(buffer.copiedBytes() == [1])
        buffer.removeAll()
        #expect(buffer.count == 0 && buffer.capacity >= 1_000)
    }

    @Test func `writes keys as it writes strings`() {
        let long: StaticString = "a key that needs more than one byte for its header"
        for key in ["id", "", long] as [StaticString] {
            let one = MessagePackWriter()
            one.writeKey(key)
            let other = MessagePackWriter()
            other.write(key.description)
            #expect(one.buffer.copiedBytes() == other.buffer.copiedBytes())
            var reader = MessagePackReader(bytes: one.buffer.bytes)
            let longOther: StaticString = "another key that needs more than one byte for its header"
            let read = [reader.readKey("other"), reader.readKey(longOther), reader.readKey(key)]
            #expect(read == [false, false, true] && reader.isAtEnd)
            let again = reader.readKey(key)
            #expect(!again)
            withExtendedLifetime(one) {}
        }
    }
}
