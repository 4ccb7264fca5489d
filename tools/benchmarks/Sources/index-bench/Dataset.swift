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
        let meta = try Self.meta(folder.appendingPathComponent("meta.json"))
        let metric = try Self.metric(meta)
        let base = try NPYFile(path: Self.baseFile(folder))
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
        let named = options.groundTruth == nil ? meta["name"] as? String : nil
        name = named ?? truthFolder.lastPathComponent
    }

    /// `base.npy` if there is one, else the first file named like it; what its numbers are, the
    /// file says itself.
    private static func baseFile(_ folder: URL) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let candidates = names.filter { $0.hasPrefix("base") && $0.hasSuffix(".npy") }.sorted()
        guard let name = candidates.first(where: { $0 == "base.npy" }) ?? candidates.first else {
            throw UsageError(argument: "no base*.npy in \(folder.path)")
        }
        return folder.appendingPathComponent(name).path
    }

    private static func rows(of file: NPYFile, upTo limit: Int?) throws -> [[Float]] {
        try (0..<min(limit ?? .max, file.header.rowCount)).map {
            try file.floats(rows: $0..<$0 + 1)
        }
    }

    private static func meta(_ url: URL) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
    }

    private static func metric(_ meta: [String: Any]) throws -> Metric {
        let word = (meta["metric"] ?? meta["dist"]) as? String
        switch word {
        case "cosine", "angular": return .cosine
        case "l2", "euclid", "euclidean": return .euclid
        case "l1", "manhattan": return .manhattan
        case "dot", "ip": return .dot
        default: throw UsageError(argument: "metric \(word ?? "missing") in meta.json")
        }
    }
}
