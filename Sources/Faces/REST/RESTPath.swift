internal import Protocols

/// The path of a request in parts, decoded once; strict, because a path that two programs read
/// differently lets somebody past one of them.
struct RESTPath {
    /// The decoded parts between the slashes.
    var parts: [String]
    /// The fields after the question mark, in their order.
    var query: [(name: String, value: String)]

    /// The longest path with its query, in bytes.
    static let maxByteCount = 4_096
    /// The most fields of a query.
    private static let maxFieldCount = 16

    /// Parts a request's path; nil: no path of ours looks so.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maxByteCount, text.utf8.first == UInt8(ascii: "/") else {
            return nil
        }
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        parts = []
        for part in halves[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let part = Self.decoded(part), !part.isEmpty else { return nil }
            parts.append(part)
        }
        query = []
        guard halves.count == 2 else { return }
        for field in halves[1].split(separator: "&") {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = Self.decoded(pair[0]),
                let value = Self.decoded(pair[1]), query.count < Self.maxFieldCount
            else { return nil }
            query.append((name, value))
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit),
                let low = rest.popFirst().flatMap(digit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
