import Actors
import FoundationEssentials
import Gateway
import MessagePack
import Protocols

extension FuzzTarget {
    /// Any value, and each message that has a form of its own.
    static let messagePack = [
        FuzzTarget(name: "messagepack") { bytes in
            try checkRoundTrip(
                bytes, decode: { try read(MessagePackValue.self, $0) { try .init(from: &$0) } },
                encode: { value in write { value.encode(to: &$0) } })
        },
        FuzzTarget(name: "messagepack-codable") { bytes in
            let decoder = MessagePackDecoder()
            try checkRoundTrip(
                bytes,
                decode: { bytes in
                    try bytes.withUnsafeBytes { try decoder.decode(Everything.self, from: $0) }
                },
                encode: { try MessagePackEncoder().encode($0).copiedBytes() })
        },
        FuzzTarget(name: "messages") { bytes in
            guard let kind = bytes.first else { return }
            let bytes = Array(bytes.dropFirst())
            switch kind % 9 {
            case 0: try checkMessage(Point.self, bytes)
            case 1: try checkMessage(ScoredPoint.self, bytes)
            case 2: try checkMessage(JSONValue.self, bytes)
            case 3: try checkMessage(WriteName.self, bytes)
            case 4: try checkMessage(ShardUpsert.self, bytes)
            case 5: try checkMessage(ShardSearch.self, bytes)
            case 6: try checkMessage(SearchQuery.self, bytes)
            case 7: try checkMessage(UpsertRequest.self, bytes)
            default: try checkMessage(SearchRequest.self, bytes)
            }
        },
    ]

    /// A request of the bridge: decoded twice, the same twice.
    static let bridge = FuzzTarget(name: "bridge") { bytes in
        // Ids, not values: a NaN is not equal to itself, and a payload prints in any order.
        func decoded() -> Result<BridgeRequestID, BridgeRejection> {
            bytes.withUnsafeBytes { bytes in
                Result { () throws(BridgeRejection) in try BridgeRequest(decoding: bytes).id }
            }
        }
        let (first, second) = (decoded(), decoded())
        precondition(first == second, "\(first) became \(second)")
    }

    /// Whatever nodes send each other, the handshake too.
    static let envelope = FuzzTarget(name: "envelope") { bytes in
        try checkRoundTrip(
            bytes, decode: { try EnvelopeTrial.rewritten($0) }, encode: { $0 })
    }

    private static func checkMessage<Value: MessagePackDecodable & MessagePackEncodable>(
        _ type: Value.Type, _ bytes: [UInt8]
    ) throws {
        try checkRoundTrip(
            bytes, decode: { try read(type, $0) { try $0.read(type) } },
            encode: { value in write { $0.write(value) } })
    }

    private static func read<Value>(
        _ type: Value.Type, _ bytes: [UInt8], _ body: (inout MessagePackReader) throws -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { bytes in
            var reader = MessagePackReader(bytes: bytes)
            let value = try body(&reader)
            try reader.finish()
            return value
        }
    }

    private static func write(_ body: (inout MessagePackWriter) -> Void) -> [UInt8] {
        let buffer = MessageBuffer()
        var writer = MessagePackWriter(buffer: buffer)
        body(&writer)
        return buffer.copiedBytes()
    }
}

/// One field of every kind that `Codable` knows.
private struct Everything: Codable {
    var flag: Bool?
    var small: Int8?
    var large: UInt64?
    var float: Float?
    var double: Double?
    var text: String?
    var bytes: Data?
    var numbers: [Float]?
    var lists: [[Int]]?
    var fields: [String: JSONValue]?
    var numbered: [Int: String]?
    var choice: Choice?

    enum Choice: Codable {
        case none
        case circle(radius: Double)
        case chain([Choice])
    }
}
