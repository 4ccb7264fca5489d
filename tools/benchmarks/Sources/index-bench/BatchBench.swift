import HNSW

/// The same queries one by one and in one call.
func measureBatch(
    _ dataset: Dataset, _ options: Options, into report: inout Report
) throws {
    let measurement = Measurement(dataset: dataset, options: options)
    let index = try measurement.build()
    let together = measurement.points(measurement.judge) {
        index.search(dataset.queries, limit: Judge.limit, effort: .ef($0))
    }
    report.add(variant: "one call", together)
    report.add(variant: "one by one", measurement.points(index))
}
