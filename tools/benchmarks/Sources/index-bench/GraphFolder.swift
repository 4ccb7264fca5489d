import Foundation
import HNSW

/// A stored graph, one file a value.
struct GraphFolder {
    let url: URL

    /// The index whose graph lies here, if one does.
    func restored(vectors: [[Float]]) throws -> HNSWIndex? {
        guard let header = try? Data(contentsOf: file(.header)) else { return nil }  // none yet
        return try HNSWIndex(
            restoring: Array(header),
            chunk: { Array(try Data(contentsOf: file(.chunk($0)))) },
            vectors: { put in
                for (row, vector) in vectors.enumerated() {
                    try vector.withUnsafeBytes { try put(Row(row), $0) }
                }
            })
    }

    func store(_ index: HNSWIndex) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try index.writeGraph(.allChunks) { part, bytes in try Data(bytes).write(to: file(part)) }
    }

    private func file(_ part: GraphPart) -> URL {
        switch part {
        case .header: url.appendingPathComponent("header")
        case .chunk(let number): url.appendingPathComponent("chunk-\(number)")
        }
    }
}
