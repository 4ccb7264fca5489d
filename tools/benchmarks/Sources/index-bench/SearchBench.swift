import Foundation
import HNSW

/// The plain case: builds, then searches over all widths.
func measureSearch(
    _ dataset: Dataset, _ options: Options, into report: inout Report
) throws {
    let measurement = Measurement(dataset: dataset, options: options)
    let before = try residentByteCount()
    let folder = options.graph.map { GraphFolder(url: URL(fileURLWithPath: $0)) }
    let stopwatch = Stopwatch()
    let index: HNSWIndex
    if let restored = try folder?.restored(vectors: dataset.vectors) {
        index = restored
        report.add("restore_seconds", stopwatch.elapsed.wall, "s")
    } else {
        index = try measurement.build()
        let elapsed = stopwatch.elapsed
        report.add(elapsed, ofBuildBy: options.threads[0])
        try folder?.store(index)
    }
    report.add("resident_bytes", Double(try residentByteCount() - before), "bytes")
    let points = measurement.points(index)
    for point in points {
        let ef = ", \"ef_search\": \(point.efSearch)"
        report.add("recall_at_10", point.recall, "share", ef)
        report.add("qps", point.queriesPerSecond, "1/s", ef)
        report.add("qps_cpu", point.queriesPerProcessorSecond, "1/s", ef)
    }
    for recall in ["0.90", "0.95", "0.99"] {
        guard let value = points.queriesPerSecond(atRecall: Double(recall) ?? 1) else { continue }
        report.add("qps_at_recall_\(recall)", value, "1/s")
    }
    for threads in options.threads.dropFirst() {
        let stopwatch = Stopwatch()
        _ = try measurement.build(threads: threads)
        report.add(stopwatch.elapsed, ofBuildBy: threads)
    }
}

extension Report {
    /// How long it took to build the index.
    fileprivate mutating func add(_ elapsed: Elapsed, ofBuildBy threads: Int) {
        add("build_seconds", elapsed.wall, "s", threads: threads)
        add("build_cpu_seconds", elapsed.processor, "s", threads: threads)
    }
}
