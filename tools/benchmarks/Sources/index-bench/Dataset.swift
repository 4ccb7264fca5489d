import Foundation
import HNSW
import Vectors

/// Vectors, queries and the true neighbours, prepared for the metric.
struct Dataset {
    let name: String
    let metric: Metric
    let dimension: Int
    let vectors: [[Float]]
    let queries: [[Float]]
    /// Of each query, the true neighbours, nearest first.
    let truth: [[Int32]]

    init(_ options: Options) throws {
        let folder = URL(fileURLWithPath: options.dataset)
        let truthFolder = URL(fileURLWithPath: options.groundTruth ?? options.dataset)
        let metric = try Self.metric(folder.appendingPathComponent("meta.json"))
        let full = folder.appendingPathComponent("base.npy").path
        let half = folder.appendingPathComponent("base_f16.npy").path
        let base = try NPYFile(path: FileManager.default.fileExists(atPath: full) ? full : half)
        let dimension = base.header.columnCount
        vectors = try Self.rows(of: base, upTo: options.rows).map {
            try metric.prepared($0, dimension: dimension)
        }
        let queries = try NPYFile(path: folder.appendingPathComponent("queries.npy").path)
        self.queries = try Self.rows(of: queries, upTo: nil).map {
            try metric.prepared($0, dimension: dimension)
        }
        let truth = try NPYFile(path: truthFolder.appendingPathComponent("gt100.npy").path)
        self.truth = try (0..<truth.header.rowCount).map { try truth.integers(rows: $0..<$0 + 1) }
        self.metric = metric
        self.dimension = dimension
        name = truthFolder.lastPathComponent
    }

    private static func rows(of file: NPYFile, upTo limit: Int?) throws -> [[Float]] {
        try (0..<min(limit ?? .max, file.header.rowCount)).map {
            try file.floats(rows: $0..<$0 + 1)
        }
    }

    private static func metric(_ url: URL) throws -> Metric {
        let meta = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        let word = (meta?["metric"] ?? meta?["dist"]) as? String
        switch word {
        case "cosine", "angular": return .cosine
        case "l2", "euclid", "euclidean": return .euclid
        case "dot", "ip": return .dot
        default: throw UsageError(argument: "metric \(word ?? "missing") in \(url.path)")
        }
    }
}
