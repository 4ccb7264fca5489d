// Measures the index on a dataset: build time, memory, and queries per second at a recall; with a
// subcommand, searches under filters, beside inserts, in batches, or rounds of replaced points.

import Foundation
import HNSW

do {
    let rest = Array(CommandLine.arguments.dropFirst(2))
    switch CommandLine.arguments.dropFirst().first {
    case "filtered":
        try FilteredMeasurement.run(rest)
        exit(0)
    case "calibration":
        try CalibrationMeasurement.run(rest)
        exit(0)
    default: break
    }
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    let dataset = try Dataset(options)
    let parameters = """
        "rows": \(dataset.vectors.count), "dimension": \(dataset.dimension), "limit": 10, \
        "max_links": \(options.maxLinks), "ef_construction": \(options.efConstruction)
        """
    let name = options.bench == .search ? "index" : "index-\(options.bench.rawValue)"
    var report = Report(bench: name, dataset: dataset.name, parameters: parameters)
    switch options.bench {
    case .search: try measureSearch(dataset, options, into: &report)
    case .filtered: try measureFiltered(dataset, options, into: &report)
    case .mixed: try measureMixed(dataset, options, into: &report)
    case .churn: try measureChurn(dataset, options, into: &report)
    case .batch: try measureBatch(dataset, options, into: &report)
    }
    if let json = options.json { try report.write(to: json) }
} catch let error as UsageError {
    FileHandle.standardError.write(
        Data("\(Options.usage)\nindex-bench: bad argument \(error.argument)\n".utf8))
    exit(2)
}
