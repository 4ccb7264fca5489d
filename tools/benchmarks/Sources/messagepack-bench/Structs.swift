import Foundation
import MessagePack

/// Six fields by `Codable`.
struct Plain: Codable {
    var id: UInt64
    var name: String
    var score: Double
    var flag: Bool
    var count: Int
    var tag: String
}

/// The same six fields, written by hand.
struct Direct: MessagePackCodable {
    var id: UInt64
    var name: String
    var score: Double
    var flag: Bool
    var count: Int
    var tag: String

    init(_ plain: Plain) {
        id = plain.id
        name = plain.name
        score = plain.score
        flag = plain.flag
        count = plain.count
        tag = plain.tag
    }

    func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 6)
        writer.writeKey("id")
        writer.write(id)
        writer.writeKey("name")
        writer.write(name)
        writer.writeKey("score")
        writer.write(score)
        writer.writeKey("flag")
        writer.write(flag)
        writer.writeKey("count")
        writer.write(count)
        writer.writeKey("tag")
        writer.write(tag)
    }

    init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var id: UInt64?
        var name: String?
        var score: Double?
        var flag: Bool?
        var count: Int?
        var tag: String?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("id") {
                id = try reader.readInteger()
            } else if reader.readKey("name") {
                name = try reader.readString()
            } else if reader.readKey("score") {
                score = try reader.readDouble()
            } else if reader.readKey("flag") {
                flag = try reader.readBool()
            } else if reader.readKey("count") {
                count = try reader.readInteger()
            } else if reader.readKey("tag") {
                tag = try reader.readString()
            } else {
                try reader.skipField()
            }
        }
        self.id = try reader.require(id, "id", from: start)
        self.name = try reader.require(name, "name", from: start)
        self.score = try reader.require(score, "score", from: start)
        self.flag = try reader.require(flag, "flag", from: start)
        self.count = try reader.require(count, "count", from: start)
        self.tag = try reader.require(tag, "tag", from: start)
    }
}

func measureStructs() throws {
    let parameters = ["fields": "6"]
    let plain = Plain(
        id: 1_234_567_890, name: "twelve chars", score: 0.8125, flag: true, count: 42, tag: "news")
    let buffer = MessageBuffer(minimumCapacity: 1_024)

    let encoder = MessagePackEncoder()
    var writer = MessagePackWriter(buffer: buffer)
    try encoder.encode(plain, into: &writer)
    let decoder = MessagePackDecoder()
    let codableEncode = try nanoseconds("struct, Codable encode_ns") {
        buffer.removeAll()
        try encoder.encode(plain, into: &writer)
    }
    let codableDecode = try nanoseconds("struct, Codable decode_ns") {
        consume(try decoder.decode(Plain.self, from: buffer.bytes))
    }
    try report(
        "struct, Codable", "vectron", parameters, encode: codableEncode, decode: codableDecode)

    let direct = Direct(plain)
    let directEncode = nanoseconds("struct, direct encode_ns") {
        buffer.removeAll()
        direct.encode(to: &writer)
    }
    let directDecode = try nanoseconds("struct, direct decode_ns") {
        var reader = MessagePackReader(bytes: buffer.bytes)
        consume(try Direct(from: &reader))
    }
    try report("struct, direct", "vectron", parameters, encode: directEncode, decode: directDecode)

    let json = JSONEncoder()
    let data = try json.encode(plain)
    let jsonEncode = try nanoseconds("struct, JSONEncoder encode_ns") {
        consume(try json.encode(plain))
    }
    let jsonDecoder = JSONDecoder()
    let jsonDecode = try nanoseconds("struct, JSONEncoder decode_ns") {
        consume(try jsonDecoder.decode(Plain.self, from: data))
    }
    try report(
        "struct, Codable", "JSONEncoder", parameters, encode: jsonEncode, decode: jsonDecode)
}
