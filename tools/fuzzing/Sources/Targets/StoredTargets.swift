import HNSW
import PlacementDriver
import Primitives
import Protocols
import Replication
import Vectors

extension FuzzTarget {
    /// What one node sends another for all groups.
    static let nodeBatch = FuzzTarget(name: "node-batch") { bytes in
        try checkRoundTrip(bytes, decode: { try NodeBatch(bytes: $0) }, encode: \.bytes)
    }

    /// The catalog and its commands.
    static let catalog = [
        FuzzTarget(name: "catalog") { bytes in
            try checkRoundTrip(bytes, decode: { try Catalog(bytes: $0) }, encode: \.bytes)
        },
        FuzzTarget(name: "catalog-command") { bytes in
            try checkRoundTrip(bytes, decode: { try CatalogCommand(bytes: $0) }, encode: \.bytes)
        },
    ]

    /// The text of an API key: one that is read is whole.
    static let authentication = [
        FuzzTarget(name: "api-key") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let key = APIKeyText(text) else { return }
            precondition(key.secret.value == text, "\(key.secret.value) of \(text)")
            precondition(APIKeyText(key.secret.value) == key)
        }
    ]

    /// The header of a stored graph; its checksum is mended, as no chance finds one.
    static let graphHeader = FuzzTarget(name: "graph-header") { bytes in
        _ = try GraphHeader(sealed(bytes[...]))
    }

    /// A stored graph of one chunk: what is restored can be searched.
    ///
    /// The first two bytes say where the header ends. Both checksums are mended, and the one of the
    /// chunk is put where a header of one chunk has it.
    static let graph = FuzzTarget(name: "graph") { bytes in
        guard bytes.count >= 2 else { return }
        let headerByteCount = Int(bytes[0]) | Int(bytes[1]) << 8
        var header = Array(bytes.dropFirst(2).prefix(headerByteCount))
        guard header.count >= 8 else { return }
        let chunk = sealed(bytes.dropFirst(2 + headerByteCount))
        header.replaceSubrange(header.count - 8..<header.count - 4, with: chunk.suffix(4))
        header = sealed(header.dropLast(4))
        let parsed = try GraphHeader(header)
        // More would only try the memory of the machine.
        guard parsed.dimension <= 64, parsed.rowCount <= 256 else { return }
        let dimension = parsed.dimension
        let index = try HNSWIndex(
            restoring: header, capacity: 256, chunk: { _ in chunk },
            vectors: { put in
                // Rows that are to have none refuse theirs.
                for row in 0..<Row(parsed.rowCount) {
                    let vector = (0..<dimension).map { Float(Int(row) &* 7 &+ $0 + 1) }
                    do {
                        try vector.withUnsafeBytes { try put(row, $0) }
                    } catch HNSWError.graphCorrupted {}
                }
            })
        let query = (0..<dimension).map { Float($0 + 1) }
        precondition(index.search(query, limit: 5, effort: .ef(16)).count <= 5)
        _ = try index.insert(query)
    }

    /// The bytes with their checksum behind them.
    static func sealed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let checksum = CRC32C.checksum(of: bytes)
        return bytes + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) }
    }
}
