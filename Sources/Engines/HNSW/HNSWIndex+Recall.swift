import Synchronization

extension HNSWIndex {
    /// How well searches find the true neighbours of some queries.
    ///
    /// The truth is the exact scan. A hit is a row no farther than the last true neighbour, with a
    /// relative tolerance of 1e-5: rows at equal distances are equally good answers.
    ///
    /// - Parameters:
    ///   - queries: Each of `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - limit: How many neighbours are wanted, 1 or more.
    ///   - effort: How hard the searches look.
    ///   - filter: Which rows may be returned.
    /// - Precondition: Each query has `dimension` components.
    /// - Complexity: O(rowCount · queries) distances.
    public func measureRecall(
        _ queries: [[Float]], limit: Int, effort: SearchEffort, where filter: RowFilter = .every
    ) -> RecallMeasurement {
        let truth = RecallTruth(self, queries, limit: limit, where: filter)
        let found = search(queries, limit: limit, effort: effort, where: filter)
        return truth.measure(found)
    }

    /// Queries made of live rows, for `measureRecall`.
    ///
    /// - Parameters:
    ///   - kind: What they are made of.
    ///   - count: How many; there are fewer if hardly a row is live.
    ///   - seed: Which rows: the same seed on the same index gives the same queries.
    public func recallQueries(
        _ kind: RecallQueries, count: Int, seed: UInt64 = 0x5eed
    ) -> [[Float]] {
        RecallSample(seed: seed, kind: kind).queries(of: self, count: count)
    }

    /// Measures how ef and recall belong together in this index, and keeps what it found.
    ///
    /// - Parameters:
    ///   - limit: The number of neighbours that searches will ask for.
    ///   - sampleCount: How many queries to make.
    ///   - seed: Which rows they are made of: the same seed on the same index gives the same
    ///     calibration.
    /// - Returns: The calibration, which is also the index's own from now on.
    /// - Complexity: O(sampleCount · rowCount) distances; some tenths of a second for 200 queries
    ///   on 100,000 rows.
    @discardableResult
    public func calibrate(
        limit: Int = 10, sampleCount: Int = 200, seed: UInt64 = 0x5eed
    ) -> RecallCalibration {
        guard
            let result = calibrate(
                limit: limit, sampleCount: sampleCount, seed: seed, while: { true })
        else { preconditionFailure("a calibration that is wanted ends") }
        return result
    }

    /// Calibrates as long as it is wanted; see the public one.
    ///
    /// - Parameter isWanted: Asked before each query and each width; if it says no, the calibration
    ///   stays as it was.
    /// - Returns: nil if it was not wanted to the end.
    package func calibrate(
        limit: Int = 10, sampleCount: Int = 200, seed: UInt64 = 0x5eed, while isWanted: () -> Bool
    ) -> RecallCalibration? {
        let queries = RecallSample(seed: seed).queries(of: self, count: sampleCount)
        guard
            let truth = RecallTruth(
                self, queries, limit: limit, where: .every, while: isWanted)
        else { return nil }
        var points: [RecallCalibration.Point] = []
        for ef in RecallCalibration.measuredWidths where ef >= limit {
            guard isWanted() else { return nil }
            let found = search(queries, limit: limit, effort: .ef(ef))
            points.append(.init(efSearch: ef, recall: truth.measure(found).recall))
            if points.last?.recall == 1 { break }
        }
        let result = RecallCalibration(
            limit: limit, points: points, sampleCount: queries.count, seed: seed,
            rowCount: rowCount)
        calibration = result
        return result
    }

    /// The calibration that `SearchEffort.recall` goes by: what `calibrate` found last, or what was
    /// stored; at first a general one, for no index in particular.
    public var calibration: RecallCalibration {
        get { calibrationBox.withLock { $0 } }
        set { calibrationBox.withLock { $0 = newValue } }
    }

    /// How many candidates an effort means.
    package func efSearch(of effort: SearchEffort, limit: Int) -> Int {
        switch effort {
        case .ef(let ef): ef
        case .recall(let recall): calibration.efSearch(forRecall: recall, limit: limit)
        }
    }
}
