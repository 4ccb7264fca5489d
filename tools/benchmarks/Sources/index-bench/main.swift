// Measures the index on a dataset: build time, memory, and queries per second at a recall.

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
    var report = Report(
        dataset: dataset.name,
        parameters: """
            "rows": \(dataset.vectors.count), "dimension": \(dataset.dimension), "limit": 10, \
            "max_links": \(options.maxLinks), "ef_construction": \(options.efConstruction), \
            "threads": 1
            """)
    let measurement = Measurement(dataset: dataset, options: options)
    let before = try residentByteCount()
    let folder = options.graph.map { GraphFolder(url: URL(fileURLWithPath: $0)) }
    let start = ContinuousClock.now
    let index: HNSWIndex
    if let restored = try folder?.restored(vectors: dataset.vectors) {
        index = restored
        report.add("restore_seconds", (ContinuousClock.now - start) / .seconds(1), "s")
    } else {
        index = try measurement.build()
        report.add("build_seconds", (ContinuousClock.now - start) / .seconds(1), "s")
        try folder?.store(index)
    }
    report.add("resident_bytes", Double(try residentByteCount() - before), "bytes")
    let points = measurement.points(index)
    for point in points {
        let ef = ", \"ef_search\": \(point.efSearch)"
        report.add("recall_at_10", point.recall, "share", ef)
        report.add("qps", point.queriesPerSecond, "1/s", ef)
    }
    for recall in ["0.90", "0.95", "0.99"] {
        guard let value = points.queriesPerSecond(atRecall: Double(recall) ?? 1) else { continue }
        report.add("qps_at_recall_\(recall)", value, "1/s")
    }
    if let json = options.json { try report.write(to: json) }
} catch let error as UsageError {
    FileHandle.standardError.write(
        Data("index-bench: bad argument \(error.argument)\n\(Options.usage)\n".utf8))
    exit(2)
}
