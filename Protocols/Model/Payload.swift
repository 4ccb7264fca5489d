public import MessagePack

/// The payload of a point: a JSON object.
public typealias Payload = [String: JSONValue]

extension Payload {
    /// The payload as stores keep it: a MessagePack map with its keys in order, so that equal
    /// payloads have equal bytes.
    public var encoded: [UInt8] {
        var writer = MessagePackWriter()
        JSONValue.encode(self, to: &writer)
        return Array(writer.buffer.bytes)
    }

    /// The payload that ``encoded`` came from.
    public init(encoded bytes: [UInt8]) throws(MessagePackError) {
        var result: Result<Payload, MessagePackError>?
        bytes.withUnsafeBytes { bytes in
            result = Result { () throws(MessagePackError) in
                var reader = MessagePackReader(bytes: bytes)
                let object = try JSONValue.object(from: &reader)
                try reader.finish()
                return object
            }
        }
        guard let result else { preconditionFailure("the bytes were not lent") }
        self = try result.get()
    }

    /// The deepest payload, in containers: far below the limit of the encoding, and of every stack.
    public static let maxDepth = 64

    /// What is wrong with this payload, or nil: what JSON or the store could not hold.
    public var defect: String? { JSONValue.object(self).defect(depth: 0) }
}

extension JSONValue {
    /// What is wrong with this value inside `depth` containers.
    fileprivate func defect(depth: Int) -> String? {
        let inner: [JSONValue]
        switch self {
        case .null, .bool, .integer, .string: return nil
        case .number(let number):
            return number.isFinite ? nil : "a payload holds \(number), which is no JSON number"
        case .array(let array): inner = array
        case .object(let object): inner = Array(object.values)
        }
        guard depth < Payload.maxDepth else {
            return "a payload is nested more than \(Payload.maxDepth) levels deep; flatten it"
        }
        for value in inner {
            if let defect = value.defect(depth: depth + 1) { return defect }
        }
        return nil
    }
}
