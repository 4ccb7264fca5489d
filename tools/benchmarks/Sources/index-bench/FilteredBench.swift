import Foundation
import HNSW
import Vectors

/// Searches under filters: with the set of passing rows made beforehand, and with a function that
/// reads each row's number.
///
/// The plan says which: of variant N of `variants.json`, `column-N.npy` holds a number for each row,
/// `range-N.npy` the first number that a query accepts and the first that it does not, `gt-N.npy`
/// the truth.
func measureFiltered(
    _ dataset: Dataset, _ options: Options, into report: inout Report
) throws {
    let folder = URL(fileURLWithPath: options.plan)
    let names = try JSONDecoder().decode(
        [String].self, from: Data(contentsOf: folder.appendingPathComponent("variants.json")))
    let measurement = Measurement(dataset: dataset, options: options)
    let index = try measurement.build()
    for (number, name) in names.enumerated() {
        let variant = try FilteredVariant(folder: folder, number: number)
        let judge = Judge(dataset: dataset, truth: variant.truth)
        for (system, filters) in [
            ("vectron", variant.sets()), ("vectron_function", variant.functions()),
        ] {
            let points = measurement.points(judge) { ef in
                dataset.queries.indices.map {
                    index.search(
                        dataset.queries[$0], limit: Judge.limit, effort: .ef(ef),
                        where: filters[$0])
                }
            }
            report.add(variant: name, points, system: system)
        }
    }
}

/// One kind of filter: of each row a number, of each query the numbers that it accepts.
private struct FilteredVariant {
    let column: [Int32]
    let ranges: [Range<Int32>]
    let truth: [[Int32]]

    init(folder: URL, number: Int) throws {
        func rows(_ name: String) throws -> [[Int32]] {
            let path = folder.appendingPathComponent("\(name)-\(number).npy").path
            let file = try NPYFile(path: path)
            return try (0..<file.header.rowCount).map { try file.integers(rows: $0..<$0 + 1) }
        }
        column = try rows("column").map { $0[0] }
        ranges = try rows("range").map { $0[0]..<$0[1] }
        truth = try rows("gt")
    }

    /// Of each query the set of rows; queries of one range share it.
    func sets() -> [RowFilter] {
        var made: [Range<Int32>: RowFilter] = [:]
        return ranges.map { range in
            if let filter = made[range] { return filter }
            let passing = column.indices.lazy.filter { range.contains(column[$0]) }
            let filter = RowFilter.rows(RowBitmap(passing.map { Row($0) }))
            made[range] = filter
            return filter
        }
    }

    /// Of each query a function.
    func functions() -> [RowFilter] {
        ranges.map { range in
            let column = self.column
            return .passing { range.contains(column[Int($0)]) }
        }
    }
}
