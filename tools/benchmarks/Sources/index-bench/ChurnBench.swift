import Foundation
import HNSW
import Vectors

/// Rounds in which a share of the points leaves and as many others come.
///
/// The plan says who: `initial.npy`, and of each round `removed-N.npy`, `added-N.npy` and the truth
/// among those that are there, `gt-N.npy`.
func measureChurn(
    _ dataset: Dataset, _ options: Options, into report: inout Report
) throws {
    let plan = ChurnPlan(folder: URL(fileURLWithPath: options.plan))
    let index = try HNSWIndex(
        dimension: dataset.dimension, metric: dataset.metric,
        element: options.element,
        parameters: options.parameters)
    let before = try residentByteCount()
    var rowOfPoint: [Int: UInt32] = [:]
    var pointOfRow: [UInt32: Int] = [:]

    func insert(_ points: [Int32]) throws {
        for point in points.map(Int.init) {
            let row = try index.insert(dataset.vectors[point])
            rowOfPoint[point] = row
            pointOfRow[row] = point
        }
    }

    try insert(plan.rows("initial"))
    for round in 0... {
        var seconds = 0.0
        if round > 0 {
            guard let removed = try? plan.rows("removed-\(round)") else { return }  // the last
            let stopwatch = Stopwatch()
            for point in removed {
                guard let row = rowOfPoint.removeValue(forKey: Int(point)) else { continue }
                pointOfRow[row] = nil
                index.remove(row)
            }
            try insert(plan.rows("added-\(round)"))
            seconds = stopwatch.elapsed.wall
        }
        let judge = Judge(dataset: dataset, truth: try plan.truth(round))
        for ef in [32, 64, 128] {
            let stopwatch = Stopwatch()
            let found = dataset.queries.map {
                index.search($0, limit: Judge.limit, efSearch: ef)
            }
            let elapsed = stopwatch.elapsed
            let points = found.map { $0.compactMap { pointOfRow[$0.row] } }
            report.add(variant: "round \(round)", "recall_ef_\(ef)", judge.recall(points), "share")
            report.add(
                variant: "round \(round)", "qps_ef_\(ef)",
                Double(dataset.queries.count) / elapsed.wall, "1/s")
        }
        report.add(variant: "round \(round)", "update_seconds", seconds, "s")
        report.add(
            variant: "round \(round)", "resident_megabytes",
            Double(try residentByteCount() - before) / 1e6, "MB")
    }
}

/// Which points leave and come in each round.
private struct ChurnPlan {
    let folder: URL

    func rows(_ name: String) throws -> [Int32] {
        let file = try file(name)
        return try file.integers(rows: 0..<file.header.rowCount)
    }

    func truth(_ round: Int) throws -> [[Int32]] {
        let file = try file("gt-\(round)")
        return try (0..<file.header.rowCount).map { try file.integers(rows: $0..<$0 + 1) }
    }

    private func file(_ name: String) throws -> NPYFile {
        try NPYFile(path: folder.appendingPathComponent("\(name).npy").path)
    }
}
