import Foundation
import HNSW
import Synchronization

/// Search latencies alone, and while another thread inserts at full speed.
///
/// The index holds the first half of the rows; the second half comes during the searches.
func measureMixed(
    _ dataset: Dataset, _ options: Options, into report: inout Report
) throws {
    let index = try HNSWIndex(
        dimension: dataset.dimension, metric: dataset.metric,
        element: options.element,
        parameters: options.parameters)
    let half = dataset.vectors.count / 2
    for vector in dataset.vectors[..<half] { try index.insert(vector) }
    let efSearch = options.efSearch.first { $0 >= 64 } ?? 64

    var alone: [Double] = []
    for _ in 0..<options.passes {
        alone += dataset.queries.map { latency(index, $0, efSearch: efSearch) }
    }
    report.add(variant: "searches alone", alone)

    let rest = Array(dataset.vectors[half...])
    let isInserting = Atomic<Bool>(true)
    let insertSeconds = Mutex<Double?>(nil)
    let writer = Thread {
        let start = ContinuousClock.now
        let inserted = Result { for vector in rest { try index.insert(vector) } }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        // An insert that failed leaves no time, which is reported as an error below.
        if case .success = inserted { insertSeconds.withLock { $0 = seconds } }
        isInserting.store(false, ordering: .releasing)
    }
    writer.start()
    var beside: [Double] = []
    var next = 0
    while isInserting.load(ordering: .acquiring) {
        beside.append(latency(index, dataset.queries[next], efSearch: efSearch))
        next = (next + 1) % dataset.queries.count
    }
    guard let seconds = insertSeconds.withLock({ $0 }) else { throw InsertFailed() }
    report.add(variant: "beside inserts", beside)
    report.add(
        variant: "beside inserts", "inserts_per_second", Double(rest.count) / seconds, "1/s")
}

/// The writing thread could not insert.
struct InsertFailed: Error {}

private func latency(_ index: HNSWIndex, _ query: [Float], efSearch: Int) -> Double {
    let start = ContinuousClock.now
    _ = index.search(query, limit: Judge.limit, efSearch: efSearch)
    return (ContinuousClock.now - start) / .microseconds(1)
}

extension Report {
    /// The latencies that half, 99 and 99.9 of 100 searches stay below.
    fileprivate mutating func add(variant: String, _ microseconds: [Double]) {
        let sorted = microseconds.sorted()
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
            let position = min(Int(Double(sorted.count) * share), sorted.count - 1)
            add(variant: variant, "\(name)_microseconds", sorted[position], "µs")
        }
        add(variant: variant, "searches", Double(sorted.count), "searches")
    }
}
