import Foundation
import MessagePack
import Testing

/// Not Swift Testing's.
typealias Attachment = MessagePack.Attachment

/// One line of a golden file.
struct GoldenLine: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let meaning: String

    var testDescription: String { meaning }

    /// Reads the lines of `Golden/<name>.txt`.
    static func lines(of name: String) throws -> [GoldenLine] {
        let file = try #require(
            Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Golden"))
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#") else { return nil }
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
            return GoldenLine(
                bytes: parts[0].split(separator: " ").flatMap(bytes),
                meaning: parts[1].trimmingCharacters(in: .whitespaces))
        }
    }

    private static func bytes(_ token: Substring) -> [UInt8] {
        let parts = token.split(separator: "*")
        let hex = Array(parts[0])
        let bytes = stride(from: 0, to: hex.count, by: 2).map {
            UInt8(String(hex[$0...$0 + 1]), radix: 16)!
        }
        return parts.count == 1 ? bytes : Array(repeating: bytes[0], count: Int(parts[1])!)
    }
}

extension MessagePackValue {
    /// The value in the notation of the golden files.
    var golden: String {
        switch self {
        case .nil: "nil"
        case .bool(let value): "\(value)"
        case .integer(let value): "integer \(value)"
        case .unsigned(let value): "unsigned \(value)"
        case .float(let value): "float \(value)"
        case .double(let value): "double \(value)"
        case .string(let value) where value.utf8.count > 16: "string of \(value.utf8.count) bytes"
        case .string(let value): "string \"\(value)\""
        case .binary(let bytes): "binary" + Self.golden(bytes, " ")
        case .array(let elements) where elements.count > 8: "array of \(elements.count)"
        case .array(let elements): "[" + elements.map(\.golden).joined(separator: ", ") + "]"
        case .map(let pairs) where pairs.count > 8: "map of \(pairs.count)"
        case .map(let pairs):
            "{" + pairs.map { "\($0.key.golden): \($0.value.golden)" }.joined(separator: ", ") + "}"
        case .extension(let type, let bytes): "extension \(type)" + Self.golden(bytes, ": ")
        }
    }

    private static func golden(_ bytes: [UInt8], _ separator: String) -> String {
        if bytes.count > 8 { return " of \(bytes.count) bytes" }
        let hex = bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
        return (separator + hex).trimmingSuffix(" ")
    }

    /// Reads the only value of `bytes`.
    init(bytes: [UInt8], attachments: [Attachment] = []) throws(MessagePackError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(MessagePackError) in
                var reader = MessagePackReader(bytes: bytes, attachments: attachments)
                let value = try MessagePackValue(from: &reader)
                try reader.finish()
                return value
            }
        }
        self = try result.get()
    }

    /// The bytes that the writer makes of the value.
    var bytes: [UInt8] {
        var writer = MessagePackWriter()
        encode(to: &writer)
        return writer.buffer.copiedBytes()
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}

extension MessagePackError {
    /// The case's name, as golden files have it.
    var name: String { Mirror(reflecting: self).children.first?.label ?? "" }
}
