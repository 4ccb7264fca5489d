import FoundationEssentials

// State and commands as bytes: the format as one byte, then JSON with its keys sorted.
//
// Whoever adds a field makes it optional, so that what was written before is read; what cannot be
// said so is another format.

/// What was written is of a format that this release does not know, or damaged.
package struct AuthBytesError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what to do about it.
    package let description: String
}

enum AuthBytes {
    /// What this release writes, and all that it reads.
    static let format: UInt8 = 1

    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try [format] + encoder.encode(value)
        } catch {
            preconditionFailure("numbers and strings are always JSON: \(error)")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        guard let first = bytes.first else { throw AuthBytesError(description: "nothing is there") }
        guard first == format else {
            throw AuthBytesError(
                description: "it has format \(first), this release knows \(format); use a newer one"
            )
        }
        return try JSONDecoder().decode(type, from: Data(bytes.dropFirst()))
    }
}

extension AuthState {
    /// The state as bytes: equal states have equal ones.
    package var bytes: [UInt8] { AuthBytes.encode(self) }

    /// The state that ``bytes`` came from.
    package init(bytes: [UInt8]) throws {
        self = try AuthBytes.decode(AuthState.self, bytes)
        if let violatedInvariant { throw AuthBytesError(description: violatedInvariant) }
    }

    /// A hash of ``bytes`` in 16 hexadecimal digits: replicas that differ in it have diverged.
    package var stateHash: String {
        // FNV-1a of 64 bits: not against forgers, and the same on every machine.
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension AuthCommand {
    /// The command as bytes, as logs keep it.
    package var bytes: [UInt8] { AuthBytes.encode(self) }

    /// The command that ``bytes`` came from.
    package init(bytes: [UInt8]) throws {
        self = try AuthBytes.decode(AuthCommand.self, bytes)
    }
}
