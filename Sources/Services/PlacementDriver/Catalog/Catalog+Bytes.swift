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

    /// The catalog that ``bytes`` came from.
    package init(bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(Catalog.self, from: Data(bytes))
        if let violatedInvariant {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: violatedInvariant))
        }
    }
}
