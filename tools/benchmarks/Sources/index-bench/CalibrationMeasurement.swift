import Foundation
import HNSW

/// Compares what a calibration expects with what the data set's own queries find:
/// `index-bench calibration --dataset DIR [...]`.
enum CalibrationMeasurement {
    static func run(_ arguments: [String]) throws {
        let options = try Options(arguments)
        let dataset = try Dataset(options)
        let index = try Measurement(dataset: dataset, options: options).build()
        let start = ContinuousClock.now
        let calibration = index.calibrate(limit: 10)
        print("calibrated in \((ContinuousClock.now - start) / .seconds(1)) s")
        for point in calibration.points {
            let found = index.measureRecall(
                dataset.queries, limit: 10, effort: .ef(point.efSearch))
            print("ef \(point.efSearch): expected \(point.recall), found \(found.recall)")
        }
        for wanted in [0.9, 0.95, 0.99] {
            let found = index.measureRecall(dataset.queries, limit: 10, effort: .recall(wanted))
            print("wanted \(wanted): found \(found.recall)")
        }
    }
}
