import FoundationEssentials
package import PlacementDriver
import Primitives
import Protocols
import Storage
package import Worker

/// Who sends a command, and which of its commands it is.
package struct CommandHeader: Sendable, Hashable {
    /// The client.
    package var client: UInt64
    /// Counts the client's commands; a retry has the number of the first attempt.
    package var number: UInt64
}

/// What a command came to, as the session table keeps it. Of a shard it is the number of points.
package enum CommandResult {
    /// The catalog has changed.
    package static let done: UInt64 = 1
    /// The catalog was so already.
    package static let unchanged: UInt64 = 2
    /// The catalog refused it.
    package static let refused: UInt64 = 3
    /// The client has sent a newer one since; nobody knows any more.
    package static let expired = UInt64.max
}

/// A command as it stands in the log.
package struct Command: Sendable {
    /// Who sends it.
    package var header: CommandHeader
    /// What it does.
    package var body: Body

    /// What it does.
    package enum Body: Sendable {
        /// To a shard.
        case shard(ShardCommand)
        /// To the catalog.
        case catalog(CatalogCommand)
    }

    /// Makes a command.
    package init(header: CommandHeader, body: Body) {
        self.header = header
        self.body = body
    }
}

// MARK: - Bytes

extension Command {
    /// The command as bytes: kind, client, number; then ids and values, or JSON for the catalog.
    package var bytes: [UInt8] {
        var bytes = Bytes()
        switch body {
        case .shard(.upsert(let points)):
            bytes.append(1, header)
            for point in points {
                bytes.append(point.id)
                bytes.append(point.payload)
            }
        case .shard(.delete(let ids)):
            bytes.append(2, header)
            for id in ids { bytes.append(id) }
        case .catalog(let command):
            bytes.append(3, header)
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            do {
                bytes.append(Array(try encoder.encode(command)))
            } catch {
                preconditionFailure("numbers and strings are always JSON: \(error)")
            }
        }
        return bytes.bytes
    }

    /// The command that ``bytes`` came from.
    package init(bytes: [UInt8]) {
        var reader = Bytes(bytes)
        let kind = reader.word()
        header = CommandHeader(client: reader.word(), number: reader.word())
        switch kind {
        case 1:
            var points: [StoredPoint] = []
            while !reader.isAtEnd {
                let id = PointID.number(reader.word())
                points.append(StoredPoint(id: id, vector: [1], payload: reader.part()))
            }
            body = .shard(.upsert(points))
        case 2:
            var ids: [PointID] = []
            while !reader.isAtEnd { ids.append(.number(reader.word())) }
            body = .shard(.delete(ids))
        default:
            do {
                body = .catalog(
                    try JSONDecoder().decode(CatalogCommand.self, from: Data(reader.part())))
            } catch {
                preconditionFailure("a command that is none: \(error)")
            }
        }
    }
}

/// Numbers and parts, one after the other.
package struct Bytes: Sendable {
    /// All of them.
    package private(set) var bytes: [UInt8]
    private var offset = 0

    /// No bytes yet, or those to be read.
    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// Whether all was read.
    package var isAtEnd: Bool { offset >= bytes.count }

    /// Adds a number.
    package mutating func append(_ word: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    /// Adds bytes behind their count.
    package mutating func append(_ part: [UInt8]) {
        append(UInt64(part.count))
        bytes += part
    }

    mutating func append(_ kind: UInt64, _ header: CommandHeader) {
        append(kind)
        append(header.client)
        append(header.number)
    }

    mutating func append(_ id: PointID) {
        guard case .number(let number) = id else { preconditionFailure("\(id) is no number") }
        append(number)
    }

    /// The next number.
    package mutating func word() -> UInt64 {
        precondition(offset + 8 <= bytes.count, "byte \(offset) of \(bytes.count) begins no number")
        defer { offset += 8 }
        var word: UInt64 = 0
        for index in (offset..<offset + 8).reversed() { word = word << 8 | UInt64(bytes[index]) }
        return word
    }

    /// The next part.
    package mutating func part() -> [UInt8] {
        let count = Int(word())
        precondition(offset + count <= bytes.count, "a part of \(count) bytes does not end")
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }
}
