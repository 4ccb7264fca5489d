import FoundationEssentials

extension Catalog {
    /// The catalog as JSON with its keys sorted: equal catalogs have equal bytes.
    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return try Array(encoder.encode(self))
        } catch {
            preconditionFailure("numbers and strings are always JSON: \(error)")
        }
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

    /// The catalog that ``bytes`` came from.
    package init(bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(Catalog.self, from: Data(bytes))
        if let violatedInvariant {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: violatedInvariant))
        }
    }
}

extension CatalogCommand {
    /// The command as JSON with its keys sorted, as logs keep it.
    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return try Array(encoder.encode(self))
        } catch {
            preconditionFailure("numbers and strings are always JSON: \(error)")
        }
    }

    /// The command that ``bytes`` came from.
    package init(bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(CatalogCommand.self, from: Data(bytes))
    }
}
