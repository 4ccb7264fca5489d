import Foundation
import HNSW

/// Measures searches under filters: `index-bench filtered --dataset DIR [...]`.
///
/// A filter is a random share of the rows (`--shares`), or the rows whose label is the query's
/// (`--labels` with a line a row, `--query-labels` with a line a query).
struct FilteredMeasurement {
    let dataset: Dataset
    let index: HNSWIndex
    let efSearch: [Int]
    let passes: Int
    private static let limit = 10

    /// One filter a query.
    struct Filters {
        let name: String
        let bitmaps: [RowBitmap]
        let choice: [Int]
    }

    func random(share: Double) -> Filters {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        var bitmap = RowBitmap()
        for row in 0..<Row(dataset.vectors.count) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if Double(state >> 11) / Double(1 << 53) < share { bitmap.insert(row) }
        }
        return Filters(
            name: "share \(share)", bitmaps: [bitmap],
            choice: [Int](repeating: 0, count: dataset.queries.count))
    }

    func labelled(_ rowFile: String, _ queryFile: String) throws -> Filters {
        let rows = try Self.labels(rowFile).prefix(dataset.vectors.count)
        var bitmaps = [RowBitmap](repeating: [], count: (rows.max() ?? 0) + 1)
        for (row, label) in rows.enumerated() { bitmaps[label].insert(Row(row)) }
        return Filters(name: "labels", bitmaps: bitmaps, choice: try Self.labels(queryFile))
    }

    private static func labels(_ path: String) throws -> [Int] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
            Int($0)
        }
    }

    /// Prints recall and queries per second of processor time for each width, and of the scan.
    func report(_ filters: Filters, callback: Bool) {
        let searched: [RowFilter] = filters.bitmaps.map { bitmap in
            callback ? .passing { bitmap.contains($0) } : .rows(bitmap)
        }
        let mean =
            filters.choice.reduce(0) { $0 + filters.bitmaps[$1].count } / filters.choice.count
        var truth: [[Neighbor]] = []
        let scan = best {
            truth = dataset.queries.indices.map { number in
                index.exactSearch(
                    dataset.queries[number], limit: Self.limit,
                    where: .rows(filters.bitmaps[filters.choice[number]]))
            }
        }
        print("\(filters.name), \(mean) rows pass: scan \(Int(scan)) q/s")
        for ef in efSearch {
            var found: [[Neighbor]] = []
            let speed = best {
                found = dataset.queries.indices.map { number in
                    index.search(
                        dataset.queries[number], limit: Self.limit, effort: .ef(ef),
                        where: searched[filters.choice[number]])
                }
            }
            print("  ef \(ef): recall \(recall(found, truth)), \(Int(speed)) q/s")
        }
    }

    private func recall(_ found: [[Neighbor]], _ truth: [[Neighbor]]) -> Double {
        var (hits, wanted) = (0, 0)
        for (neighbors, exact) in zip(found, truth) {
            guard let last = exact.last?.distance else { continue }
            let bound = last + abs(last) * 1e-5
            hits += neighbors.count { $0.distance <= bound }
            wanted += exact.count
        }
        return wanted == 0 ? 1 : Double(hits) / Double(wanted)
    }

    /// Queries per second of this thread's processor time, the best pass.
    private func best(_ body: () -> Void) -> Double {
        var least = Double.infinity
        for _ in 0..<passes {
            let start = Self.processorSeconds()
            body()
            least = min(least, Self.processorSeconds() - start)
        }
        return Double(dataset.queries.count) / least
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

extension FilteredMeasurement {
    /// Runs the benchmark that the arguments after `filtered` name.
    static func run(_ arguments: [String]) throws {
        var (general, shares, callback) = ([String](), [0.001, 0.01, 0.1, 0.5, 0.99], false)
        var (labels, queryLabels): (String?, String?) = (nil, nil)
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError(argument: name) }
            switch name {
            case "--shares": shares = value.split(separator: ",").compactMap { Double($0) }
            case "--labels": labels = value
            case "--query-labels": queryLabels = value
            case "--callback": callback = value == "yes"
            default: general += [name, value]
            }
        }
        let options = try Options(general)
        let dataset = try Dataset(options)
        let index = try index(options, dataset)
        let measurement = FilteredMeasurement(
            dataset: dataset, index: index, efSearch: options.efSearch, passes: options.passes)
        if let labels, let queryLabels {
            measurement.report(try measurement.labelled(labels, queryLabels), callback: callback)
        } else {
            for share in shares {
                measurement.report(measurement.random(share: share), callback: callback)
            }
        }
    }

    /// The index of a data set, from the graph's folder if there is one.
    static func index(_ options: Options, _ dataset: Dataset) throws -> HNSWIndex {
        let folder = options.graph.map { GraphFolder(url: URL(fileURLWithPath: $0)) }
        if let restored = try folder?.restored(vectors: dataset.vectors) { return restored }
        let index = try Measurement(dataset: dataset, options: options).build()
        try folder?.store(index)
        return index
    }
}
