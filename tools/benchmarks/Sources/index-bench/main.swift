// Measures the index on a dataset: build time, memory, and queries per second at a recall; with a
// subcommand, searches under filters, beside inserts, in batches, rounds of replaced points, what a
// calibration expects beside what queries find, or rows that are not found by their own vectors.

import Foundation
import HNSW

do {
    if CommandLine.arguments.dropFirst().first == "calibration" {
        try CalibrationMeasurement.run(Array(CommandLine.arguments.dropFirst(2)))
        exit(0)
    }
    if CommandLine.arguments.dropFirst().first == "own-vectors" {
        try OwnVectorAudit.run(Array(CommandLine.arguments.dropFirst(2)))
        exit(0)
    }
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    let dataset = try Dataset(options)
    let parameters = """
        "rows": \(dataset.vectors.count), "dimension": \(dataset.dimension), "limit": 10, \
        "max_links": \(options.maxLinks), "ef_construction": \(options.efConstruction)
        """
    let name = options.bench == .search ? "index" : "index-\(options.bench.rawValue)"
    var report = Report(
        bench: name, dataset: dataset.name, system: options.system, parameters: parameters)
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
