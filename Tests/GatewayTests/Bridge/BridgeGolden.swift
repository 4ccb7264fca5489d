import Foundation
import Gateway
import Protocols

/// One line of `Protocols/Golden/bridge.jsonl`.
struct BridgeGolden: Decodable, Sendable, CustomStringConvertible {
    var name: String
    var kind: Kind
    var hex: String
    /// What a request or reply says.
    var meaning: JSONValue?
    /// The error of a malformed request, and the id that it carries.
    var code: ServiceError.Code?
    var id: UInt64?

    enum Kind: String, Decodable { case request, reply, malformed }

    var description: String { name }

    var bytes: [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
        }
    }

    static let all: [BridgeGolden] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Protocols/Golden/bridge.jsonl")
        // A file that cannot be read has no lines, which a test of their number notices.
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(BridgeGolden.self, from: Data($0.utf8))
        }
    }()

    static func all(_ kind: Kind) -> [BridgeGolden] { all.filter { $0.kind == kind } }
}

extension BridgeRequest {
    /// Reads a request that is an array of bytes.
    static func reading(_ bytes: [UInt8]) throws(BridgeRejection) -> BridgeRequest {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(BridgeRejection) in try BridgeRequest(decoding: bytes) }
        }.get()
    }
}
