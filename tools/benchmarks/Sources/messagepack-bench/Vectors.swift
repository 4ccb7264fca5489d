import Foundation
import MessagePack

func measureVectors() throws {
    let dimension = 1_536
    let parameters = ["dimension": "\(dimension)"]
    let vector = (0..<dimension).map { Float($0) / Float(dimension) }

    // The peer does what must be done anyway: allocate an array, copy the bytes, in each direction.
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * dimension, alignment: 16)
    vector.withUnsafeBytes { source.copyMemory(from: $0) }
    func copy() -> [Float] {
        [Float](unsafeUninitializedCapacity: dimension) { target, count in
            UnsafeMutableRawBufferPointer(target).copyMemory(
                from: UnsafeRawBufferPointer(source))
            count = dimension
        }
    }
    let memcpyTime = nanoseconds("vector, memcpy copy_ns") { consume(copy()) }
    try report("vector", "memcpy", parameters, encode: memcpyTime, decode: memcpyTime)
    source.deallocate()

    // As a transport does: a buffer for each message, unless it can reuse one.
    let freshEncode = nanoseconds("vector encode_ns") {
        let buffer = MessageBuffer(minimumCapacity: 4 * dimension + 16)
        MessagePackWriter(buffer: buffer).write(vector)
        consume(buffer)
    }
    let buffer = MessageBuffer(minimumCapacity: 8_192)
    MessagePackWriter(buffer: buffer).write(vector)
    let reusedEncode = nanoseconds("vector, buffer reused encode_ns") {
        buffer.removeAll()
        MessagePackWriter(buffer: buffer).write(vector)
    }
    let decode = try nanoseconds("vector decode_ns") {
        var reader = MessagePackReader(bytes: buffer.bytes)
        consume(try reader.readFloats())
    }
    try report("vector", "vectron", parameters, encode: freshEncode, decode: decode)
    try report(
        "vector, buffer reused", "vectron", parameters, encode: reusedEncode, decode: decode)

    let encoder = MessagePackEncoder()
    let decoder = MessagePackDecoder()
    let codableEncode = try nanoseconds("vector, Codable encode_ns") {
        buffer.removeAll()
        var writer = MessagePackWriter(buffer: buffer)
        try encoder.encode(vector, into: &writer)
    }
    let codableDecode = try nanoseconds("vector, Codable decode_ns") {
        consume(try decoder.decode([Float].self, from: buffer.bytes))
    }
    try report(
        "vector, Codable", "vectron", parameters, encode: codableEncode, decode: codableDecode)

    let attachedEncode = nanoseconds("vector, attached encode_ns") {
        buffer.removeAll()
        let writer = MessagePackWriter(buffer: buffer, attachmentThreshold: 1_024)
        writer.write(vector)
        consume(writer.attachments)
    }
    let attachments = [Attachment(vector)]
    let attachedDecode = try nanoseconds("vector, attached decode_ns") {
        var reader = MessagePackReader(bytes: buffer.bytes, attachments: attachments)
        consume(try reader.readFloats())
    }
    try report(
        "vector, attached", "vectron", parameters, encode: attachedEncode, decode: attachedDecode)
}
